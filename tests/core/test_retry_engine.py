"""Waiting and sending again: what the engine decides, charges, pauses and reports."""

from typing import Any

import pytest
from attrs import evolve

from flow_retail_core.budget import RetryBudget
from flow_retail_core.retry import Retry
from flow_retail_core.retry_engine import FailedAttempt, RetryDecision, RetryEngine

FAILED = FailedAttempt(
    operation="customers.get",
    method="GET",
    attempt=1,
    tries=1,
    idempotent=True,
    reason="503",
    status_code=503,
)


class Seen:
    """An engine, and all that it did."""

    def __init__(self, budget: int | None = None) -> None:
        self.waits: list[float] = []
        self.pauses: list[float] = []
        self.reported: list[tuple[str, float]] = []
        self.budget = RetryBudget(budget)
        self.engine = RetryEngine(
            policy=Retry(attempts=3),
            budget=self.budget,
            pause=self.pauses.append,
            emit_retry=lambda failed, wait: self.reported.append((failed.reason, wait)),
            sleep=self.sleep,
            random=lambda: 0.5,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def decide(self, **changes: Any) -> RetryDecision:
        return await self.engine.wait_before_retry(evolve(FAILED, **changes))


async def test_what_may_be_sent_again_is_reported_and_waited_for() -> None:
    seen = Seen()
    assert await seen.decide() is RetryDecision.SEND_AGAIN
    assert (seen.waits, seen.reported, seen.pauses) == ([0.25], [("503", 0.25)], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"tries": 3},
        {"status_code": 409},
        {"idempotent": False},
        {"status_code": None, "idempotent": False, "sent": True},
        {"retry_after": 121.0},
        {"remaining": 0.1},
    ],
)
async def test_what_may_not_is_given_up_at_once(changes: dict[str, Any]) -> None:
    seen = Seen(budget=1)
    assert await seen.decide(**changes) is RetryDecision.GIVE_UP
    assert (seen.waits, seen.reported, seen.pauses) == ([], [], [])
    assert seen.budget.spend()


async def test_a_retry_that_nobody_asked_for_is_charged_to_the_budget() -> None:
    seen = Seen(budget=1)
    assert await seen.decide() is RetryDecision.SEND_AGAIN
    assert await seen.decide() is RetryDecision.BUDGET_USED_UP
    assert len(seen.waits) == len(seen.reported) == 1


@pytest.mark.parametrize(("status", "pauses"), [(429, [2.0]), (503, [2.0]), (500, [])])
async def test_a_retry_after_costs_nothing_and_holds_back_whoever_shares_the_limit(
    status: int, pauses: list[float]
) -> None:
    seen = Seen(budget=0)
    assert await seen.decide(status_code=status, retry_after=2.0) is RetryDecision.SEND_AGAIN
    assert (seen.waits, seen.pauses) == ([2.25], pauses)


async def test_an_engine_without_a_rate_limiter_holds_back_nobody() -> None:
    seen = Seen()
    engine = evolve(seen.engine, pause=None)
    assert await engine.wait_before_retry(evolve(FAILED, retry_after=1.0)) is RetryDecision.SEND_AGAIN
    assert seen.pauses == []
