"""What is given wrongly is refused with the name of the argument, before anything is sent."""

import gc
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from people import person

from flow_retail_client import FlowRetail, Retry
from flow_retail_client.models import CustomerBatchDelete, CustomerCreate, CustomerType, CustomerUpdate
from flow_retail_sandbox import RunningSandbox, run_sandbox

UID = "customer-00001"
PAGERS = [
    lambda flow, **given: flow.customers.list(**given),
    lambda flow, **given: flow.customers.search(**given),
    lambda flow, **given: flow.customers.search_external(**given),
    lambda flow, **given: flow.customer_contacts.list(**given),
    lambda flow, **given: flow.customer_contacts.search(**given),
    lambda flow, **given: flow.customer_groups.list(**given),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that need not be set up anew, since it is never asked for anything."""
    with run_sandbox(customers=0) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _nothing_unclosed() -> Iterator[None]:
    """Once for all tests of this module: they are many, and open nothing."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _nothing_was_sent(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    assert list(sandbox.sandbox.requests.latest) == []


@pytest.fixture
async def direct(sandbox: RunningSandbox) -> Any:
    """A client that has sent nothing yet, and of which nothing else is asked."""
    async with FlowRetail(tenant=sandbox.tenant, token=sandbox.token, base_url=sandbox.base_url) as client:
        yield client


@pytest.mark.parametrize("list_records", PAGERS)
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("page_size", 0, ValueError),
        ("page_size", -1, ValueError),
        ("page_size", True, TypeError),
        ("page_size", "10", TypeError),
        ("page_size", 10.0, TypeError),
        ("page_number", -1, ValueError),
        ("page_number", False, TypeError),
        ("page_number", "1", TypeError),
        ("prefetch", 0, ValueError),
        ("prefetch", -3, ValueError),
        ("prefetch", True, TypeError),
        ("prefetch", None, TypeError),
        ("prefetch", 2.5, TypeError),
    ],
)
async def test_a_page_argument_out_of_range_is_named(direct, list_records, name, value, error):
    with pytest.raises(error, match=name):
        list_records(direct, **{name: value})


@pytest.mark.parametrize(("limit", "error"), [(-1, ValueError), (True, TypeError), ("5", TypeError)])
async def test_a_limit_out_of_range_is_named(direct, limit, error):
    with pytest.raises(error, match="limit"):
        await direct.customers.list().collect(limit)


async def test_a_limit_of_nothing_sends_nothing(direct):
    assert await direct.customers.list().collect(0) == []


def as_result(flow: FlowRetail, **given: Any) -> Awaitable[Any]:
    return flow.customers.batch(**given)


async def as_stream(flow: FlowRetail, **given: Any) -> None:
    async for _ in flow.customers.batch_stream(**given):
        pytest.fail("nothing should come")


both = pytest.mark.parametrize("send", [as_result, as_stream])


@both
@pytest.mark.parametrize("name", ["chunk_size", "concurrency"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (True, TypeError),
        ("5", TypeError),
        (2.0, TypeError),
        (None, TypeError),
    ],
)
async def test_a_batch_argument_out_of_range_is_named(direct, send, name, value, error):
    with pytest.raises(error, match=name):
        await send(direct, upsert=[person("a")], **{name: value})


@both
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"on_progress": 5}, "on_progress"),
        ({"resolve_unknown": 1}, "resolve_unknown"),
        ({"upsert": 5}, "upsert"),
        ({"upsert": "abc"}, "upsert"),
        ({"upsert": person("a")}, "upsert"),
        ({"delete": {"customerUid": "a"}}, "delete"),
    ],
)
async def test_a_batch_argument_of_the_wrong_type_is_named(direct, send, given, name):
    with pytest.raises(TypeError, match=name):
        await send(direct, **{"create": [person("first")], **given})


async def _asynchronous(items: list[Any]) -> Any:
    for item in items:
        yield item


WRONG_ITEMS: list[tuple[str, list[Any], type[Exception], str]] = [
    ("upsert", [None], TypeError, r"upsert\[0\]"),
    ("upsert", ["a"], TypeError, r"upsert\[0\]"),
    ("upsert", [{"customerUid": "a"}], TypeError, r"upsert\[0\]"),
    ("create", [CustomerUpdate(city="Oslo")], TypeError, r"create\[0\]"),
    ("delete", [person("a")], TypeError, r"delete\[0\]"),
    ("update", [person(city="Oslo")], ValueError, r"update\[0\]"),
    ("upsert", [person("a", city="x" * 1_100_000)], ValueError, r"upsert\[0\].*bytes"),
    (
        "upsert",
        [CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=5)],
        TypeError,
        r"upsert\[0\]",
    ),
    ("upsert", [person("a", city=object())], TypeError, r"upsert\[0\]"),
]


@both
@pytest.mark.parametrize(
    "kind", [list, tuple, iter, _asynchronous], ids=["list", "tuple", "iterator", "async"]
)
@pytest.mark.parametrize(("name", "items", "error", "match"), WRONG_ITEMS)
async def test_an_item_that_cannot_be_sent_is_named_with_its_place(
    direct, send, kind, name, items, error, match
):
    with pytest.raises(error, match=match):
        await send(direct, **{name: kind(items)})


@both
@pytest.mark.parametrize(("name", "items", "error", "match"), WRONG_ITEMS)
async def test_in_a_collection_one_wrong_item_keeps_all_from_being_sent(
    direct, send, name, items, error, match
):
    good = [person(f"good-{index}") for index in range(20)]
    with pytest.raises(error, match=match):
        await send(direct, **{"create" if name != "create" else "upsert": good, name: items}, chunk_size=2)


@both
@pytest.mark.parametrize(
    "given",
    [
        {"upsert": [person("a"), person("b"), person("a")]},
        {"create": [person("a")], "upsert": [person("a")]},
        {"upsert": (person("a"),), "delete": [CustomerBatchDelete(customer_uid="a")]},
        {"delete": [CustomerBatchDelete(customer_uid="a")] * 2},
    ],
)
async def test_a_uid_given_twice_in_collections_is_named_with_both_places(direct, send, given):
    with pytest.raises(ValueError, match=r"(\w+)\[\d+\].*customer_uid.*(\w+)\[\d+\]"):
        await send(direct, **given, chunk_size=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda flow: flow.customers.create(person("a", city=object())),
        lambda flow: flow.customers.create(object()),
        lambda flow: flow.customers.update(UID, person(city={1, 2})),
        lambda flow: flow.customer_groups.create(b"bytes"),
        lambda flow: flow.customers.search(5j),
        lambda flow: flow.request("POST", "/tenants/{tenantUid}/customers", json=object()),
    ],
)
async def test_a_body_that_has_no_form_in_json_is_a_type_error(direct, call: Callable[[FlowRetail], Any]):
    with pytest.raises(TypeError):
        await call(direct)


@pytest.mark.parametrize(
    ("given", "error", "name"),
    [
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": "5"}, TypeError, "timeout"),
        ({"deadline": -1}, ValueError, "deadline"),
        ({"deadline": True}, TypeError, "deadline"),
        ({"max_concurrency": 0}, ValueError, "max_concurrency"),
        ({"max_concurrency": True}, TypeError, "max_concurrency"),
        ({"requests_per_second": 0}, ValueError, "requests_per_second"),
        ({"requests_per_second": False}, TypeError, "requests_per_second"),
        ({"tenant": ".."}, ValueError, "tenant"),
        ({"tenant": ""}, ValueError, "tenant"),
        ({"token": 5}, TypeError, "token"),
        ({"retry": 3}, TypeError, "retry"),
        ({"hooks": print}, TypeError, "hooks"),
        ({"base_url": "http://example.com/v2"}, ValueError, "base_url|http"),
    ],
)
def test_an_argument_of_the_client_out_of_range_is_named(sandbox, given, error, name):
    arguments = {"tenant": sandbox.tenant, "token": sandbox.token, "base_url": sandbox.base_url, **given}
    with pytest.raises(error, match=name):
        FlowRetail(**arguments)


@pytest.mark.parametrize(
    ("given", "error", "name"),
    [
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"max_retries": True}, TypeError, "max_retries"),
        ({"base_delay": -1}, ValueError, "base_delay"),
        ({"max_delay": float("nan")}, ValueError, "max_delay"),
        ({"max_retry_after": "1"}, TypeError, "max_retry_after"),
        ({"budget": -1}, ValueError, "budget"),
    ],
)
def test_an_argument_of_the_retries_out_of_range_is_named(given, error, name):
    with pytest.raises(error, match=name):
        Retry(**given)
