"""Lists: the pages that a resource's pager asks for."""

from typing import Any

import pytest
from attrs import define, evolve

from flow_retail_core.errors import DecodeError
from flow_retail_core.models.model import Model


@define(kw_only=True, repr=False, weakref_slot=False)
class Body(Model):
    """What a test sends."""

    name: str


@define(kw_only=True, repr=False, weakref_slot=False)
class Listed(Model):
    """A page."""

    items: list[str]
    paging: Any = None


@pytest.fixture
def listing(search):
    """A search that promises pages."""
    return evolve(search, returns=Listed, paged=True)


async def test_pages_are_asked_for_by_number_and_size_beside_the_other_parameters(
    server, make_client, listing
):
    # A response without a number may be the last page over again: the page before it shows whether it is.
    server.script = [server.reply(200, {"items": [*items]}) for items in ("ab", "xy")]
    pager = make_client().things.list(
        listing, query={"sortBy": "name"}, body=Body(name="x"), page_number=3, page_size=2
    )
    assert server.seen == []
    page = await pager
    assert list(page.items) == ["a", "b"]
    assert server.seen[0].target == "/v2/tenants/acme/customers/search?sortBy=name&pageNumber=3&pageSize=2"
    assert server.seen[1].target == "/v2/tenants/acme/customers/search?sortBy=name&pageNumber=2&pageSize=2"
    assert [each.body for each in server.seen] == [b'{"name":"x"}'] * 2


async def test_a_mistake_in_a_list_is_refused_where_it_is_made(make_client, server, get):
    listing = evolve(get, returns=Listed, paged=True)
    with pytest.raises(ValueError, match="customerUid"):
        make_client().things.list(listing, ("..",))
    with pytest.raises(TypeError, match="sortBy"):
        make_client().things.list(listing, ("c-1",), query={"sortBy": object()})
    with pytest.raises(ValueError, match="X-Store"):
        make_client().things.list(listing, ("c-1",), headers={"X-Store": "s\n"})


@pytest.mark.parametrize("empty", [204, 200])
async def test_a_page_without_a_body_is_a_decode_error_and_no_end_of_the_list(
    empty, server, make_client, listing
):
    server.default = server.reply(empty, body=b"")
    pager = make_client().things.list(listing)
    with pytest.raises(DecodeError, match="an empty body"):
        await pager
    with pytest.raises(DecodeError, match="an empty body"):
        await pager.collect()
