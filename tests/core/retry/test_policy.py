from datetime import UTC, datetime

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from flow_retail_core.retry.policy import Retry, read_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
IN_TEN_SECONDS = "Sun, 01 Mar 2026 12:00:10 GMT"


def decide(retry=None, **given):
    arguments = {"tries": 1, "repeatable": True, "status": 503, "random": lambda: 1.0, **given}
    return (retry or Retry()).decide(**arguments)


def test_waits_double_from_half_a_second_to_eight():
    retry = Retry(max_retries=99)
    assert [decide(retry, tries=n) for n in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert decide(Retry(max_retries=9999), tries=9_999) == 8


def test_jitter_is_full():
    assert decide(tries=3, random=lambda: 0.0) == 0
    assert decide(tries=3, random=lambda: 0.25) == 0.5


def test_the_last_attempt_is_final():
    assert decide(tries=3) is not None
    assert decide(tries=4) is None
    assert decide(Retry(max_retries=0)) is None


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_statuses_are_retried(status):
    assert decide(status=status) == 0.5


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 422, 501, 505])
def test_other_statuses_are_final(status):
    assert decide(status=status) is None


def test_the_statuses_can_be_chosen():
    assert decide(Retry(statuses={409}), status=409) == 0.5
    assert decide(Retry(statuses=[409]), status=503) is None


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_create_is_not_repeated_after_a_server_error(status):
    assert decide(status=status, repeatable=False) is None


def test_a_create_is_repeated_after_429():
    assert decide(status=429, repeatable=False) == 0.5


def test_a_create_is_repeated_only_if_nothing_was_sent():
    assert decide(status=None, repeatable=False, sent=False) == 0.5
    assert decide(status=None, repeatable=False, sent=True) is None
    assert decide(status=None, repeatable=True, sent=True) == 0.5


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
    tries=st.integers(1, 50),
    retry_after=st.none() | st.floats(0, 1e9),
    remaining=st.none() | st.floats(-10, 1e6),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_whatever_is_decided_keeps_every_promise(tries, retry_after, remaining, chance):
    wait = decide(
        Retry(max_retries=59), tries=tries, retry_after=retry_after, remaining=remaining, random=lambda: chance
    )
    if wait is not None:
        assert wait >= (retry_after or 0)
        assert wait <= (retry_after or 0) + 8
        assert remaining is None or wait < remaining


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("attempts", 0, ValueError), ("attempts", 1.5, TypeError), ("attempts", True, TypeError),
        ("attempts", None, TypeError), ("base_delay", -1, ValueError), ("base_delay", "1", TypeError),
        ("base_delay", False, TypeError), ("max_delay", float("nan"), ValueError),
        ("max_delay", float("inf"), ValueError), ("max_retry_after", -0.1, ValueError),
        ("statuses", ["503"], TypeError), ("budget", -1, ValueError), ("budget", 1.0, TypeError),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_by_name(name, value, kind):
    with pytest.raises(kind, match=name):
        Retry(**{name: value})


def test_a_policy_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Retry().attempts = 9  # type: ignore[misc]  # what is tried
    assert Retry(budget=None).budget is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None), ("0", 0), ("7", 7), (" 7 ", 7), ("1.5", 1.5), ("2.", 2), (IN_TEN_SECONDS, 10),
        ("Sunday, 01-Mar-26 12:00:10 GMT", 10), ("Sun Mar  1 12:00:10 2026", 10),
        ("Sun, 01 Mar 2026 13:00:10 +0100", 10), ("Sun, 01 Mar 2026 11:59:00 GMT", 0),
        ("-5", None), ("nan", None), ("inf", None), ("1e3", None), ("soon", None), ("", None), ("1, 2", None),
        ("Sun, 99 Mar 2026 12:00:10 GMT", None), ("\u0661", None), ("Sun, 01 Mar 99999 12:00:10 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_garbage_is_ignored(value, seconds):
    assert read_retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize("digits", [10, 400, 5000])
def test_an_endless_retry_after_is_long_rather_than_ignored(digits):
    assert read_retry_after("9" * digits, now=NOW) == 1e9


def test_a_date_is_measured_against_the_servers_own_clock():
    ahead = datetime(2026, 3, 1, 12, 5, 0, tzinfo=UTC)
    assert read_retry_after(IN_TEN_SECONDS, date="Sun, 01 Mar 2026 12:00:00 GMT", now=ahead) == 10
    assert read_retry_after(IN_TEN_SECONDS, date="rubbish", now=NOW) == 10


def test_without_a_date_header_the_local_clock_counts():
    assert read_retry_after(IN_TEN_SECONDS) is not None


@given(st.text())
def test_no_header_can_break_the_reading(text):
    seconds = read_retry_after(text, now=NOW)
    assert seconds is None or 0 <= seconds < 1e12
