"""Batches that end early: refused, interrupted, cancelled, left."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import batch_fakes as fakes
import pytest

from flow_retail_core.batch.result import BatchProgress, BatchResult
from flow_retail_core.errors import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    PermissionDeniedError,
)

Thing, Gone, things, run, stream = fakes.Thing, fakes.Gone, fakes.things, fakes.run, fakes.stream


def lost(**kind: Any) -> Any:
    return APITimeoutError("lost", attempts=1, may_have_been_processed=True, **kind)


async def others() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_an_operation_that_is_refused_as_such_is_not_tried_for_every_chunk() -> None:
    for items in (things(100), iter(things(100))):
        server = fakes.BatchServer(fault=lambda request: PermissionDeniedError(status_code=403, attempts=1))
        result = await run(server, upsert=items, chunk_size=10, concurrency=2)
        assert len(result.failed) == 100
        assert len(server.requests) == 2
        assert sorted({outcome.attempts for outcome in result.failed}) == [0, 1]


async def test_what_was_cut_in_two_is_not_tried_either_once_the_operation_is_refused() -> None:
    def fault(request: int) -> Any:
        if request == 1:
            return lost()
        return APIStatusError(status_code=413) if request == 2 else AuthenticationError(status_code=401)

    server = fakes.BatchServer(fault=fault)
    result = await run(server, upsert=things(4))
    # The first request may have done it, whatever came of the later ones.
    assert (len(result.unknown), len(server.requests)) == (4, 3)


async def test_a_stream_that_is_refused_leaves_its_input_unread_and_says_why() -> None:
    items = iter(things(100))
    server = fakes.BatchServer(fault=lambda request: PermissionDeniedError(status_code=403, attempts=1))
    outcomes: list[Any] = []
    with pytest.raises(PermissionDeniedError):
        async for outcome in stream(
            server, upsert=items, delete=iter([Gone("a")]), chunk_size=10, concurrency=2
        ):
            outcomes.append(outcome)
    assert sorted(outcome.index for outcome in outcomes) == list(range(len(outcomes)))
    assert next(items).thing_uid == f"t{len(outcomes)}"
    # Of collections nothing is left, so there is nothing more to say.
    outcomes = [outcome async for outcome in stream(server, upsert=things(100), chunk_size=10)]
    assert len(outcomes) == 100


async def test_an_async_stream_that_is_refused_is_left_unread_too() -> None:
    given: list[Any] = []

    async def items() -> AsyncIterator[Any]:
        for item in things(100):
            given.append(item)
            yield item

    server = fakes.BatchServer(fault=lambda request: PermissionDeniedError(status_code=403, attempts=1))
    outcomes: list[Any] = []
    with pytest.raises(PermissionDeniedError):
        async for outcome in stream(server, upsert=items(), chunk_size=10, concurrency=2):
            outcomes.append(outcome)
    assert sorted(outcome.index for outcome in outcomes) == list(range(len(given)))
    assert len(given) < 100


async def test_a_wrong_item_in_a_stream_ends_it_after_all_before_it_was_resolved() -> None:
    items = [*things(25), Gone("x"), *things(3, "never")]
    server = fakes.BatchServer()
    with pytest.raises(TypeError, match=r"upsert\[25\] must be a Thing, not Gone") as caught:
        await run(server, upsert=iter(items), chunk_size=10)
    result: BatchResult[Any] = caught.value.batch_result
    assert [outcome.item for outcome in result.succeeded] == items[:25]
    assert len(server.state) == 25

    outcomes: list[Any] = []
    with pytest.raises(TypeError, match=r"upsert\[25\]"):
        async for outcome in stream(server, upsert=iter(items), chunk_size=10):
            outcomes.append(outcome)
    assert len(outcomes) == 25


async def test_an_input_that_fails_ends_the_batch_after_all_before_it_was_resolved() -> None:
    closed = False

    class Source:
        async def __aiter__(self) -> Any:
            nonlocal closed
            try:
                for thing in things(5):
                    await asyncio.sleep(0)
                    yield thing
                raise OSError("disk")
            finally:
                closed = True

    with pytest.raises(OSError, match="disk") as caught:
        await run(fakes.BatchServer(), upsert=Source(), chunk_size=2)
    assert len(caught.value.batch_result.succeeded) == 5
    assert closed


async def test_a_callback_that_fails_ends_the_batch_but_costs_no_outcome() -> None:
    def fail(progress: BatchProgress) -> None:
        raise ZeroDivisionError

    server = fakes.BatchServer()
    with pytest.raises(ZeroDivisionError) as caught:
        await run(server, upsert=things(100), chunk_size=10, concurrency=2, on_progress=fail)
    done = caught.value.batch_result
    assert len(done.succeeded) == len(server.state) == 10 * len(server.requests)
    assert len(server.requests) < 10


@pytest.mark.parametrize("where", ["send", "read"])
async def test_a_bug_below_leaves_its_items_unknown_and_is_raised(where: str) -> None:
    server = fakes.BatchServer(
        fault=lambda request: KeyError("bug") if where == "send" else "before",
        read_fault=lambda read: KeyError("bug"),
    )
    with pytest.raises(KeyError, match="bug") as caught:
        await run(server, create=things(30), chunk_size=10, concurrency=1)
    assert len(caught.value.batch_result.unknown) == 10


async def test_cancelling_ends_what_is_in_flight() -> None:
    server = fakes.BatchServer(wait=lambda request: asyncio.Event().wait())
    for work in (
        run(server, upsert=iter(things(100)), chunk_size=10),
        anext(stream(server, upsert=things(100), chunk_size=10)),
    ):
        task = asyncio.ensure_future(work)
        while server.concurrent < 4:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await others(), server.concurrent) == ([], 0)


async def test_a_timeout_ends_a_stream_that_has_returned_what_was_resolved() -> None:
    server = fakes.BatchServer(wait=lambda request: asyncio.sleep(0 if request < 3 else 3600))
    outcomes: list[Any] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as scope:
            async for outcome in stream(server, upsert=things(100), chunk_size=10):
                outcomes.append(outcome)
                if len(outcomes) == 20:
                    scope.reschedule(asyncio.get_running_loop().time())
    assert len(outcomes) == 20
    assert await others() == []


async def test_leaving_a_stream_cancels_what_is_in_flight() -> None:
    server = fakes.BatchServer(wait=lambda request: asyncio.sleep(0 if request < 2 else 3600))
    async for _ in stream(server, upsert=iter(things(100)), chunk_size=10):
        break
    for _ in range(5):
        await asyncio.sleep(0)
    assert (await others(), server.concurrent) == ([], 0)


def test_a_loop_that_ends_right_after_break_warns_of_nothing() -> None:
    async def main() -> None:
        async for _ in stream(fakes.BatchServer(), upsert=things(100), chunk_size=10):
            break

    asyncio.run(main())
    gc.collect()


def test_a_stream_that_outlives_its_loop_warns_of_nothing() -> None:
    async def main() -> Any:
        outcomes = stream(fakes.BatchServer(), upsert=things(100), chunk_size=10)
        await anext(outcomes)
        return outcomes

    outcomes = asyncio.run(main())
    del outcomes
    gc.collect()


async def test_a_stream_can_be_closed_before_it_began_and_after_it_ended() -> None:
    outcomes = stream(fakes.BatchServer(), upsert=things(3))
    await outcomes.aclose()
    assert [outcome async for outcome in outcomes] == []
    async with stream(fakes.BatchServer(), upsert=things(3)) as outcomes:
        assert len([outcome async for outcome in outcomes]) == 3
        assert [outcome async for outcome in outcomes] == []


async def test_a_long_stream_takes_no_more_memory_than_a_short_one() -> None:
    class Server(fakes.BatchServer):
        async def send(self, body: bytes) -> Any:
            await asyncio.sleep(0)
            return {"upsert": {"success": body.count(b"thingUid"), "errors": []}}

    seen = 0
    tracemalloc.start()
    try:
        async for _ in stream(Server(), upsert=(Thing(f"u{index}") for index in range(30_000))):
            seen += 1
            if seen == 5000:
                tracemalloc.reset_peak()
                before, _ = tracemalloc.get_traced_memory()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen == 30_000
    assert peak - before < 3 * 1024 * 1024
