import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from flow_retail_core.retry.policy import FailedAttempt, Retry


def decide(retry=None, *, remaining=None, random=lambda: 1.0, **given):
    call = {"operation": "customers.get", "method": "GET", "attempt": 1, "reason": "503"}
    failed = FailedAttempt(**{**call, "retries": 0, "idempotent": True, "status": 503, **given})
    return (retry or Retry()).decide(failed, remaining=remaining, random=random)


def test_waits_double_from_half_a_second_to_eight():
    retry = Retry(max_retries=99)
    assert [decide(retry, retries=n) for n in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert decide(Retry(max_retries=9_999), retries=9_998) == 8


def test_jitter_is_full():
    assert decide(retries=2, random=lambda: 0.0) == 0
    assert decide(retries=2, random=lambda: 0.25) == 0.5


def test_the_last_retry_is_final():
    assert decide(retries=2) is not None
    assert decide(retries=3) is None
    assert decide(Retry(max_retries=0)) is None


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_transient_statuses_are_retried(status):
    assert decide(status=status) == 0.5


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 422, 501, 505])
def test_other_statuses_are_final(status):
    assert decide(status=status) is None


def test_the_statuses_can_be_chosen():
    assert decide(Retry(statuses={409}), status=409) == 0.5
    assert decide(Retry(statuses=[409]), status=503) is None


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_create_is_not_repeated_after_a_server_error(status):
    assert decide(status=status, idempotent=False) is None


def test_a_create_is_repeated_after_429():
    assert decide(status=429, idempotent=False) == 0.5


def test_a_create_is_repeated_only_if_nothing_was_sent():
    assert decide(status=None, idempotent=False, sent=False) == 0.5
    assert decide(status=None, idempotent=False, sent=True) is None
    assert decide(status=None, idempotent=True, sent=True) == 0.5


def test_retry_after_is_never_undercut():
    assert decide(retry_after=3.0, random=lambda: 0.0) == 3
    assert decide(retry_after=3.0) == 3.5
    assert decide(retry_after=0.0) == 0.5


def test_retry_after_above_the_limit_is_final():
    assert decide(retry_after=120.0) is not None
    assert decide(retry_after=120.1) is None
    assert decide(Retry(max_retry_after=1.0), retry_after=2.0) is None


def test_no_wait_outlasts_the_deadline():
    assert decide(remaining=0.5) is None
    assert decide(remaining=0.6) == 0.5
    assert decide(retry_after=3.0, remaining=3.0) is None
    assert decide(retry_after=3.0, remaining=2.0) is None


def test_jitter_gives_way_to_the_deadline_but_retry_after_does_not():
    assert decide(retry_after=3.0, remaining=3.2) == 3.0
    assert decide(retry_after=3.0, remaining=3.6) == 3.5


@given(
    retries=st.integers(0, 49),
    retry_after=st.none() | st.floats(0, 1e9),
    remaining=st.none() | st.floats(-10, 1e6),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_whatever_is_decided_keeps_every_promise(retries, retry_after, remaining, chance):
    wait = decide(
        Retry(max_retries=59),
        retries=retries,
        retry_after=retry_after,
        remaining=remaining,
        random=lambda: chance,
    )
    if wait is not None:
        assert wait >= (retry_after or 0)
        assert wait <= (retry_after or 0) + 8
        assert remaining is None or wait < remaining


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("max_retries", -1, ValueError), ("max_retries", 1.5, TypeError), ("max_retries", True, TypeError),
        ("max_retries", None, TypeError), ("base_delay", -1, ValueError), ("base_delay", "1", TypeError),
        ("base_delay", False, TypeError), ("max_delay", float("nan"), ValueError),
        ("max_delay", float("inf"), ValueError), ("max_retry_after", -0.1, ValueError),
        ("statuses", ["503"], TypeError), ("statuses", "503", TypeError),
        ("statuses", 503, TypeError), ("budget", -1, ValueError), ("budget", 1.0, TypeError),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_by_name(name, value, error):
    with pytest.raises(error, match=name):
        Retry(**{name: value})


def test_a_policy_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Retry().max_retries = 9
    assert Retry(budget=None).budget is None
