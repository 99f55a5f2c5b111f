"""What a batch sends again, what it must not, and what it reports of that."""

import asyncio
from typing import Any

import batch_fakes as fakes
import pytest

from flow_retail_core.errors import (
    APIConnectionError,
    APIStatusError,
    DecodeError,
    InternalServerError,
    RateLimitError,
)

Thing, Gone, things, run, stream = fakes.Thing, fakes.Gone, fakes.things, fakes.run, fakes.stream


async def test_items_refused_for_a_transient_reason_are_sent_again_alone() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    server = fakes.BatchServer(
        refuse=lambda action, uid, request: "TOO_MANY_REQUESTS" if uid == "t1" and request < 3 else None
    )
    result = await run(server, create=things(4), retry=fakes.engine(sleep=sleep, random=lambda: 1.0))
    assert [request.uids for request in server.requests] == [["t0", "t1", "t2", "t3"], ["t1"], ["t1"]]
    assert [outcome.attempts for outcome in result.succeeded] == [1, 3, 1, 1]
    assert waits == [0.5, 1.0]


async def test_a_transient_reason_that_stays_is_a_failure() -> None:
    server = fakes.BatchServer(refuse=lambda action, uid, request: "429" if uid == "t1" else None)
    (failed,) = (await run(server, upsert=things(2))).failed
    assert (failed.error_code, failed.attempts) == ("429", 4)


async def test_a_server_whose_time_ran_out_for_an_item_leaves_it_unknown() -> None:
    server = fakes.BatchServer(refuse=lambda action, uid, request: "LOCK_TIMEOUT")
    assert len((await run(server, upsert=things(2))).unknown) == 2
    assert len((await run(server, upsert=things(2), resolve_unknown=True)).failed) == 2


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_what_may_be_sent_twice_is_sent_again_when_there_was_no_response(fault: str) -> None:
    server = fakes.BatchServer(
        state={"u0": "old", "d0": "old"}, fault=lambda request: fault if request in {1, 3, 5} else None
    )
    arguments = {"update": things(1, "u"), "upsert": things(1, "s"), "delete": [Gone("d0")]}
    result = await run(server, **arguments, concurrency=1)
    assert [outcome.attempts for outcome in result.succeeded] == [2, 2, 2]
    assert set(server.state) == {"u0", "s0"}


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_create_without_a_response_is_looked_up_before_it_is_sent_again(fault: str) -> None:
    server = fakes.BatchServer(fault=lambda request: fault if request == 1 else None)
    result = await run(server, create=things(3))
    assert len(result.succeeded) == 3
    assert server.creations == {"t0": 1, "t1": 1, "t2": 1}
    assert sorted(server.reads) == ["t0", "t1", "t2"]
    assert len(server.requests) == (2 if fault == "before" else 1)


async def test_a_create_without_a_uid_is_never_sent_again() -> None:
    for operation in ("create", "upsert"):
        server = fakes.BatchServer(fault=lambda request: "after")
        result = await run(server, **{operation: [Thing(), Thing()]}, resolve_unknown=True)
        assert (len(result.unknown), server.nameless, len(server.requests)) == (2, 2, 1)
        assert {outcome.attempts for outcome in result.unknown} == {1}


async def test_an_empty_uid_is_none() -> None:
    server = fakes.BatchServer(fault=lambda request: "after")
    (unknown,) = (await run(server, upsert=[Thing("")])).unknown
    assert (unknown.uid, len(server.requests)) == (None, 1)


async def test_a_create_that_the_server_can_not_be_asked_about_is_never_sent_again() -> None:
    server = fakes.BatchServer(fault=lambda request: "before")
    result = await run(server, create=things(2), reads=False)
    assert (len(result.unknown), len(server.requests)) == (2, 1)
    server = fakes.BatchServer(
        fault=lambda request: "before", read_fault=lambda read: InternalServerError(status_code=500)
    )
    result = await run(server, create=things(2))
    assert (len(result.unknown), len(server.requests)) == (2, 1)


async def test_what_stands_there_but_differs_is_unknown() -> None:
    server = fakes.BatchServer(state={"t0": "of someone else"}, fault=lambda request: "before")
    result = await run(server, create=[Thing("t0", "ours")], resolve_unknown=True)
    assert (len(result.unknown), len(server.requests)) == (1, 1)


async def test_a_create_that_was_applied_late_is_recognised() -> None:
    server = fakes.BatchServer()

    def late(request: int) -> Any:
        if request == 1:
            return "before"
        # The first request reaches the server only after it was asked.
        server.state["t0"] = "x"
        return None

    server.fault = late
    result = await run(server, create=things(1))
    assert [outcome.attempts for outcome in result.succeeded] == [2]


async def test_a_delete_that_is_not_found_the_second_time_was_done_the_first_time() -> None:
    server = fakes.BatchServer(state={"a": "x"}, fault=lambda request: "after" if request == 1 else None)
    result = await run(server, delete=[Gone("a"), Gone("b")])
    assert [outcome.uid for outcome in result.succeeded] == ["a", "b"]
    # Where no response is missing it is the caller's mistake, and reported.
    result = await run(server, delete=[Gone("a")])
    assert [outcome.error_code for outcome in result.failed] == ["NOT_FOUND"]


async def test_a_refusal_says_nothing_of_an_earlier_request_without_a_response() -> None:
    server = fakes.BatchServer(
        state={"t0": "old"},
        fault=lambda request: "after" if request == 1 else None,
        refuse=lambda action, uid, request: "INVALID" if request > 1 else None,
    )
    (unknown,) = (await run(server, update=things(1))).unknown
    assert unknown.error_code == "INVALID"
    assert server.state == {"t0": "x"}


async def test_a_chunk_that_never_gets_a_response_is_unknown() -> None:
    server = fakes.BatchServer(fault=lambda request: "after")
    result = await run(server, upsert=things(2))
    assert [(outcome.attempts, outcome.error_code) for outcome in result.unknown] == [
        (4, "APITimeoutError")
    ] * 2
    assert len((await run(server, upsert=things(2), resolve_unknown=True)).succeeded) == 2
    server = fakes.BatchServer(state={"a": "x"}, fault=lambda request: "before")
    result = await run(server, upsert=things(2), delete=[Gone("a"), Gone("b")], resolve_unknown=True)
    assert [outcome.uid for outcome in result.failed] == ["t0", "t1", "a"]
    assert {outcome.error_code for outcome in result.failed} == {"NOT_APPLIED"}
    assert [outcome.uid for outcome in result.succeeded] == ["b"]


async def test_a_chunk_that_was_not_processed_has_failed() -> None:
    for fault, code in [
        ("refused", "APIConnectionError"),
        (RateLimitError(status_code=429, attempts=4), "HTTP_429"),
        (RateLimitError(status_code=429, code="SLOW", message="later", attempts=4), "SLOW"),
    ]:
        server = fakes.BatchServer(fault=lambda request, fault=fault: fault)
        result = await run(server, create=things(2))
        assert [(outcome.error_code, outcome.attempts) for outcome in result.failed] == [(code, 4)] * 2
        assert len(server.requests) == 1


async def test_a_chunk_that_was_processed_once_and_then_refused_is_unknown() -> None:
    server = fakes.BatchServer(fault=lambda request: "after" if request == 1 else "refused")
    result = await run(server, upsert=things(2))
    assert len(result.unknown) == 2
    server = fakes.BatchServer(fault=lambda request: "after" if request == 1 else "refused")
    assert len((await run(server, upsert=things(2), resolve_unknown=True)).succeeded) == 2


async def test_an_unreadable_response_is_as_good_as_none() -> None:
    server = fakes.BatchServer(fault=lambda request: DecodeError("not JSON", attempts=1))
    result = await run(server, create=things(1), reads=False)
    assert [outcome.error_code for outcome in result.unknown] == ["DecodeError"]


async def test_the_server_is_not_come_back_to_sooner_than_it_asks() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    busy = InternalServerError(status_code=503, retry_after=30.0, attempts=1, may_have_been_processed=True)
    server = fakes.BatchServer(fault=lambda request: busy if request == 1 else None)
    await run(server, upsert=things(1), retry=fakes.engine(sleep=sleep))
    assert waits == [30.25]
    busy.retry_after = 121.0
    server = fakes.BatchServer(fault=lambda request: busy)
    assert len((await run(server, upsert=things(1))).unknown) == 1
    assert len(server.requests) == 1


async def test_a_request_that_is_too_large_for_the_server_is_cut_in_two() -> None:
    server = fakes.BatchServer()
    server.fault = lambda request: (
        APIStatusError(status_code=413, attempts=1) if len(server.requests[-1].uids) > 2 else None
    )
    result = await run(server, upsert=things(7))
    assert len(result.succeeded) == 7
    server.fault = lambda request: APIStatusError(status_code=413, attempts=1)
    assert len((await run(server, upsert=things(3))).failed) == 3


# A delete that is refused after a request without a response


@pytest.mark.parametrize(
    "fault",
    ["after", "before", InternalServerError(status_code=503, attempts=1, may_have_been_processed=True)],
)
@pytest.mark.parametrize(
    "code",
    [
        "CANNOT_BE_DELETED",
        "NOT_DELETED",
        "UNKNOWN_ERROR",
        "MISSING_PERMISSION",
        "PARENT_NOT_FOUND",
        "RELATION_MISSING",
    ],
)
async def test_a_delete_that_is_refused_after_a_missing_response_never_succeeds(
    code: str, fault: Any
) -> None:
    def server() -> Any:
        return fakes.BatchServer(
            state={"a": "x"},
            fault=lambda request: fault if request == 1 else None,
            refuse=lambda action, uid, request: code,
        )

    (unknown,) = (await run(server(), delete=[Gone("a")])).unknown
    assert (unknown.error_code, unknown.attempts) == (code, 2)
    (failed,) = (await run(server(), delete=[Gone("a")], resolve_unknown=True)).failed
    assert failed.error_code == code


async def test_what_is_read_back_counts_only_if_it_is_the_record_itself() -> None:
    class Elsewhere(fakes.BatchServer):
        async def read(self, uid: str) -> Any:
            return {"status": "maintenance"} if uid == "a" else None

    server = Elsewhere(state={"a": "x"}, fault=lambda request: "after")
    result = await run(server, delete=[Gone("a")], create=[Thing("b")], resolve_unknown=True)
    assert len(result.unknown) == 2


async def test_a_create_whose_server_ran_out_of_time_is_looked_up_before_it_is_sent_again() -> None:
    server = fakes.BatchServer(refuse=lambda action, uid, request: "TIMEOUT" if request == 1 else None)
    result = await run(server, create=things(2))
    assert ([outcome.attempts for outcome in result.succeeded], server.reads) == ([2, 2], ["t0", "t1"])
    server = fakes.BatchServer(state={"t0": "x"}, refuse=lambda action, uid, request: "TIMEOUT")
    result = await run(server, create=things(1))
    assert ([outcome.attempts for outcome in result.succeeded], len(server.requests)) == ([1], 1)
    server = fakes.BatchServer(refuse=lambda action, uid, request: "TIMEOUT")
    result = await run(server, create=things(1), reads=False)
    assert ([outcome.error_code for outcome in result.unknown], len(server.requests)) == (["TIMEOUT"], 1)


# A chunk that is refused as a whole


async def test_a_chunk_that_is_refused_with_408_is_sent_again_where_that_is_safe() -> None:
    timed_out = APIStatusError(status_code=408, attempts=1)
    cases: list[tuple[str, str]] = [("update", "t0"), ("upsert", "t0"), ("delete", "t0"), ("create", "t9")]
    for operation, uid in cases:
        server = fakes.BatchServer(
            state={"t0": "old"}, fault=lambda request: timed_out if request < 3 else None
        )
        item = Gone(uid) if operation == "delete" else Thing(uid)
        result = await run(server, **{operation: [item]})
        assert ([outcome.attempts for outcome in result.succeeded], len(server.requests)) == ([3], 3)
    server = fakes.BatchServer(fault=lambda request: timed_out)
    (unknown,) = (await run(server, create=[Thing()])).unknown
    assert (unknown.error_code, len(server.requests)) == ("HTTP_408", 1)
    (unknown,) = (await run(server, upsert=[Thing("t0")])).unknown
    assert unknown.attempts == 4


def large(count: int, prefix: str = "t") -> list[Any]:
    return [Thing(f"{prefix}{index}", "x" * 30_000) for index in range(count)]


async def test_a_large_chunk_that_breaks_the_connection_twice_is_sent_again_in_smaller_ones() -> None:
    server = fakes.BatchServer()
    server.fault = lambda request: "before" if len(server.requests[-1].uids) > 4 else None
    for operation in ("upsert", "create"):
        server.requests.clear()
        result = await run(server, **{operation: large(8, operation)})
        assert len(result.succeeded) == 8
        assert [len(request.uids) for request in server.requests] == [8, 8, 4, 4]


async def test_a_large_chunk_that_can_not_be_written_is_sent_again_in_smaller_ones() -> None:
    broken = APIConnectionError("broken pipe", attempts=4)
    broken.request_incomplete = True
    server = fakes.BatchServer()
    server.fault = lambda request: broken if len(server.requests[-1].uids) > 2 else None
    # Nothing was processed, so that holds for creates without a uid too.
    for items in (large(8), [Thing(name="x" * 30_000) for _ in range(8)]):
        server.requests.clear()
        result = await run(server, create=items)
        assert len(result.succeeded) == 8
        assert [len(request.uids) for request in server.requests] == [8, 4, 2, 2, 4, 2, 2]
    assert server.nameless == 8


async def test_a_server_that_breaks_every_connection_is_not_sent_ever_smaller_chunks() -> None:
    server = fakes.BatchServer(fault=lambda request: "before")
    result = await run(server, upsert=things(16))
    assert ({outcome.attempts for outcome in result.unknown}, len(server.requests)) == ({4}, 4)
    server.requests.clear()
    result = await run(server, upsert=large(128), chunk_bytes=8 * 1024 * 1024)
    assert len(result.unknown) == 128
    assert [len(request.uids) for request in server.requests] == [128, 128, 64, 32, 16] + [
        size for part in (8, 8, 16, 32, 64) for size in [part] * 3
    ]


async def test_what_is_not_sent_again_for_want_of_budget_says_so() -> None:
    spent = fakes.engine(budget=0)
    server = fakes.BatchServer(fault=lambda request: "after")
    (unknown,) = (await run(server, upsert=things(1), retry=spent)).unknown
    assert unknown.message == "lost; not sent again: the retry budget is used up"
    server = fakes.BatchServer(refuse=lambda action, uid, request: "429")
    (failed,) = (await run(server, upsert=things(1), retry=spent)).failed
    assert (failed.error_code, failed.message) == (
        "429",
        "refused; not sent again: the retry budget is used up",
    )
    assert len(server.requests) == 1
    # A wait that the server itself orders costs nothing.
    busy = InternalServerError(status_code=503, retry_after=1.0, attempts=1, may_have_been_processed=True)
    server = fakes.BatchServer(fault=lambda request: busy if request == 1 else None)
    assert len((await run(server, upsert=things(1), retry=spent)).succeeded) == 1
