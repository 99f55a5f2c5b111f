"""Whatever is in a batch and whatever fails on its way: nothing lost, doubled, or reported wrongly."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fault_proxy import FaultProxy, run_proxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import by_uid, outcomes, person

from flow_retail_client import BatchOutcome, BatchResult, FlowRetail, Retry
from flow_retail_client.models import CustomerBatchDelete
from flow_retail_sandbox import Fault, RunningSandbox, run_sandbox

ACTIONS = ("create", "update", "upsert", "delete")
EXISTING = [f"customer-{number:05}" for number in range(1, 13)]
NEW = [f"new-{number}" for number in range(12)]
UIDLESS = 4

pinned = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CODES = [
    "TOO_MANY_REQUESTS",
    "rateLimited",
    "INVALID_VALUE",
    "TIMEOUT",
    "CANNOT_BE_DELETED",
    "PARENT_NOT_FOUND",
]
READ_FAULTS = [
    None,
    Fault("status", status=503),
    Fault("html_error", status=404),
    Fault("status", status=404, code="TENANT_NOT_FOUND"),
    Fault("not_json"),
]

BROKEN = st.sampled_from(
    [None, None, None, "reset_before", "close_before", "reset_after", "cut_reset", "cut_close", "close_idle"]
)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RunningSandbox, FaultProxy]]:
    with (
        run_sandbox(tenants=["acme"], customers=len(EXISTING)) as sandbox,
        run_proxy(sandbox.base_url) as proxy,
    ):
        yield sandbox, proxy


@st.composite
def faults(draw: Any) -> Fault | None:
    """What the server does with one request."""
    kind = draw(
        st.sampled_from(
            [None, None, "status", "html_error", "reset_after", "truncate_body", "not_json", "batch_refusal"]
        )
    )
    if kind is None:
        return None
    if kind == "status":
        status = draw(st.sampled_from([408, 413, 422, 429, 500, 503, 504]))
        return Fault("status", status=status, retry_after=draw(st.sampled_from([None, 0])))
    if kind == "html_error":
        return Fault("html_error", status=draw(st.sampled_from([408, 502, 503])))
    if kind != "batch_refusal":
        return Fault(kind)
    return Fault(
        "batch_refusal",
        items=draw(st.sampled_from([0, 1, 1, 2, 3])),
        code=draw(st.sampled_from(CODES)),
        shape=draw(st.sampled_from(["customer", "product", "price"])),
        unmatched=draw(st.sampled_from([False, False, True])),
        miscount=draw(st.sampled_from([0, 0, 0, 1, -1])),
    )


@st.composite
def batches(draw: Any) -> dict[str, Any]:
    """Items of all lists, each uid once, some of them bound to be refused; besides a few without a uid."""
    lists: dict[str, list[Any]] = {name: [] for name in ACTIONS}
    uids = draw(st.lists(st.sampled_from(EXISTING + NEW), unique=True, max_size=20))
    for uid in uids:
        name = draw(st.sampled_from(ACTIONS))
        email = draw(st.sampled_from(["kari@example.com", "kari@example.com", "no e-mail address"]))
        sent = person(uid, firstname="Kari", city="Vardø", email=email)
        gone = draw(st.sampled_from([uid, CustomerBatchDelete(customer_uid=uid)]))
        lists[name].append(gone if name == "delete" else sent)
    for number in range(draw(st.integers(0, UIDLESS))):
        name = draw(st.sampled_from(["create", "upsert"]))
        lists[name].append(person(external_id=f"x-{number}"))
    return lists


@st.composite
def plans(draw: Any) -> dict[str, Any]:
    return {
        "lists": draw(batches()),
        "proxy": draw(st.lists(BROKEN, max_size=10)),
        "server": draw(st.lists(faults(), max_size=8)),
        "reads": draw(st.lists(st.sampled_from(READ_FAULTS), max_size=4)),
        "as_given": draw(st.sampled_from(["lists", "generators", "async generators"])),
        "streamed": draw(st.booleans()),
        "options": {
            "chunk_size": draw(st.integers(1, 8)),
            "concurrency": draw(st.integers(1, 4)),
            "resolve_unknown": draw(st.booleans()),
        },
    }


async def _slowly(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


def _as(kind: str, items: list[Any]) -> Any:
    return {"lists": items, "generators": (item for item in items), "async generators": _slowly(items)}[kind]


async def run_batch(flow: FlowRetail, plan: dict[str, Any]) -> BatchResult[Any]:
    inputs = {name: _as(plan["as_given"], items) for name, items in plan["lists"].items()}
    if not plan["streamed"]:
        return await flow.customers.batch(**inputs, **plan["options"])
    result: BatchResult[Any] = BatchResult()
    async for outcome in flow.customers.batch_stream(**inputs, **plan["options"]):
        {"succeeded": result.succeeded, "failed": result.failed, "unknown": result.unknown}[
            outcome.status
        ].append(outcome)
    return result


@pinned
@given(plan=plans())
async def test_each_item_ends_once_and_as_reported_and_nothing_else_changes(
    running: Any, plan: dict[str, Any]
):
    sandbox, proxy = running
    sandbox.sandbox.reset()
    proxy.clear()
    before = by_uid(sandbox)
    proxy.script(*plan["proxy"])
    sandbox.faults.script(plan["server"], operation="customers.batch")
    sandbox.faults.script(plan["reads"], operation="customers.get")
    async with FlowRetail(
        tenant=sandbox.tenant,
        token=sandbox.token,
        base_url=proxy.base_url,
        retry=Retry(max_retries=2, base_delay=0.0005, max_delay=0.001),
    ) as flow:
        result = await run_batch(flow, plan)
    proxy.wait(lambda proxy: proxy.open == 0)
    after = by_uid(sandbox)

    given_items = {
        (name, index): item for name, items in plan["lists"].items() for index, item in enumerate(items)
    }
    ended = {(one.action, one.index): one for one in outcomes(result)}
    assert len(result) == len(ended) == len(given_items)
    for position, outcome in ended.items():
        assert outcome.item is given_items[position]
        if outcome.uid is None:
            check_without_uid(outcome, after)
        else:
            check_item(outcome, before.get(outcome.uid), after.get(outcome.uid))
    touched = {one.uid for one in ended.values()}
    external = {f"x-{number}" for number in range(UIDLESS)}
    assert {uid for uid in before if uid not in touched and after.get(uid) != before[uid]} == set()
    assert {
        one["externalId"] for uid, one in after.items() if uid not in before and uid not in touched
    } <= external


def check_item(outcome: BatchOutcome[Any], before: Any, after: Any) -> None:
    if outcome.status == "failed":
        assert after == before, outcome
    elif outcome.status == "succeeded" and outcome.action == "delete":
        assert after is None, outcome
    elif outcome.status == "succeeded":
        assert after is not None, outcome
        sent = outcome.item.to_dict()
        assert {key: after[key] for key in sent} == sent, outcome


def check_without_uid(outcome: BatchOutcome[Any], after: dict[str, Any]) -> None:
    made = sum(one["externalId"] == outcome.item.external_id for one in after.values())
    possible = {"succeeded": {1}, "failed": {0}, "unknown": {0, 1}}
    assert made in possible[outcome.status], outcome
