"""Whatever is given and whatever fails: nothing is lost, doubled, or reported wrongly."""

import asyncio
from typing import Any

import batch_fakes as fakes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_retail_core.errors import APIStatusError, InternalServerError, NotFoundError, error_class

pinned = settings(derandomize=True, deadline=None, database=None, max_examples=200)

FAULTS = st.sampled_from(
    [None, None, None, None, "refused", "before", "after", 408, 413, 422, 429, 502, 503, (503,), (500,), 404]
)
REFUSALS = st.sampled_from(
    [None] * 6
    + ["429", "rateLimited", "INVALID", "TIMEOUT", "CANNOT_BE_DELETED", "PARENT_NOT_FOUND", "LOCK_WAIT"]
)
TWISTS = st.sampled_from(
    [
        None,
        None,
        None,
        "wrong uid",
        "another's key",
        "no uid",
        "error lost",
        "one more",
        "one less",
        "no count",
    ]
)
READ_FAULTS = st.sampled_from([None, None, None, "foreign 404", "another record", "503"])
ACTIONS = ("create", "update", "upsert", "delete")


@st.composite
def plans(draw: Any) -> dict[str, Any]:
    uids = [f"u{index}" for index in range(draw(st.integers(0, 24)))]
    stored = {uid: "old" for uid in uids if draw(st.booleans())}
    inputs: dict[str, list[Any]] = {name: [] for name in ACTIONS}
    for uid in uids:
        name = draw(st.sampled_from(ACTIONS))
        inputs[name].append(fakes.Gone(uid) if name == "delete" else fakes.Thing(uid, "new"))
    inputs["create"] += [fakes.Thing() for _ in range(draw(st.integers(0, 3)))]
    return {
        "stored": stored,
        "inputs": inputs,
        "faults": draw(st.lists(FAULTS, max_size=12)),
        "refusals": draw(st.lists(REFUSALS, min_size=1, max_size=9)),
        "chunk_size": draw(st.integers(1, 7)),
        "chunk_bytes": draw(st.sampled_from([60, 120, 1000])),
        "concurrency": draw(st.integers(1, 5)),
        "resolve_unknown": draw(st.booleans()),
        "reads": draw(st.sampled_from([True, True, False])),
        "read_faults": draw(st.lists(READ_FAULTS, max_size=6)),
        "twists": draw(st.lists(TWISTS, max_size=8)),
        "forgotten": draw(st.sampled_from([1, 3, 1000])),
        "doubles": draw(st.booleans()),
        "streams": draw(st.sampled_from(["list", "generator", "async", "mixed"])),
        "error_key": draw(st.sampled_from(["customerUid", "productUid", "priceUid", "thingUid", "odd"])),
    }


async def _slowly(items: list[Any]) -> Any:
    for item in items:
        await asyncio.sleep(0)
        yield item


def _given(kind: str, inputs: dict[str, list[Any]]) -> dict[str, Any]:
    kinds = dict.fromkeys(ACTIONS, kind)
    if kind == "mixed":
        kinds = dict(zip(ACTIONS, ("async", "list", "generator", "async"), strict=True))
    makers = {"list": list, "generator": iter, "async": _slowly}
    return {name: makers[kinds[name]](items) for name, items in inputs.items()}


def _check(plan: dict[str, Any], server: Any, outcomes: list[Any]) -> None:
    wanted = sorted((name, index) for name, items in plan["inputs"].items() for index in range(len(items)))
    assert sorted((outcome.action, outcome.index) for outcome in outcomes) == wanted
    for outcome in outcomes:
        assert outcome.item is plan["inputs"][outcome.action][outcome.index]
        uid, before = outcome.uid, plan["stored"].get(outcome.uid)
        if uid is None:
            continue
        if outcome.status == "succeeded":
            assert server.state.get(uid) == (None if outcome.action == "delete" else "new")
        elif outcome.status == "failed":
            assert server.state.get(uid) == before
            assert server.changes[uid] == 0
    assert all(count == 1 for count in server.creations.values())
    assert server.nameless >= sum(
        outcome.status == "succeeded" and outcome.uid is None for outcome in outcomes
    )
    assert server.nameless <= sum(outcome.uid is None for outcome in outcomes)
    assert server.most_concurrent <= plan["concurrency"]
    assert all(len(request.uids) <= plan["chunk_size"] for request in server.requests)
    assert all(request.size <= plan["chunk_bytes"] for request in server.requests)


def _server(plan: dict[str, Any]) -> fakes.BatchServer:
    faults, refusals, twists, read_faults = (
        plan[name] for name in ("faults", "refusals", "twists", "read_faults")
    )

    def fault(request: int) -> Any:
        given = faults[request - 1] if request <= len(faults) else None
        if isinstance(given, tuple):
            return (_status(given[0]),)
        return _status(given) if isinstance(given, int) else given

    def refuse(action: str, uid: Any, request: int) -> Any:
        return refusals[(sum(map(ord, str(uid))) + request) % len(refusals)]

    return fakes.BatchServer(
        state=dict(plan["stored"]),
        fault=fault,
        refuse=refuse,
        forgets=lambda uid, request: (sum(map(ord, uid)) + request) % plan["forgotten"] == 1,
        doubles=plan["doubles"],
        twist=lambda request, body: _twisted(twists[request - 1] if request <= len(twists) else None, body),
        read_fault=lambda read: _READ_FAULTS[read_faults[read - 1]] if read <= len(read_faults) else None,
        error_key=plan["error_key"],
    )


_READ_FAULTS: dict[str | None, Any] = {
    None: None,
    "foreign 404": NotFoundError(status_code=404),
    "another record": {"thingUid": "someone else's", "name": "new"},
    "503": InternalServerError(status_code=503),
}


def _status(status: int) -> APIStatusError:
    return error_class(status)(status_code=status, attempts=1, may_have_been_processed=status >= 500)


def _twisted(twist: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """A response that is wrong in one way, none of which can be mistaken for a right one."""
    section = next((one for one in body.values() if one["success"] or one["errors"]), None)
    if section is None or twist is None:
        return body
    if twist == "one more":
        section["success"] += 1
    elif twist == "one less":
        section["success"] -= 1
    elif twist == "no count":
        del section["success"]
    elif section["errors"] and twist == "error lost":
        section["errors"].pop()
    elif section["errors"]:
        error = section["errors"][-1]
        (key,) = error.keys() - {"errorCode", "message"}
        uid = error.pop(key)
        if twist != "no uid":
            error["thingUid"] = "made up"
        if twist == "another's key":
            error["customerParentUid"] = uid
            error["priceUid"] = section["errors"][0].get(key, uid)
    return body


def _options(plan: dict[str, Any]) -> dict[str, Any]:
    return {
        key: plan[key] for key in ("chunk_size", "chunk_bytes", "concurrency", "resolve_unknown", "reads")
    }


@given(plans())
@pinned
def test_every_item_has_one_true_outcome(plan: dict[str, Any]) -> None:
    server = _server(plan)

    async def main() -> None:
        result = await fakes.run(server, **_given(plan["streams"], plan["inputs"]), **_options(plan))
        assert len(result) == sum(map(len, plan["inputs"].values()))
        assert {outcome.status for outcome in result.succeeded} <= {"succeeded"}
        assert {outcome.status for outcome in result.failed} <= {"failed"}
        assert {outcome.status for outcome in result.unknown} <= {"unknown"}
        _check(plan, server, [*result.succeeded, *result.failed, *result.unknown])

    asyncio.run(main())


@given(plans())
@pinned
def test_a_stream_yields_one_true_outcome_for_every_item(plan: dict[str, Any]) -> None:
    # A 404 leaves the rest of a stream unread; see test_early_ends.
    server = _server({**plan, "faults": [422 if fault == 404 else fault for fault in plan["faults"]]})

    async def main() -> None:
        stream = fakes.stream(server, **_given(plan["streams"], plan["inputs"]), **_options(plan))
        _check(plan, server, [outcome async for outcome in stream])

    asyncio.run(main())


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["new", "newer"])), max_size=20), plans())
@pinned
def test_a_uid_that_comes_again_in_a_stream_waits_for_the_first(
    changes: list[tuple[int, str]], plan: dict[str, Any]
) -> None:
    items = [fakes.Thing(f"u{uid}", name) for uid, name in changes]
    server = fakes.BatchServer()  # which itself asserts that no uid is in flight twice

    async def main() -> None:
        result = await fakes.run(server, upsert=iter(items), **_options(plan))
        assert [outcome.item for outcome in result.succeeded] == items

    asyncio.run(main())
    assert server.state == {item.thing_uid: item.name for item in items}


@pytest.mark.parametrize("twist", ["error", "success"])
@given(
    st.integers(1, 6),
    st.one_of(st.none(), st.text(max_size=3), st.integers(-2, 9), st.lists(st.integers(), max_size=2)),
    st.data(),
)
@pinned
def test_a_response_that_was_tampered_with_never_makes_success(
    twist: str, count: int, value: Any, data: st.DataObject
) -> None:
    def tamper(request: int, body: dict[str, Any]) -> Any:
        section = body["upsert"]
        if twist == "success":
            section["success"] = value
        else:
            section["errors"].append(value)
        return body

    refused = data.draw(st.sets(st.integers(0, count - 1)))
    server = fakes.BatchServer(
        twist=tamper, refuse=lambda action, uid, request: "NO" if int(uid[1:]) in refused else None
    )

    async def main() -> None:
        result = await fakes.run(server, upsert=fakes.things(count))
        assert len(result) == count
        for outcome in result.succeeded:
            assert outcome.uid in server.state
        if twist == "error" or value != count - len(refused):
            assert not result.succeeded

    asyncio.run(main())
