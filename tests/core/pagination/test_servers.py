"""Servers that return less than they count, the same twice, or an error past the end of a list that moved."""

from collections.abc import Callable
from typing import Any

import pager_fakes as fakes
import pytest

from flow_retail_core.errors import APIConnectionError, APIStatusError
from flow_retail_core.pagination.pager import Pager

PAST_THE_END = [400, 404, 416, 422, "empty", "last page again"]


def pager_of(fetch: Any, **options: Any) -> Pager[Any]:
    return Pager(fetch, operation="things.list", key="uid", **options)


def cut(server: Any, page: int, keep: int, *, times: int | None = None, total: bool = True) -> Any:
    """The server's fetch, with fewer records on the page of a number, so many times; None for always."""
    left = [times]

    async def fetch(number: int | None, size: int | None) -> Any:
        envelope = await server.fetch(number, size)
        if (number or server.base) != page or left[0] == 0:
            return envelope
        left[0] = None if left[0] is None else left[0] - 1
        paging = envelope.paging if total else None
        return fakes.Envelope(envelope.items[:keep], paging)

    return fetch


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("keep", [0, 6])
@pytest.mark.parametrize("page", [1, 2, 3])
async def test_a_page_that_comes_short_of_its_total_once_is_asked_for_again(
    page: int, keep: int, prefetch: int
) -> None:
    server = fakes.ListServer(fakes.records(30))
    pager = pager_of(cut(server, page, keep, times=1), prefetch=prefetch)
    assert await pager.collect() == server.content
    assert pager.changes.missing_records == 0
    assert pager.changes.reread_pages == 1


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("keep", [0, 6])
@pytest.mark.parametrize(("page", "total"), [(1, True), (2, True), (2, False), (3, True), (3, False)])
async def test_records_that_the_server_counts_but_never_returns_are_reported_missing(
    page: int, keep: int, prefetch: int, total: bool
) -> None:
    server = fakes.ListServer(fakes.records(30))
    pager = pager_of(cut(server, page, keep, total=total), prefetch=prefetch)
    first = 10 * (page - 1)
    assert await pager.collect() == server.content[: first + keep] + server.content[first + 10 :]
    assert pager.changes.missing_records == 10 - keep
    assert pager.changes


async def test_a_list_that_ends_early_under_a_wrong_number_is_reported_missing() -> None:
    server = fakes.ListServer(fakes.records(30), echoes=lambda number: number + 6)
    pager = pager_of(server.fetch)
    assert await pager.collect() == server.content[:10]
    assert pager.changes.missing_records == 20


async def test_a_first_page_of_another_size_than_it_says_is_asked_for_again_in_that_size() -> None:
    server = fakes.ListServer(fakes.records(70), echo_size=lambda size: 30)
    pager = pager_of(server.fetch)
    assert await pager.collect() == server.content
    assert pager.changes.missing_records == 0


async def test_a_server_that_never_fills_its_pages_is_not_asked_twice_for_each() -> None:
    server = fakes.ListServer(fakes.records(200), most=5, echo_size=lambda size: 10)
    pager = pager_of(server.fetch, page_size=10)
    assert await pager.collect() == server.content
    assert len(server.asked) <= 40 + 5
    assert pager.changes.missing_records == 0


async def test_what_was_missing_in_one_iteration_is_not_held_against_the_next() -> None:
    server = fakes.ListServer(fakes.records(30))
    pager = pager_of(cut(server, 3, 0, times=2))
    assert len(await pager.collect()) == 20
    assert pager.changes.missing_records == 10
    assert await pager.collect() == server.content
    assert pager.changes.missing_records == 0


async def test_nothing_is_missing_of_a_list_that_grew_or_shrank_while_it_was_read() -> None:
    def move(request: int) -> None:
        if request == 2:
            server.content[0:0] = fakes.records(7, "new")
        if request == 4:
            del server.content[:9]

    server = fakes.ListServer(fakes.records(45), before=move)
    pager = pager_of(server.fetch)
    await pager.collect()
    assert pager.changes.total_changes == 2
    assert pager.changes.missing_records == 0


def refuse(status: int) -> Callable[[int, int], int]:
    def past_the_end(page: int, last: int) -> int:
        raise APIStatusError(status_code=status)

    return past_the_end


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("past", PAST_THE_END)
@pytest.mark.parametrize("count", [20, 24, 25])
@pytest.mark.parametrize("moved", [-11, -3, -1, 1, 3, 11])
@pytest.mark.parametrize("when", [2, 3, 4])
async def test_a_list_that_moved_ends_well_whatever_the_server_returns_past_its_end(
    past: Any, count: int, moved: int, when: int, prefetch: int
) -> None:
    def move(request: int) -> None:
        if request == when and moved > 0:
            server.content[0:0] = fakes.records(moved, "new")
        elif request == when:
            del server.content[:-moved]

    server = fakes.ListServer(fakes.records(count), before=move)
    if past == "last page again":
        server.past_the_end = lambda page, last: last
    elif past != "empty":
        server.past_the_end = refuse(past)
    before = server.content[:]
    pager = pager_of(server.fetch, prefetch=prefetch)
    got = await pager.collect()
    assert len(set(got)) == len(got)
    assert [one for one in got if one in before and one in server.content] == [
        one for one in before if one in server.content
    ]
    assert pager.changes.missing_records == 0


async def test_a_page_that_is_refused_while_the_total_says_it_is_there_is_raised() -> None:
    error = APIStatusError(status_code=404)

    async def fetch(number: int | None, size: int | None) -> Any:
        if number == 3:
            raise error
        return await server.fetch(number, size)

    server = fakes.ListServer(fakes.records(45))
    with pytest.raises(APIStatusError) as caught:
        await pager_of(fetch).collect()
    assert caught.value is error
    assert caught.value.page_number == 3


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("status", [400, 404, 416, 422])
@pytest.mark.parametrize("total", [True, False])
async def test_a_list_that_is_refused_as_a_whole_from_some_page_on_is_raised_and_can_be_resumed(
    status: int, prefetch: int, total: bool
) -> None:
    async def fetch(number: int | None, size: int | None) -> Any:
        if len(server.asked) >= 2:
            raise APIStatusError(status_code=status)
        return await server.fetch(number, size)

    server = fakes.ListServer(fakes.records(45), total=lambda count: count if total else None)
    got: list[Any] = []
    with pytest.raises(APIStatusError) as caught:
        async for page in pager_of(fetch, prefetch=prefetch).pages():
            got.extend(page.items)
    rest = await pager_of(server.fetch, page_number=caught.value.page_number).collect()
    assert got + rest == server.content


async def test_the_same_uid_twice_on_one_page_is_given_once() -> None:
    server = fakes.ListServer(fakes.records(25))
    server.content[4] = server.content[3]
    server.content[23] = server.content[22]
    pager = pager_of(server.fetch)
    got = await pager.collect()
    assert got == list(dict.fromkeys(server.content))
    assert pager.changes.repeated_records == 2
    assert pager.changes.missing_records == 0


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("fails", range(1, 7))
@pytest.mark.parametrize("echo", [True, False])
async def test_resuming_doubles_nothing_wherever_it_broke_off(
    base: int, fails: int, echo: bool, prefetch: int
) -> None:
    server = fakes.ListServer(fakes.records(40), base=base, echoes=lambda number: number if echo else None)
    broken = [True]

    async def fetch(number: int | None, size: int | None) -> Any:
        if len(server.asked) + 1 == fails and broken.pop():
            server.asked.append((number, size))
            broken.append(False)
            raise APIConnectionError("no")
        return await server.fetch(number, size)

    got: list[Any] = []

    async def read(page_number: int | None) -> None:
        async for page in pager_of(fetch, page_number=page_number, prefetch=prefetch).pages():
            got.extend(page.items)

    try:
        await read(None)
    except APIConnectionError as error:
        await read(error.page_number)
    assert got == server.content


@pytest.mark.parametrize("past", PAST_THE_END)
@pytest.mark.parametrize("base", [0, 1])
async def test_resuming_past_the_end_gives_nothing(past: Any, base: int) -> None:
    server = fakes.ListServer(fakes.records(20), base=base)
    if past == "last page again":
        server.past_the_end = lambda page, last: last
    elif past != "empty":
        server.past_the_end = refuse(past)
    assert await pager_of(server.fetch, page_number=2 + base).collect() == []


async def test_a_list_that_does_not_exist_is_raised_wherever_it_was_to_begin() -> None:
    async def fetch(number: int | None, size: int | None) -> Any:
        raise APIStatusError(status_code=404)

    for number in (None, 0, 1, 5):
        with pytest.raises(APIStatusError):
            await pager_of(fetch, page_number=number).collect()
