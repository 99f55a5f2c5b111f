"""Time as the sandbox tells it: every stamp is later than the one before."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_stamp(microseconds: int) -> str:
    """Write a moment as the API does.

    Args:
        microseconds: Microseconds since 1970 (UTC).

    Returns:
        Text such as `2024-03-01T10:11:12.000345Z`, as long for every moment so that text order is time order.
    """
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _wall_clock() -> int:
    return time.time_ns() // 1000


class Clock:
    """Gives stamps that strictly grow, so that the order of creation is the order of `createdAt`.

    Args:
        now: Gives microseconds since 1970; the computer's clock by default.
    """

    def __init__(self, now: Callable[[], int] = _wall_clock) -> None:
        self._now = now
        self._last = 0

    def stamp(self) -> str:
        """Give the time now, or a microsecond after the last stamp if the clock has not moved.

        Returns:
            An ISO 8601 time in UTC with microseconds.
        """
        self._last = max(self._now(), self._last + 1)
        return format_stamp(self._last)

    def seconds(self) -> float:
        """Give the time now, for what expires.

        Returns:
            Seconds since 1970.
        """
        return self._now() / 1_000_000
