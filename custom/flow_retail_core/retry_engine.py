"""The one place where "wait and send again" is decided and done, for calls and for the chunks of a batch."""

import asyncio
import enum
import logging
import random
from collections.abc import Awaitable, Callable

from attrs import frozen

from flow_retail_core.budget import RetryBudget
from flow_retail_core.retry import Retry

_log = logging.getLogger("flow_retail_client")

_PAUSING = frozenset({429, 503})
"""Statuses whose Retry-After is about the tenant or the server, not about one call."""


class RetryDecision(enum.Enum):
    """What follows a failed attempt."""

    SEND_AGAIN = enum.auto()
    GIVE_UP = enum.auto()
    BUDGET_USED_UP = enum.auto()


@frozen(kw_only=True)
class FailedAttempt:
    """One attempt that failed.

    Attributes:
        operation: What was called, such as `customers.get`.
        method: The HTTP method.
        attempt: Which request it was, from 1, for logs and hooks.
        tries: Attempts that count against `Retry.attempts`, this one included.
        idempotent: Whether sending it again has the effect of sending it once.
        reason: What happened, without values.
        status_code: The HTTP status; None if there was no whole response.
        sent: Without a response: whether the server may have got the request.
        retry_after: Seconds that the server asked to wait.
        remaining: Seconds until the call's deadline; None for no deadline.
    """

    operation: str
    method: str
    attempt: int
    tries: int
    idempotent: bool
    reason: str
    status_code: int | None = None
    sent: bool = True
    retry_after: float | None = None
    remaining: float | None = None


def _ignore(_failed: FailedAttempt, _wait: float) -> None:
    pass


@frozen(kw_only=True, eq=False)
class RetryEngine:
    """Acts on what the policy decides.

    Attributes:
        policy: What is retried, and after how long.
        budget: The retries that are left.
        pause: Holds back all requests for some seconds while a Retry-After is waited out; None for no rate
            limiter.
        emit_retry: Reports each wait to log, hooks and traces: what failed, and the seconds until it is sent
            again.
        sleep: Waits so many seconds.
        random: Returns a number from 0 up to, not including, 1.
    """

    policy: Retry
    budget: RetryBudget
    pause: Callable[[float], object] | None = None
    emit_retry: Callable[[FailedAttempt, float], object] = _ignore
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random: Callable[[], float] = random.random

    async def wait_before_retry(self, failed: FailedAttempt) -> RetryDecision:
        """Decide whether something is sent again, and if so wait until it may be."""
        wait = self.policy.decide(
            tries=failed.tries,
            repeatable=failed.idempotent,
            status=failed.status_code,
            sent=failed.sent,
            retry_after=failed.retry_after,
            remaining=failed.remaining,
            random=self.random,
        )
        if wait is None:
            return RetryDecision.GIVE_UP
        if failed.retry_after is None:
            if not self.budget.spend():
                _log.info("%s: not sent again: the retry budget is used up", failed.operation)
                return RetryDecision.BUDGET_USED_UP
        # Retries that follow Retry-After are not charged to the retry budget.
        elif failed.status_code in _PAUSING and self.pause is not None:
            self.pause(failed.retry_after)
        self.emit_retry(failed, wait)
        await self.sleep(wait)
        return RetryDecision.SEND_AGAIN
