"""The sandbox's clock: every stamp is later than the one before."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_stamp(microseconds: int) -> str:
    """Write a moment as the API does."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Clock:
    """Makes stamps that strictly grow, so that the order of creation is the order of `createdAt`."""

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._now = now
        self._last = 0

    def stamp(self) -> str:
        """Return the time now, or a microsecond after the last stamp if the clock has not moved."""
        self._last = max(self._now(), self._last + 1)
        return format_stamp(self._last)

    def seconds(self) -> float:
        """Return the time now, for what expires."""
        return self._now() / 1_000_000
