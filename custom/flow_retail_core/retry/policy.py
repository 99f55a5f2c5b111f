"""Whether a failed attempt is made again, and after how long. No I/O, no clock, no state."""

from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable, instance_of, optional

from flow_retail_core import constants
from flow_retail_core.validation import check_seconds, check_whole, type_name, validator


def _to_statuses(value: Any) -> frozenset[int]:
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"statuses must be a collection of HTTP statuses, not {type_name(value)}")
    return frozenset(value)


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
    base_delay: float = field(
        default=constants.RETRY_BASE_DELAY, validator=validator(check_seconds, zero=True)
    )
    max_delay: float = field(default=constants.RETRY_MAX_DELAY, validator=validator(check_seconds, zero=True))
    max_retry_after: float = field(
        default=constants.MAX_RETRY_AFTER, validator=validator(check_seconds, zero=True)
    )
    statuses: frozenset[int] = field(
        default=constants.RETRY_STATUSES, converter=_to_statuses, validator=deep_iterable(instance_of(int))
    )
    budget: int | None = field(
        default=constants.RETRY_BUDGET,
        validator=optional(validator(check_whole, at_least=0)),
    )

    def decide(
        self,
        *,
        retries: int,
        idempotent: bool,
        status: int | None = None,
        sent: bool = True,
        retry_after: float | None = None,
        remaining: float | None = None,
        random: Callable[[], float],
    ) -> float | None:
        """Decide what follows a failed attempt.

        Args:
            retries: Retries of this call so far.
            idempotent: Whether sending the request twice has the effect of sending it once.
            status: The HTTP status; None if there was no response.
            sent: Without a response: whether the server may have received the request.
            retry_after: Seconds that the server asked to wait.
            remaining: Seconds until the deadline of the call.
            random: Returns a number from 0 up to, not including, 1.

        Returns:
            Seconds to wait before the next attempt; None to give up.
        """
        if retries >= self.max_retries or not self._is_safe(status, idempotent=idempotent, sent=sent):
            return None
        if retry_after is not None and retry_after > self.max_retry_after:
            return None
        # Full jitter: callers that failed together must not come back together.
        # The exponent is bounded because 2**1024 is no float.
        jitter = random() * min(self.max_delay, self.base_delay * 2.0 ** min(retries, 60))
        if retry_after is None:
            return jitter if remaining is None or jitter < remaining else None
        # On top of what the server asked for, never instead of it.
        if remaining is None or retry_after + jitter < remaining:
            return retry_after + jitter
        return retry_after if retry_after < remaining else None

    def _is_safe(self, status: int | None, *, idempotent: bool, sent: bool) -> bool:
        if status is None:
            return idempotent or not sent
        # 429 says that the request was refused before anything was done, so even a create may be sent again.
        return status in self.statuses and (idempotent or status == 429)
