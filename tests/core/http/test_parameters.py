"""Query and header parameters: what is sent for each value, and what is refused."""

import enum
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from flow_retail_core.http.parameters import encode_headers, encode_query
from flow_retail_core.models.enums import OpenStrEnum
from flow_retail_core.unset import UNSET


class Direction(OpenStrEnum):
    ASC = "ASC"


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
def test_each_type_of_value_has_its_form_in_a_query(value, text):
    assert encode_query({"q": value}) == text


def test_query_parameters_keep_their_order_and_nothing_returns_nothing():
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


# -- Headers ---------------------------------------------------------------------------------------


def test_values_are_written_as_lines_and_lists_with_commas():
    assert encode_headers({"X-One": 1, "X-On": True, "X-Many": ["a", "b"]}) == (
        (b"X-One", b"1"),
        (b"X-On", b"true"),
        (b"X-Many", b"a,b"),
    )


def test_a_header_that_is_not_set_is_not_sent():
    assert encode_headers(None) == encode_headers({"X-One": None, "X-Two": UNSET, "X-Three": []}) == ()


@pytest.mark.parametrize("value", ["a\r\nAuthorization: x", "\x00", "blåbær", "\x7f"])
def test_a_text_that_would_change_the_head_is_refused_without_being_shown(value):
    with pytest.raises(ValueError, match="header X-One must be printable ASCII") as caught:
        encode_headers({"X-One": value})
    assert value not in str(caught.value)


def test_a_header_value_without_a_form_is_refused():
    with pytest.raises(TypeError, match="X-One"):
        encode_headers({"X-One": object()})


@pytest.mark.parametrize("name", ["Authorization", "host", "Content-Length", "X One", "X\r\nY", "", "Ø"])
def test_a_name_that_is_none_or_the_clients_own_is_refused(name):
    with pytest.raises(ValueError, match="can't be set"):
        encode_headers({name: "x"})


async def test_headers_of_a_call_reach_the_server_beside_the_clients_own(server, make_client, get):
    async with make_client() as flow:
        await flow.send(get, ("c-1",), headers={"X-Store": "s-1"})
        await flow.request("GET", "/tenants/{tenantUid}/stores", headers={"X-Store": "s-2"})
    assert [seen.headers["x-store"] for seen in server.seen] == ["s-1", "s-2"]
    assert all("authorization" in seen.headers for seen in server.seen)


def test_a_list_is_one_parameter_an_item_or_one_value_with_commas():
    query = {"tags": ["a,b", "c d"], "uids": ["x", "y"], "none": []}
    assert encode_query(query) == "tags=a%2Cb&tags=c%20d&uids=x&uids=y"
    assert encode_query(query, ("tags", "none")) == "tags=a%2Cb,c%20d&uids=x&uids=y"
