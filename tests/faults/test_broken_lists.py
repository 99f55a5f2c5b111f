"""Pagers and batches over connections that break: nothing is lost, nothing is doubled, all is told."""

import asyncio
from typing import Any

import pytest
from fault_proxy import FaultProxy
from fault_strikes import LOSES_REQUEST, Strike
from people import by_uid, outcomes, person, stored

from flow_retail_client import APIConnectionError, APITimeoutError, FlowRetail, Hooks, Retry, Timeout
from flow_retail_client.models import CustomerBatchDelete

BROKEN = ["reset_before", "close_before", "reset_after", "cut_reset", "cut_close"]
IMPATIENT = Timeout(connect=5, read=0.3, write=5)
BATCH = "/customers/batch"


@pytest.mark.parametrize("prefetch", [1, 4])
async def test_a_list_is_read_once_and_whole_however_its_pages_break(proxy, flow, prefetch):
    proxy.script(*[step for kind in BROKEN for step in (kind, None)])
    uids = [one.customer_uid async for one in flow.customers.list(page_size=6, prefetch=prefetch)]
    assert len(uids) == len(set(uids)) == 60
    assert sum(1 for one in proxy.requests if one.strike) == len(BROKEN)


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("kind", ["reset_before", "cut_reset"])
async def test_a_list_that_broke_off_goes_on_from_where_it_says(proxy, flow, prefetch, kind):
    once = flow.with_options(retry=Retry(max_retries=0))
    proxy.script(kind, path="pageNumber=4")
    uids: list[str] = []

    async def read() -> None:
        async for page in once.customers.list(page_size=6, prefetch=prefetch).pages():
            uids.extend(one.customer_uid for one in page.items)

    with pytest.raises(APIConnectionError) as caught:
        await read()
    assert caught.value.page_number == 4
    assert len(uids) == 24
    rest = flow.customers.list(page_size=6, page_number=caught.value.page_number, prefetch=prefetch)
    uids += [one.customer_uid async for one in rest]
    assert len(uids) == len(set(uids)) == 60


@pytest.mark.parametrize("prefetch", [1, 8])
async def test_a_loop_that_is_left_closes_what_was_still_coming(proxy, flow, prefetch):
    proxy.script(*[None] * 2, *["swallow"] * 8)
    async with asyncio.timeout(10):
        async with flow.customers.list(page_size=6, prefetch=prefetch).pages() as pages:
            async for page in pages:
                if page.page_number == 1 or prefetch > 1:
                    break
        await proxy.until(lambda proxy: all(one.stage == "ended" for one in proxy.requests))


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_batch_that_may_be_repeated_is_carried_out_whatever_breaks(sandbox, proxy, flow, kind):
    proxy.script(kind, None, kind, path=BATCH)
    people = [person(f"u-{index}", city="Vardø") for index in range(6)]
    changed = [person(f"customer-0000{index}", city="Bodø") for index in range(1, 4)]
    gone = [CustomerBatchDelete(customer_uid=f"customer-0001{index}") for index in range(4)]
    result = await flow.customers.batch(
        upsert=people, update=changed, delete=gone, chunk_size=6, concurrency=1
    )
    result.raise_for_errors()
    # The first and the third request were struck: the updates and the upserts.
    assert [one.attempts for one in outcomes(result)] == [2] * 9 + [1] * 4
    now = by_uid(sandbox)
    assert len(now) == 60 + 6 - 4
    assert {now[one.customer_uid]["city"] for one in people} == {"Vardø"}
    assert {now[one.customer_uid]["city"] for one in changed} == {"Bodø"}


@pytest.mark.parametrize("kind", [*BROKEN, "swallow", "swallow_after", "stall_body"])
async def test_creates_with_uids_are_looked_up_and_never_made_twice(sandbox, proxy, make_flow, kind):
    async with make_flow(timeout=IMPATIENT) as flow:
        proxy.script(kind, path=BATCH)
        result = await flow.customers.batch(create=[person(f"n-{index}") for index in range(3)])
    result.raise_for_errors()
    assert len(stored(sandbox)) == 63
    batches = [one for one in proxy.requests if BATCH in one.path]
    # What is there is not sent again.
    assert len(batches) == (2 if kind in LOSES_REQUEST else 1)
    assert len(proxy.requests) - len(batches) == 3


@pytest.mark.parametrize("kind", BROKEN)
async def test_creates_without_uids_are_unknown_once_lost_and_never_sent_again(sandbox, proxy, flow, kind):
    proxy.script(kind, path=BATCH)
    people = [person(external_id=f"x-{index}") for index in range(4)]
    result = await flow.customers.batch(create=people, chunk_size=2, concurrency=1, resolve_unknown=True)
    assert [one.index for one in result.unknown] == [0, 1]
    assert [one.error_code for one in result.unknown] == ["APIConnectionError"] * 2
    assert [one.index for one in result.succeeded] == [2, 3]
    assert [one.attempts for one in outcomes(result)] == [1] * 4
    external = [one["externalId"] for one in stored(sandbox) if one["externalId"].startswith("x-")]
    assert sorted(external) == (["x-2", "x-3"] if kind in LOSES_REQUEST else ["x-0", "x-1", "x-2", "x-3"])


@pytest.mark.parametrize("operation", ["create", "upsert"])
async def test_a_batch_that_found_no_connection_has_failed_and_can_be_given_again(
    sandbox, proxy, flow, operation
):
    people = [person(f"n-{index}") for index in range(4)]
    before = stored(sandbox)
    proxy.refuse()
    try:
        result = await flow.customers.batch(**{operation: people}, chunk_size=2)
    finally:
        proxy.admit()
    assert [one.error_code for one in result.failed] == ["APIConnectionError"] * 4
    assert len(result) == 4
    assert stored(sandbox) == before
    again = await flow.customers.batch(**{operation: [one.item for one in result.failed]})
    again.raise_for_errors()
    assert len(stored(sandbox)) == 64


async def test_a_batch_whose_server_went_away_after_taking_it_is_unknown(sandbox, proxy, make_flow):
    hooks = Hooks(on_response=lambda event: event.operation == "customers.batch" and proxy.refuse())
    async with make_flow(hooks=hooks) as flow:
        proxy.script("reset_after", path=BATCH)
        try:
            result = await flow.customers.batch(upsert=[person("u-1")], resolve_unknown=True)
        finally:
            proxy.admit()
        assert [one.uid for one in result.unknown] == ["u-1"]
    assert len(stored(sandbox)) == 61


async def test_a_batch_stream_that_is_left_closes_its_connections(proxy: FaultProxy, flow: FlowRetail):
    proxy.script(None, *["swallow"] * 3, path=BATCH)
    people = (person(f"u-{index}") for index in range(100))
    async with flow.customers.batch_stream(upsert=people, chunk_size=2, concurrency=4) as stream:
        async for outcome in stream:
            assert outcome.status == "succeeded"
            await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
            break
    await proxy.until(lambda proxy: all(one.stage == "ended" for one in proxy.requests))
    assert next(people)


async def test_a_batch_is_kept_at_through_slow_and_broken_answers(sandbox, proxy, flow):
    steps: list[Any] = [
        Strike("drip", piece=20),
        "cut_close",
        Strike("cut_reset", part=0),
        "reset_after",
        None,
    ]
    proxy.script(*steps * 2, path=BATCH)
    people = [person(f"u-{index}", city="Vardø") for index in range(40)]
    # Enough for one chunk to meet with all six.
    patient = flow.with_options(retry=Retry(max_retries=6, base_delay=0.001))
    result = await patient.customers.batch(upsert=people, chunk_size=5, concurrency=3)
    result.raise_for_errors()
    assert sum(one["customerUid"].startswith("u-") for one in stored(sandbox)) == 40


async def test_a_read_that_never_ends_is_a_timeout_that_says_where_to_go_on(proxy, flow):
    proxy.script(*["stall_body"] * 2, path="pageNumber=2")
    impatient = flow.with_options(timeout=IMPATIENT, retry=Retry(max_retries=1, base_delay=0))
    with pytest.raises(APITimeoutError) as caught:
        await impatient.customers.list(page_size=6).collect()
    assert caught.value.page_number == 2
    assert caught.value.attempts == 2
