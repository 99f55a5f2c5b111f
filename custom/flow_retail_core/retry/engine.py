"""The one place that waits before a request is sent again."""

import asyncio
import enum
import logging
import random
from collections.abc import Awaitable, Callable

from attrs import define, field, frozen

from flow_retail_core.constants import RETRY_REFUND
from flow_retail_core.observability.hooks import Hooks, RetryEvent, notify
from flow_retail_core.observability.tracing import Tracing
from flow_retail_core.retry.policy import FailedAttempt, Retry

_log = logging.getLogger("flow_retail_client")


async def _sleep(seconds: float) -> None:
    # Looked up when called, so that a test of a program can replace asyncio.sleep.
    await asyncio.sleep(seconds)


@frozen(kw_only=True)
class Clock:
    """Where waits and random numbers come from; tests pass their own."""

    sleep: Callable[[float], Awaitable[object]] = _sleep
    random: Callable[[], float] = random.random


@define(eq=False)
class RetryBudget:
    """A bucket of retries, shared by all calls of a client; a retry costs 1, a clean response refunds 0.5.

    A server that is down gets `capacity` retries in all instead of three a call, and random failures, even of
    a third of all requests, never empty the bucket. None is no limit.
    """

    capacity: int | None
    spent: float = 0.0

    def spend(self) -> bool:
        """Charge one retry; False if none is left."""
        if self.capacity is not None and self.spent > self.capacity - 1:
            return False
        self.spent += 1
        return True

    def refund(self) -> None:
        """Refund what a clean response refunds."""
        self.spent = max(0.0, self.spent - RETRY_REFUND)


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

    async def wait(self, failed: FailedAttempt, *, ends: float | None = None) -> Verdict:
        """Wait until a request may be sent again, if it may; `ends` is the deadline by the loop's clock."""
        remaining = None if ends is None else ends - asyncio.get_running_loop().time()
        wait = self.policy.decide(failed, remaining=remaining, random=self.clock.random)
        if wait is None:
            return Verdict.GIVE_UP
        if failed.retry_after is not None:
            # What these ask for concerns the tenant or the server, not one call.
            if self.pause is not None and failed.status in {429, 503}:
                self.pause(failed.retry_after)
        # Retries that follow Retry-After are not charged to the retry budget.
        elif not self.budget.spend():
            _log.info("%s: not retried: the retry budget is used up", failed.operation)
            return Verdict.BUDGET_EXHAUSTED
        _log.info(
            "%s: attempt %d: %s; next attempt in %.1f s",
            failed.operation,
            failed.attempt,
            failed.reason,
            wait,
        )
        if self.hooks.on_retry is not None:
            event = RetryEvent(
                operation=failed.operation,
                method=failed.method,
                attempt=failed.attempt,
                status_code=failed.status,
                wait=wait,
                reason=failed.reason,
            )
            notify(self.hooks.on_retry, event)
        if self.tracing is not None:
            self.tracing.note_retry(failed.attempt, failed.reason, wait)
        await self.clock.sleep(wait)
        return Verdict.SEND_AGAIN
