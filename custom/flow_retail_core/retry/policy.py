"""Whether a failed attempt is made again, and after how long. No I/O, no clock, no state."""

from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable, instance_of, optional

from flow_retail_core import constants
from flow_retail_core.validation import check_seconds, check_whole, type_name, validator

_seconds = validator(check_seconds, zero=True)


def _to_statuses(value: Any) -> frozenset[int]:
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"statuses must be a collection of HTTP statuses, not {type_name(value)}")
    return frozenset(value)


@frozen(kw_only=True)
class FailedAttempt:
    """An attempt that failed, in the words of `Request`, `TransportFailure` and `RetryEvent`."""

    operation: str
    method: str
    attempt: int
    retries: int
    """Retries of the call so far; the replay after a token refresh is none."""
    reason: str
    idempotent: bool
    status: int | None = None
    sent: bool = True
    retry_after: float | None = None


@frozen(kw_only=True)
class Retry:
    """How a client retries calls that failed for a transient reason.

    Args:
        max_retries: Retries of one call after its first request; 0 for none. The replay after a token refresh
            is not counted.
        base_delay: Seconds; the upper bound of the first random wait, doubled for each wait that follows.
        max_delay: Seconds; the upper bound of any random wait.
        max_retry_after: Seconds of a server's Retry-After that a call waits; a longer one is raised at once.
        statuses: The HTTP statuses of transient failures.
        budget: Retries that all calls of a client together may make before clean responses refund some: a
            retry costs 1, a clean response refunds 0.5. None for no limit.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    max_retries: int = field(default=constants.MAX_RETRIES, validator=validator(check_whole, at_least=0))
    base_delay: float = field(default=constants.RETRY_BASE_DELAY, validator=_seconds)
    max_delay: float = field(default=constants.RETRY_MAX_DELAY, validator=_seconds)
    max_retry_after: float = field(default=constants.MAX_RETRY_AFTER, validator=_seconds)
    statuses: frozenset[int] = field(
        default=constants.RETRY_STATUSES, converter=_to_statuses, validator=deep_iterable(instance_of(int))
    )
    budget: int | None = field(
        default=constants.RETRY_BUDGET, validator=optional(validator(check_whole, at_least=0))
    )

    def decide(
        self, failed: FailedAttempt, *, remaining: float | None, random: Callable[[], float]
    ) -> float | None:
        """Decide what follows a failed attempt.

        Args:
            failed: The attempt.
            remaining: Seconds until the deadline of the call; None if it has none.
            random: Returns a number from 0 up to, not including, 1.

        Returns:
            Seconds to wait before the next attempt; None to give up.
        """
        # 429 says that the request was refused before anything was done, so even a create may be sent again.
        is_safe = failed.idempotent or failed.status == 429 or not failed.sent
        is_transient = failed.status is None or failed.status in self.statuses
        if failed.retries >= self.max_retries or not (is_safe and is_transient):
            return None
        minimum = failed.retry_after or 0.0
        if minimum > self.max_retry_after:
            return None
        # Full jitter: callers that failed together must not come back together.
        # The exponent is bounded because 2**1024 is no float.
        jitter = random() * min(self.max_delay, self.base_delay * 2.0 ** min(failed.retries, 60))
        # On top of what the server asked for, never instead of it.
        if remaining is None or minimum + jitter < remaining:
            return minimum + jitter
        return failed.retry_after if minimum < remaining else None
