"""Pages one by one: awaited, leafed through, iterated, collected."""

from collections.abc import Callable
from typing import Any

import pager_fakes as fakes
import pytest

from flow_retail_core.errors import DecodeError
from flow_retail_core.pagination.pager import Pager


def pager_of(server: Any, **options: Any) -> Pager[Any]:
    return Pager(server.fetch, operation="things.list", **{"key": "uid", **options})


def serve(count: int, **options: Any) -> Any:
    return fakes.ListServer(fakes.records(count), **options)


async def test_awaiting_gives_the_first_page_and_each_page_the_next() -> None:
    server = serve(25)
    page = await pager_of(server, page_size=10)
    assert (page.total_count, page.page_number, page.page_size, page.has_next) == (25, 1, 10, True)
    assert page.items == tuple(server.content[:10])
    page = await page.next_page()
    assert page.has_next
    page = await page.next_page()
    assert (page.items, page.has_next) == (tuple(server.content[20:]), False)
    page = await page.next_page()
    assert (page.items, page.has_next) == ((), False)
    assert [number for number, _ in server.asked] == [None, 2, 3]


async def test_has_next_takes_the_total_at_its_word() -> None:
    page = await pager_of(serve(20))
    assert page.has_next
    assert not (await page.next_page()).has_next
    assert not (await pager_of(serve(0))).has_next


async def test_a_page_of_an_iteration_can_be_leafed_on_from() -> None:
    server = serve(35)
    async for page in pager_of(server).pages():
        if page.page_number == 2:
            break
    following = await page.next_page()
    assert following.items == tuple(server.content[20:30])
    assert following.has_next
    assert not (await following.next_page()).has_next


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("echoes", [lambda number: None, lambda number: number])
async def test_leafing_finds_out_where_numbering_starts(base: int, echoes: Callable[[int], Any]) -> None:
    server = serve(25, base=base, echoes=echoes)
    page = await pager_of(server)
    got = list(page.items)
    while page.has_next:
        page = await page.next_page()
        got += page.items
    assert got == server.content


async def test_leafing_to_a_repeated_page_is_an_error_unless_it_is_past_the_end() -> None:
    server = serve(20, past_the_end=lambda page, last: last)
    page = await (await pager_of(server)).next_page()
    assert (await page.next_page()).items == ()
    server = serve(20, past_the_end=lambda page, last: last, paging=False)
    page = await (await pager_of(server)).next_page()
    with pytest.raises(DecodeError, match="earlier page"):
        await page.next_page()


async def test_the_next_page_can_be_asked_for_more_than_once() -> None:
    server = serve(35)
    page = await pager_of(server)
    first, second = await page.next_page(), await page.next_page()
    assert first.items == second.items == tuple(server.content[10:20])
    assert (await first.next_page()).items == (await second.next_page()).items == tuple(server.content[20:30])


async def test_the_next_page_of_a_list_that_shrank_skips_nothing() -> None:
    server = serve(35)
    page = await pager_of(server)
    got = list(page.items)
    del server.content[:3]
    while page.items:
        page = await page.next_page()
        got += page.items
    assert got == fakes.records(35)


async def test_pages_says_nothing_of_an_empty_list() -> None:
    assert [page async for page in pager_of(serve(0)).pages()] == []
    assert await pager_of(serve(0)).collect() == []


async def test_collect_stops_at_its_limit() -> None:
    server = serve(100)
    pager = pager_of(server)
    assert await pager.collect(limit=15) == server.content[:15]
    assert len(server.asked) == 2
    assert await pager.collect(limit=0) == []
    assert len(server.asked) == 2
    assert await pager.collect(limit=1000) == server.content


@pytest.mark.parametrize("prefetch", [1, 3, 8])
async def test_pages_stops_at_its_limit_and_asks_for_nothing_beyond(prefetch: int) -> None:
    server = serve(100, base=1)
    pager = pager_of(server, page_number=4, page_size=10, prefetch=prefetch)
    pages = [page async for page in pager.pages(limit=3)]
    assert [record for page in pages for record in page.items] == server.content[30:60]
    assert [number for number, _ in server.asked] == [4, 5, 6]


async def test_a_page_size_that_changes_within_a_limit_is_an_error() -> None:
    server = serve(100)
    pages = pager_of(server, page_size=10).pages(limit=5)
    await anext(pages)
    server.most = 5
    with pytest.raises(DecodeError, match="the page size changed from 10 to 5"):
        await anext(pages)


async def test_no_repr_shows_a_record() -> None:
    pager = pager_of(serve(5))
    assert "r1" not in repr(await pager)
    assert "5 records" in repr(await pager)
    assert repr(pager) == "<Pager of things.list>"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"page_number": -1}, ValueError, "page_number"),
        ({"page_number": True}, TypeError, "page_number"),
        ({"page_number": "1"}, TypeError, "page_number"),
        ({"page_size": 0}, ValueError, "page_size"),
        ({"page_size": 2.0}, TypeError, "page_size"),
        ({"prefetch": 0}, ValueError, "prefetch"),
        ({"prefetch": None}, TypeError, "prefetch"),
    ],
)
def test_bad_arguments_are_named_at_construction(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        pager_of(serve(1), **options)


async def test_a_bad_limit_is_named_before_anything_is_sent() -> None:
    server = serve(1)
    with pytest.raises(ValueError, match="limit"):
        await pager_of(server).collect(limit=-1)
    with pytest.raises(TypeError, match="limit"):
        await pager_of(server).collect(limit=True)
    with pytest.raises(ValueError, match="limit"):
        pager_of(server).pages(limit=0)
    with pytest.raises(TypeError, match="limit"):
        pager_of(server).pages(limit="3")
    assert server.asked == []
