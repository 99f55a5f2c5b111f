import enum
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from flow_retail_core.models.enums import OpenStrEnum, member
from flow_retail_core.query import encode_query
from flow_retail_core.unset import UNSET


class Direction(OpenStrEnum):
    ASC = member("ASC")


class Level(enum.IntEnum):
    HIGH = 3


class Plain(enum.Enum):
    YES = True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b&c=d/é?", "q=a%20b%26c%3Dd%2F%C3%A9%3F"), ("", "q="), (7, "q=7"), (0, "q=0"), (1.5, "q=1.5"),
        (True, "q=true"), (False, "q=false"), (Direction.ASC, "q=ASC"), (Direction("NEW"), "q=NEW"),
        (Level.HIGH, "q=3"), (Plain.YES, "q=true"), (date(2026, 3, 1), "q=2026-03-01"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "q=2026-03-01T12%3A00%3A00%2B00%3A00"),
        (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))),
        "q=2026-03-01T12%3A00%3A00%2B01%3A00"),
        (["a", 1, True], "q=a&q=1&q=true"), (("x",), "q=x"), ([], ""), (None, ""), (UNSET, ""),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_its_form(value, text):
    assert encode_query({"q": value}) == text


def test_parameters_keep_their_order_and_nothing_gives_nothing():
    assert encode_query({"b": 1, "a": None, "c": "x"}) == "b=1&c=x"
    assert encode_query({}) == encode_query(None) == ""


@pytest.mark.parametrize("value", [{"a": 1}, b"bytes", object(), (n for n in range(3)), [None], [["a"]]])
def test_a_value_without_a_form_is_a_type_error_that_names_the_parameter(value):
    with pytest.raises(TypeError, match="sortBy can't be sent as a parameter"):
        encode_query({"sortBy": value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "Kari\ud800"])
def test_a_value_that_has_no_text_is_a_value_error_that_does_not_show_it(value):
    with pytest.raises(ValueError, match="sortBy") as caught:
        encode_query({"sortBy": value})
    assert "Kari" not in str(caught.value)
