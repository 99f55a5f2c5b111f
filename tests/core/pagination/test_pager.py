"""Reading lists that stand still: numbering, sizes, totals, ends, pages."""

import asyncio
from typing import Any

import pager_fakes as fakes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_retail_core.errors import BadRequestError, DecodeError, NotFoundError
from flow_retail_core.pagination.pager import Pager
from flow_retail_core.pagination.reader import STALE_PAGES

pinned = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def pager_of(server: Any, **options: Any) -> Pager[Any]:
    return Pager(server.fetch, operation="things.list", **{"key": "uid", **options})


def serve(count: int, **options: Any) -> Any:
    return fakes.ListServer(fakes.records(count), **options)


def _fail(when: bool, error: Exception) -> None:
    if when:
        raise error


@given(
    count=st.integers(0, 45),
    base=st.integers(0, 1),
    asked=st.one_of(st.none(), st.integers(1, 12)),
    most=st.integers(1, 12),
    prefetch=st.integers(1, 6),
    echo=st.sampled_from(["right", "missing", "behind", "constant"]),
    size=st.sampled_from(["right", "missing", "asked for", "wrong type"]),
    total=st.sampled_from(
        ["right", "missing", "too large", "negative", "wrong type", "page's own", "capped"]
    ),
    past=st.sampled_from(["empty", "last again"]),
)
@pinned
def test_every_record_is_given_once_and_in_order(
    count: int,
    base: int,
    asked: int | None,
    most: int,
    prefetch: int,
    echo: str,
    size: str,
    total: str,
    past: str,
) -> None:
    # A server that repeats its last page and does not say how much there is looks like a broken one.
    if past == "last again" and (total != "right" or size != "right" or echo not in {"right", "missing"}):
        past = "empty"
    server = serve(
        count,
        base=base,
        most=most,
        echoes={
            "right": lambda number: number,
            "missing": lambda number: None,
            "behind": lambda number: max(0, number - 1),
            "constant": lambda number: base,
        }[echo],
        echo_size={
            "right": lambda number: number,
            "missing": lambda number: None,
            "asked for": lambda number: asked or number,
            "wrong type": str,
        }[size],
        total={
            "right": lambda total: total,
            "missing": lambda total: None,
            "too large": lambda total: total + 7,
            "negative": lambda total: -1,
            "wrong type": str,
            "page's own": lambda total: min(total, asked or 10, most),
            "capped": lambda total: min(total, 2 * min(asked or 10, most)),
        }[total],
        past_the_end={"empty": lambda page, last: page, "last again": lambda page, last: last}[past],
    )
    pager = pager_of(server, page_size=asked, prefetch=prefetch)

    async def main() -> None:
        assert [record async for record in pager] == server.content
        assert [record async for page in pager.pages() for record in page.items] == server.content
        assert await pager.collect() == server.content

    asyncio.run(main())
    assert server.most_in_flight <= prefetch
    assert not pager.changes.repeated_records


async def test_no_request_is_made_before_it_is_needed_nor_after_the_end_is_known() -> None:
    server = serve(25)
    pager = pager_of(server)
    assert server.asked == []
    assert await pager.collect() == server.content
    # The first without a number; from then on the size that came back is pinned.
    assert server.asked == [(None, None), (2, 10), (3, 10)]


async def test_a_short_page_is_not_the_end() -> None:
    server = serve(30, total=lambda total: None)
    shorten = server.fetch

    async def fetch(number: int | None, size: int | None) -> Any:
        page = await shorten(number, size)
        return fakes.Envelope(page.items[:7], page.paging)

    got = await Pager(fetch, operation="things.list", key="uid").collect()
    assert len(got) == 21


async def test_a_full_last_page_takes_one_more_request_to_be_believed() -> None:
    server = serve(20)
    assert len(await pager_of(server).collect()) == 20
    assert len(server.asked) == 3


async def test_a_server_that_gives_the_last_page_again_past_the_end_has_come_to_the_end() -> None:
    server = serve(30, past_the_end=lambda page, last: last)
    assert await pager_of(server).collect() == server.content


@pytest.mark.parametrize("error", [BadRequestError(status_code=400), NotFoundError(status_code=404)])
async def test_a_server_that_refuses_pages_past_the_end_is_believed(error: Exception) -> None:
    server = serve(20, before=lambda request: _fail(request == 3, error))
    assert len(await pager_of(server).collect()) == 20


async def test_a_list_without_paging_is_read_to_the_empty_page() -> None:
    for base in (0, 1):
        server = serve(25, base=base, paging=False)
        assert await pager_of(server, prefetch=3).collect() == server.content


@pytest.mark.parametrize("key", ["uid", None])
@pytest.mark.parametrize("paging", [True, False])
async def test_a_server_that_repeats_a_page_is_an_error_and_no_endless_loop(
    key: str | None, paging: bool
) -> None:
    server = serve(100, past_the_end=lambda page, last: last, total=lambda total: 1000, paging=paging)
    with pytest.raises(DecodeError, match="the records of an earlier page") as caught:
        await pager_of(server, key=key).collect()
    assert caught.value.page_number == 11
    assert caught.value.operation == "things.list"


async def test_a_server_that_ignores_the_page_number_is_an_error() -> None:
    for echoes in (lambda number: 0, lambda number: None, lambda number: 7):
        server = serve(100, past_the_end=lambda page, last: 0, base=-1000, echoes=echoes)
        with pytest.raises(DecodeError, match="earlier page"):
            await pager_of(server).collect()
        assert len(server.asked) <= 5


@pytest.mark.parametrize("prefetch", [1, 3])
async def test_a_second_page_that_is_broken_for_good_is_an_error_and_no_endless_loop(prefetch: int) -> None:
    server = serve(40, base=0)

    async def fetch(number: int | None, size: int | None) -> Any:
        return await server.fetch(None if number == 1 else number, size)

    with pytest.raises(DecodeError, match="earlier page"):
        await Pager(fetch, operation="things.list", key="uid", prefetch=prefetch).collect()
    assert len(server.asked) < 12


async def test_a_server_that_starts_over_is_an_error() -> None:
    server = serve(3000, past_the_end=lambda page, last: page % (last + 1), total=lambda total: None)
    with pytest.raises(DecodeError, match="earlier page"):
        await pager_of(server).collect()


async def test_a_total_that_grows_forever_does_not_excuse_repeating_forever() -> None:
    server = serve(10, past_the_end=lambda page, last: last, total=lambda total: 100 * len(server.asked))
    with pytest.raises(DecodeError, match="earlier page"):
        await pager_of(server).collect()
    assert len(server.asked) <= 2 * STALE_PAGES + 5


async def test_records_without_their_uid_are_all_given() -> None:
    nameless = [fakes.Record(None) for _ in range(3)]
    server = fakes.ListServer([*fakes.records(12), *nameless, *fakes.records(9, "s"), fakes.Record("")])
    assert await pager_of(server).collect() == server.content


@pytest.mark.parametrize("items", [None, "records", {"a": 1}, 7])
async def test_an_answer_without_a_list_of_items_is_an_error_not_the_end(items: Any) -> None:
    async def fetch(number: int | None, size: int | None) -> Any:
        await asyncio.sleep(0)
        return fakes.Envelope(items, None)

    with pytest.raises(DecodeError) as caught:
        await Pager(fetch, operation="things.list", page_number=4).collect()
    assert caught.value.path == "$.items"
    assert caught.value.page_number == 4

    async def fetch_nothing(number: int | None, size: int | None) -> Any:
        await asyncio.sleep(0)
        return object()

    with pytest.raises(DecodeError, match="missing"):
        await Pager(fetch_nothing, operation="things.list")
