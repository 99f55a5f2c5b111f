"""What a batch sends, and what it reports of it."""

import asyncio
from typing import Any

import batch_fakes as fakes
import pytest

from flow_retail_core.batch.result import BatchOutcome, BatchProgress, BatchResult
from flow_retail_core.errors import (
    BatchError,
)

Thing, Gone, things, run, stream = fakes.Thing, fakes.Gone, fakes.things, fakes.run, fakes.stream


async def others() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


# -- What is sent


async def test_all_lists_are_applied_and_reported_in_the_order_of_the_inputs() -> None:
    server = fakes.BatchServer(state={"u0": "old", "d0": "old", "d1": "old"})
    items = {
        "create": things(3, "c"),
        "update": things(1, "u"),
        "upsert": things(2, "s"),
        "delete": [Gone("d0"), Gone("d1")],
    }
    result = await run(server, **items, chunk_size=2)
    assert [outcome.item for outcome in result.succeeded] == [
        item for given in items.values() for item in given
    ]
    assert [(outcome.action, outcome.index) for outcome in result.succeeded][:4] == [
        ("create", 0),
        ("create", 1),
        ("create", 2),
        ("update", 0),
    ]
    assert {outcome.attempts for outcome in result.succeeded} == {1}
    assert set(server.state) == {"c0", "c1", "c2", "u0", "s0", "s1"}
    # One action a request, each of two items at most.
    assert [len(request.uids) for request in server.requests] == [2, 1, 1, 2, 2]
    result.raise_for_errors()


async def test_a_delete_takes_uids_as_well_as_items() -> None:
    server = fakes.BatchServer(state={"a": "x", "b": "x"})
    given = ["a", Gone("b"), "c"]
    result = await run(server, delete=iter(given))
    assert [(outcome.item, outcome.uid) for outcome in result.succeeded] == [("a", "a"), (given[1], "b")]
    assert [(outcome.item, outcome.error_code) for outcome in result.failed] == [("c", "NOT_FOUND")]
    assert server.state == {}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"delete": ["a", ""]}, ValueError, r"delete\[1\] has no thing_uid"),
        ({"delete": ["a", "a"]}, ValueError, r"delete\[1\] .* as delete\[0\]"),
        ({"delete": "a"}, TypeError, "delete must be an iterable or async iterable of Gone, not str"),
        ({"delete": [b"a"]}, TypeError, r"delete\[0\] must be a Gone, not bytes"),
        ({"upsert": ["a"]}, TypeError, r"upsert\[0\] must be a Thing, not str"),
    ],
)
async def test_uids_are_checked_as_items_are(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    server = fakes.BatchServer()
    with pytest.raises(error, match=message):
        await run(server, **arguments)
    assert server.requests == []


async def test_a_stream_that_was_begun_can_be_collected() -> None:
    outcomes = stream(fakes.BatchServer(), upsert=things(10), chunk_size=4, concurrency=1)
    first = await anext(outcomes)
    assert [first.index, *(outcome.index for outcome in (await outcomes.collect()).succeeded)] == list(
        range(10)
    )
    assert len(await outcomes.collect()) == 0


async def test_nothing_given_is_nothing_sent() -> None:
    server = fakes.BatchServer()
    result = await run(server, create=None, update=[], upsert=iter(()))
    assert (len(result), bool(result), server.requests) == (0, True, [])


async def test_a_request_holds_no_more_bytes_than_allowed() -> None:
    server = fakes.BatchServer()
    await run(server, upsert=things(40), chunk_bytes=100)
    assert max(request.size for request in server.requests) <= 100
    assert len(server.state) == 40
    exactly = server.requests[0].size
    server = fakes.BatchServer()
    await run(server, upsert=things(40), chunk_bytes=exactly)
    assert server.requests[0].size == exactly


async def test_no_more_requests_are_in_flight_than_allowed() -> None:
    server = fakes.BatchServer()
    await run(server, upsert=things(100), chunk_size=5, concurrency=3)
    assert server.most_concurrent == 3


async def test_streams_are_read_no_further_than_is_sent() -> None:
    read = 0

    def items() -> Any:
        nonlocal read
        for thing in things(1000):
            read += 1
            yield thing

    gate = asyncio.Event()
    server = fakes.BatchServer(wait=lambda request: gate.wait())
    task = asyncio.create_task(run(server, upsert=items(), chunk_size=10, concurrency=3))
    for _ in range(20):
        await asyncio.sleep(0)
    # Three chunks in flight, and one item that showed that the last of them was full.
    assert 30 <= read <= 33
    gate.set()
    assert len((await task).succeeded) == 1000


async def test_a_stream_that_nobody_reads_stops_sending() -> None:
    server = fakes.BatchServer()
    outcomes = stream(server, upsert=iter(things(1000)), chunk_size=10, concurrency=2)
    assert server.requests == []
    await anext(outcomes)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(server.requests) <= 4
    await outcomes.aclose()
    assert await others() == []


async def test_a_uid_that_comes_again_in_a_stream_waits_for_the_first() -> None:
    server = fakes.BatchServer()
    items = [Thing("a", "1"), Thing("b", "1"), Thing("a", "2"), Thing("c", "1"), Thing("c", "2")]
    result = await run(server, upsert=iter(items), delete=iter([Gone("a")]))
    assert len(result.succeeded) == 6
    assert server.state == {"b": "1", "c": "2"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"upsert": things(3), "chunk_size": 0}, ValueError, "chunk_size"),
        ({"upsert": things(3), "chunk_size": True}, TypeError, "chunk_size"),
        ({"upsert": things(3), "chunk_bytes": 0}, ValueError, "chunk_bytes"),
        ({"upsert": things(3), "concurrency": 0}, ValueError, "concurrency"),
        ({"upsert": things(3), "concurrency": "4"}, TypeError, "concurrency"),
        ({"upsert": things(3), "resolve_unknown": 1}, TypeError, "resolve_unknown"),
        ({"upsert": things(3), "on_progress": 1}, TypeError, "on_progress"),
        ({"upsert": things(3), "on_progress": others}, TypeError, "on_progress"),
        ({"upsert": Thing("a")}, TypeError, "upsert"),
        ({"upsert": "things"}, TypeError, "upsert"),
        ({"upsert": {"a": 1}}, TypeError, "upsert"),
        ({"upsert": 7}, TypeError, "upsert"),
        ({"upsert": [Thing("a"), Gone("b")]}, TypeError, r"upsert\[1\] must be a Thing, not Gone"),
        ({"upsert": [Thing("a"), Thing(7)]}, TypeError, r"upsert\[1\].thing_uid must be a str"),
        ({"upsert": [Thing("a"), Thing("b", object())]}, TypeError, r"upsert\[1\]: body\.name has no JSON"),
        ({"upsert": [Thing("a"), Thing("b", "\ud800")]}, TypeError, r"upsert\[1\]: body\.name has no JSON"),
        ({"update": [Thing()]}, ValueError, r"update\[0\] has no thing_uid"),
        ({"delete": [Gone("a"), Gone(None)]}, ValueError, r"delete\[1\] has no thing_uid"),
        ({"upsert": [Thing("a"), Thing("a")]}, ValueError, r"upsert\[1\] .* as upsert\[0\]"),
        ({"upsert": (Thing("a"),), "create": [Thing("a")]}, ValueError, r"upsert\[0\] .* as create\[0\]"),
        ({"upsert": [Thing("a", "x" * 200)], "chunk_bytes": 100}, ValueError, r"upsert\[0\] takes 2.. bytes"),
    ],
)
async def test_a_mistake_is_named_before_anything_is_sent(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    server = fakes.BatchServer()
    with pytest.raises(error, match=message):
        await run(server, **arguments)
    with pytest.raises(error, match=message):
        [outcome async for outcome in stream(server, **arguments)]
    assert server.requests == []


async def test_a_list_that_the_operation_lacks_is_named() -> None:
    with pytest.raises(TypeError, match="no argument merge"):
        await run(fakes.BatchServer(), merge=[])


# -- What is reported


async def test_items_that_are_refused_are_reported_apart_from_those_that_are_not() -> None:
    server = fakes.BatchServer(state={"t1": "old"})
    items = things(3)
    result = await run(server, create=items)
    (failed,) = result.failed
    assert failed.item is items[1]
    assert (failed.action, failed.index, failed.uid, failed.status) == ("create", 1, "t1", "failed")
    assert (failed.error_code, failed.message, failed.attempts) == ("ALREADY_EXISTS", "refused", 1)
    assert "refused" not in repr(failed)
    assert "Thing" not in repr(failed)
    assert repr(result) == "<BatchResult of things.batch: 2 succeeded, 1 failed, 0 unknown>"
    with pytest.raises(BatchError, match="1 items failed, 0 are unknown, 2 succeeded") as caught:
        result.raise_for_errors()
    assert caught.value.result is result


async def test_the_error_of_a_batch_names_its_codes_but_not_all() -> None:
    codes = [BatchOutcome("create", 0, None, None, "unknown", f"C{code}") for code in range(9)]
    with pytest.raises(BatchError, match=r"C0, C1, C2, C3, C4, \.\.\."):
        BatchResult("x", unknown=codes).raise_for_errors()


async def test_progress_is_reported_as_items_are_resolved() -> None:
    seen: list[BatchProgress] = []
    server = fakes.BatchServer(state={"t1": "old"})
    await run(server, create=things(5), chunk_size=2, concurrency=1, on_progress=seen.append)
    assert [(progress.succeeded, progress.failed, progress.completed) for progress in seen] == [
        (1, 1, 2),
        (3, 1, 4),
        (4, 1, 5),
    ]
    assert {progress.total for progress in seen} == {5}
    seen.clear()
    await run(fakes.BatchServer(), create=iter(things(5)), on_progress=seen.append)
    assert [(progress.completed, progress.total) for progress in seen] == [(5, None)]
