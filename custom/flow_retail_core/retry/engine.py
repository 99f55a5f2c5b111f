"""The one place that waits before a request is sent again."""

import asyncio
import enum
import logging
import random
from collections.abc import Awaitable, Callable

from attrs import field, frozen

from flow_retail_core.observability.hooks import Hooks, RetryEvent, notify
from flow_retail_core.observability.tracing import Tracing
from flow_retail_core.retry.budget import RetryBudget
from flow_retail_core.retry.policy import Retry

_log = logging.getLogger("flow_retail_client")

_FOR_ALL = frozenset({429, 503})
"""Statuses whose Retry-After concerns the tenant or the server, not one call."""


async def _sleep(seconds: float) -> None:
    # Looked up when called, so that a test of a program can replace asyncio.sleep.
    await asyncio.sleep(seconds)


@frozen(kw_only=True)
class Clock:
    """Where waits and random numbers come from; tests pass their own."""

    sleep: Callable[[float], Awaitable[object]] = _sleep
    random: Callable[[], float] = random.random


@frozen
class FailedAttempt:
    """How an attempt failed."""

    reason: str
    status: int | None = None
    sent: bool = True
    retry_after: float | None = None


class Verdict(enum.Enum):
    """What follows a failed attempt."""

    SEND_AGAIN = enum.auto()
    GIVE_UP = enum.auto()
    BUDGET_EXHAUSTED = enum.auto()


@frozen(kw_only=True, eq=False)
class RetryEngine:
    """Decides on retries and waits for them."""

    policy: Retry
    budget: RetryBudget
    pause: Callable[[float], None] | None = None
    hooks: Hooks = field(factory=Hooks)
    tracing: Tracing | None = None
    clock: Clock = field(factory=Clock)

    async def wait(
        self,
        failed: FailedAttempt,
        *,
        operation: str,
        method: str,
        attempt: int,
        retries: int,
        idempotent: bool,
        ends: float | None = None,
    ) -> Verdict:
        """Wait until a request may be sent again, if it may."""
        wait = self.policy.decide(
            retries=retries,
            idempotent=idempotent,
            status=failed.status,
            sent=failed.sent,
            retry_after=failed.retry_after,
            remaining=None if ends is None else ends - asyncio.get_running_loop().time(),
            random=self.clock.random,
        )
        if wait is None:
            return Verdict.GIVE_UP
        if failed.retry_after is not None:
            if self.pause is not None and failed.status in _FOR_ALL:
                self.pause(failed.retry_after)
        # Retries that follow Retry-After are not charged to the retry budget.
        elif not self.budget.spend():
            _log.info("%s: not retried: the retry budget is used up", operation)
            return Verdict.BUDGET_EXHAUSTED
        _log.info("%s: attempt %d: %s; next attempt in %.1f s", operation, attempt, failed.reason, wait)
        if self.hooks.on_retry is not None:
            event = RetryEvent(
                operation=operation,
                method=method,
                attempt=attempt,
                status_code=failed.status,
                wait=wait,
                reason=failed.reason,
            )
            notify(self.hooks.on_retry, event)
        if self.tracing is not None:
            self.tracing.note_retry(attempt, failed.reason, wait)
        await self.clock.sleep(wait)
        return Verdict.SEND_AGAIN
