"""Prefetching, leaving the loop, failing and resuming."""

import asyncio
import gc
from typing import Any

import pager_fakes as fakes
import pytest
from hypothesis import settings

from flow_retail_core.errors import APIConnectionError, InternalServerError
from flow_retail_core.pagination.pager import Pager

pinned = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def pager_of(server: Any, **options: Any) -> Pager[Any]:
    return Pager(server.fetch, operation="things.list", **{"key": "uid", **options})


def serve(count: int, **options: Any) -> Any:
    return fakes.ListServer(fakes.records(count), **options)


async def test_prefetch_keeps_so_many_requests_in_flight_and_no_more() -> None:
    server = serve(200)
    assert await pager_of(server, prefetch=5).collect() == server.content
    assert server.most_in_flight == 5
    assert len(server.asked) == 21


async def test_a_reader_that_stops_is_not_run_ahead_of() -> None:
    server = serve(1000)
    pages = pager_of(server, prefetch=4).pages()
    await anext(pages)
    await anext(pages)
    for _ in range(50):
        await asyncio.sleep(0)
    # Two that were taken, four ahead at most.
    assert len(server.asked) <= 6
    await pages.aclose()


async def test_answers_that_overtake_each_other_are_given_in_order() -> None:
    async def wait(request: int) -> None:
        for _ in range(3 * (7 - request % 7)):
            await asyncio.sleep(0)

    server = serve(300, wait=wait)
    assert await pager_of(server, prefetch=6).collect() == server.content


async def _others() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def _forever(request: int) -> None:
    await (asyncio.Event().wait() if request > 2 else asyncio.sleep(0))


async def test_break_cancels_what_is_in_flight() -> None:
    server = serve(1000, wait=_forever)
    async for _ in pager_of(server, prefetch=4):
        if len(server.asked) > 3:
            break
    for _ in range(3):
        await asyncio.sleep(0)
    assert await _others() == []
    assert server.in_flight == 0


async def test_an_exception_in_the_loop_cancels_what_is_in_flight() -> None:
    server = serve(1000, wait=_forever)
    with pytest.raises(ZeroDivisionError):
        async for _ in pager_of(server, prefetch=4):
            1 / (len(server.asked) <= 3)
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)
    assert await _others() == []


async def test_cancelling_the_reader_has_ended_its_requests_when_it_has_ended() -> None:
    server = serve(1000, wait=_forever)
    task = asyncio.create_task(pager_of(server, prefetch=4).collect())
    while server.in_flight < 4:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _others() == []
    assert (server.in_flight, server.cancelled) == (0, 4)


async def test_closing_waits_until_the_requests_have_ended() -> None:
    server = serve(1000, wait=_forever)
    async with aiter(pager_of(server, prefetch=4)) as records:
        await anext(records)
        while server.in_flight < 3:
            await anext(records)
            await asyncio.sleep(0)
    assert await _others() == []
    assert [record async for record in records] == []


def test_a_loop_that_ends_right_after_break_warns_of_nothing() -> None:
    async def main() -> None:
        async for _ in pager_of(serve(1000), prefetch=4):
            break
        async for _ in pager_of(serve(1000, wait=_forever), prefetch=4):
            break

    asyncio.run(main())
    gc.collect()


def test_an_iterator_that_outlives_its_loop_warns_of_nothing() -> None:
    kept: list[Any] = []

    async def main() -> None:
        pages = pager_of(serve(1000), prefetch=4).pages()
        await anext(pages)
        await anext(pages)
        kept.append(pages)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    kept.clear()
    gc.collect()


async def test_two_tasks_on_one_iterator_are_told_so() -> None:
    pages = pager_of(serve(100)).pages()
    first = asyncio.create_task(anext(pages))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task"):
        await anext(pages)
    assert len((await first).items) == 10
    await pages.aclose()


# -- Failing and resuming


def _fail(when: bool, error: Exception) -> None:
    if when:
        raise error


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("base", [0, 1])
async def test_a_failure_says_where_to_resume(prefetch: int, base: int) -> None:
    server = serve(95, base=base)
    answer = server.fetch

    async def fetch(number: int | None, size: int | None) -> Any:
        _fail(number == 5, InternalServerError(status_code=503))
        return await answer(number, size)

    got: list[Any] = []
    with pytest.raises(InternalServerError) as caught:
        async for record in Pager(fetch, operation="things.list", key="uid", prefetch=prefetch):
            got.append(record)
    resumed = pager_of(server, page_number=caught.value.page_number, prefetch=prefetch)
    assert got + await resumed.collect() == server.content
    assert await _others() == []


async def test_a_failing_first_request_says_what_was_asked_for() -> None:
    server = serve(5, before=lambda request: _fail(True, APIConnectionError("no")))
    with pytest.raises(APIConnectionError) as caught:
        await pager_of(server)
    assert caught.value.page_number is None
    with pytest.raises(APIConnectionError) as caught:
        await pager_of(server, page_number=7).collect()
    assert caught.value.page_number == 7


async def test_a_failure_ahead_that_is_never_reached_is_never_raised() -> None:
    server = serve(
        30, total=lambda total: None, before=lambda request: _fail(request == 6, APIConnectionError("no"))
    )
    assert await pager_of(server, prefetch=4).collect() == server.content


async def test_an_iteration_that_failed_is_over_and_the_pager_is_not() -> None:
    server = serve(30, before=lambda request: _fail(request == 2, APIConnectionError("no")))
    pager = pager_of(server)
    records = aiter(pager)
    with pytest.raises(APIConnectionError):
        async for _ in records:
            pass
    assert [record async for record in records] == []
    assert await pager.collect() == server.content


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("start", [0, 1, 2, 3, 4])
async def test_reading_from_a_page_on_reads_all_from_there(base: int, start: int) -> None:
    server = serve(40, base=base)
    first = max(0, start - base) * 10
    for prefetch in (1, 3):
        assert (
            await pager_of(server, page_number=start, prefetch=prefetch).collect() == server.content[first:]
        )
    page = await pager_of(server, page_number=start)
    assert page.items == tuple(server.content[first : first + 10])
