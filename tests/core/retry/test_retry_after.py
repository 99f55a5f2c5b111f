"""What a Retry-After header asks for, in whatever form it comes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_retail_core.messages import Headers
from flow_retail_core.retry.retry_after import retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
IN_TEN_SECONDS = "Sun, 01 Mar 2026 12:00:10 GMT"


def read(*values, date=None, now=NOW):
    """Read the header of a response that has it once for each value."""
    pairs = [(b"Retry-After", value.encode("utf-8")) for value in values]
    return retry_after(Headers(pairs if date is None else [(b"Date", date.encode()), *pairs]), now=now)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("7", 7), (" 7 ", 7), ("1.5", 1.5), ("2.", 2), (IN_TEN_SECONDS, 10),
        ("Sunday, 01-Mar-26 12:00:10 GMT", 10), ("Sun Mar  1 12:00:10 2026", 10),
        ("Sun, 01 Mar 2026 13:00:10 +0100", 10), ("Sun, 01 Mar 2026 11:59:00 GMT", 0),
        ("-5", None), ("nan", None), ("inf", None), ("1e3", None), ("soon", None), ("", None),
        ("Sun, 99 Mar 2026 12:00:10 GMT", None), ("\u0661", None), ("Sun, 01 Mar 99999 12:00:10 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_garbage_is_ignored(value, seconds):
    assert read(value) == seconds


def test_a_response_without_the_header_asks_for_nothing():
    assert read() is None


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["2", "7"], 7), (["7", "2"], 7), (["2, 2"], 2), (["1,2"], 2), (["7 , 2"], 7), (["2", "soon"], 2),
        (["soon, 2"], 2), (["2, -5"], 2), ([",2,"], 2), (["2", ""], 2), (["soon, later"], None),
        ([IN_TEN_SECONDS, "2"], 10), (["2", IN_TEN_SECONDS], 10), ([f"2, {IN_TEN_SECONDS}"], 10),
        ([f"{IN_TEN_SECONDS}, 2"], 10), ([f"{IN_TEN_SECONDS}, 12"], 12), ([f"12, {IN_TEN_SECONDS}, 3"], 12),
        ([IN_TEN_SECONDS, "Sun, 01 Mar 2026 12:00:20 GMT"], 20),
        (["Sunday, 01-Mar-26 12:00:10 GMT, Sun, 01 Mar 2026 12:00:05 GMT, 1"], 10),
        (["Sun Mar  1 12:00:10 2026, 3"], 10),
    ],
)  # fmt: skip
def test_of_several_values_the_longest_counts(values, seconds):
    assert read(*values) == seconds


@given(st.lists(st.integers(0, 10**6), min_size=1), st.booleans())
def test_no_value_is_ever_undercut(seconds, joined):
    texts = [str(second) for second in seconds]
    assert read(*([", ".join(texts)] if joined else texts)) == max(seconds)


@pytest.mark.parametrize("digits", [10, 400, 5000])
def test_an_endless_retry_after_is_long_rather_than_ignored(digits):
    assert read("9" * digits) == 1e9


def test_a_date_is_measured_against_the_servers_own_clock():
    ahead = datetime(2026, 3, 1, 12, 5, 0, tzinfo=UTC)
    assert read(IN_TEN_SECONDS, date="Sun, 01 Mar 2026 12:00:00 GMT", now=ahead) == 10
    assert read(IN_TEN_SECONDS, date="rubbish") == 10


def test_without_a_date_header_the_local_clock_counts():
    assert read(IN_TEN_SECONDS, now=None) is not None


@given(st.text())
def test_no_header_can_break_the_reading(text):
    seconds = read(text.encode("utf-8", "replace").decode())
    assert seconds is None or 0 <= seconds < 1e12
