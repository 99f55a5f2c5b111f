"""Header parameters."""

import pytest

from flow_retail_core.http.parameters import encode_headers
from flow_retail_core.unset import UNSET


def test_values_are_written_as_lines_and_lists_with_commas():
    assert encode_headers({"X-One": 1, "X-On": True, "X-Many": ["a", "b"]}) == (
        (b"X-One", b"1"),
        (b"X-On", b"true"),
        (b"X-Many", b"a,b"),
    )


def test_what_is_not_set_is_not_sent():
    assert encode_headers(None) == encode_headers({"X-One": None, "X-Two": UNSET, "X-Three": []}) == ()


@pytest.mark.parametrize("value", ["a\r\nAuthorization: x", "\x00", "blåbær", "\x7f"])
def test_a_text_that_would_change_the_head_is_refused_without_being_shown(value):
    with pytest.raises(ValueError, match="X-One can't stand in a header") as caught:
        encode_headers({"X-One": value})
    assert value not in str(caught.value)


def test_a_value_without_a_form_is_refused():
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
