import random

from flow_retail_core.constants import RETRY_BUDGET
from flow_retail_core.retry.engine import RetryBudget


def test_a_server_that_is_down_gets_the_capacity_and_no_more():
    budget = RetryBudget(10)
    assert [budget.spend() for _ in range(12)] == [True] * 10 + [False] * 2


def test_clean_responses_refund_retries_up_to_the_capacity():
    budget = RetryBudget(1)
    budget.refund()
    assert budget.spend()
    assert not budget.spend()
    budget.refund()
    assert not budget.spend()
    budget.refund()
    assert budget.spend()


def test_random_faults_at_one_in_five_never_run_dry():
    chance = random.Random(7)
    budget = RetryBudget(RETRY_BUDGET)
    for _ in range(200_000):
        if chance.random() < 0.2:
            assert budget.spend()
        else:
            budget.refund()


def test_none_is_no_limit():
    budget = RetryBudget(None)
    budget.refund()
    assert all(budget.spend() for _ in range(10_000))
