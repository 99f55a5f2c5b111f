"""Whether a failed attempt is made again, and after how long. No I/O, no clock, no state."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import field, frozen
from attrs.validators import deep_iterable, instance_of

from flow_retail_core import defaults

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_LONGEST = 1e9
"""Seconds; stands for anything longer, which no one waits for and which datetimes can't hold."""


def _check_whole(minimum: int, *, optional: bool = False) -> Callable[[object, object, object], None]:
    def check(_: object, attribute: object, value: object) -> None:
        name = getattr(attribute, "name", "value")
        if value is None and optional:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, not {type(value).__name__}")
        if value < minimum:
            raise ValueError(f"{name} must be at least {minimum}, got {value}")

    return check


def _check_seconds(_: object, attribute: object, value: object) -> None:
    name = getattr(attribute, "name", "value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number of seconds, at least 0, got {value}")


@frozen(kw_only=True)
class Retry:
    """How a client repeats what failed for a passing reason.

    Args:
        attempts: Requests for one call, the first included; 1 for no retries. The replay after a refreshed
            token is not counted here.
        base_delay: Seconds up to which the first wait is drawn at random; doubled for each that follows.
        max_delay: Seconds up to which any wait is drawn.
        max_retry_after: Seconds of a server's Retry-After that a call sits out; more is raised at once.
        statuses: The HTTP statuses that may pass.
        budget: Retries that all calls of a client together may spend before answers have earned new ones
            (see `RetryBudget`); None for no limit.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    attempts: int = field(default=defaults.RETRY_ATTEMPTS, validator=_check_whole(1))
    base_delay: float = field(default=defaults.RETRY_BASE_DELAY, validator=_check_seconds)
    max_delay: float = field(default=defaults.RETRY_MAX_DELAY, validator=_check_seconds)
    max_retry_after: float = field(default=defaults.MAX_RETRY_AFTER, validator=_check_seconds)
    statuses: frozenset[int] = field(
        default=defaults.RETRY_STATUSES, converter=frozenset, validator=deep_iterable(instance_of(int))
    )
    budget: int | None = field(default=defaults.RETRY_BUDGET, validator=_check_whole(0, optional=True))

    def decide(
        self,
        *,
        tries: int,
        repeatable: bool,
        status: int | None = None,
        sent: bool = True,
        retry_after: float | None = None,
        remaining: float | None = None,
        random: Callable[[], float],
    ) -> float | None:
        """Decide what follows a failed attempt.

        Args:
            tries: Attempts made so far, this one included.
            repeatable: Whether sending the request twice has the effect of sending it once.
            status: The HTTP status of the answer; None if there was no whole answer.
            sent: Without an answer: whether the server may have got the request.
            retry_after: Seconds that the server asked to wait.
            remaining: Seconds until the call's deadline.
            random: Gives a number from 0 up to, not including, 1.

        Returns:
            Seconds to wait before the next attempt; None to give up and raise.
        """
        if tries >= self.attempts or not self._may_pass(status, repeatable=repeatable, sent=sent):
            return None
        if retry_after is not None and retry_after > self.max_retry_after:
            return None
        # Full jitter: callers that failed together must not come back together.
        # The exponent is bounded because 2**1024 is no float.
        spread = random() * min(self.max_delay, self.base_delay * 2.0 ** min(tries - 1, 60))
        if retry_after is None:
            return spread if remaining is None or spread < remaining else None
        # On top of what the server asked for, never instead of it.
        if remaining is None or retry_after + spread < remaining:
            return retry_after + spread
        return retry_after if retry_after < remaining else None

    def _may_pass(self, status: int | None, *, repeatable: bool, sent: bool) -> bool:
        if status is None:
            return repeatable or not sent
        # 429 says that the request was refused before anything was done, so even a create may be sent again.
        return status in self.statuses and (repeatable or status == 429)


def read_retry_after(
    value: str | None, *, date: str | None = None, now: datetime | None = None
) -> float | None:
    """Read a Retry-After header.

    Args:
        value: The header: whole or decimal seconds, or an HTTP date.
        date: The answer's Date header. An HTTP date is measured against it, because a local clock that runs
            ahead would undercut the wait.
        now: The local time, for answers without a Date.

    Returns:
        Seconds to wait, at least 0; None if there is no header or it can't be read.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST)
    moment = _read_http_date(text)
    if moment is None:
        return None
    reference = _read_http_date(date or "") or now or datetime.now(UTC)
    return max(0.0, (moment - reference).total_seconds())


def _read_http_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # see flow_retail_core.ahead

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" and the asctime form come back naive; HTTP dates are UTC by definition.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
