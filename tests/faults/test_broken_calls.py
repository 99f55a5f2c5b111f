"""Single calls over connections that break: what is sent again, what is not, and what the error says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fault_strikes import LOSES_REQUEST, Strike
from people import by_uid, person

from flow_retail_client import (
    APIConnectionError,
    APITimeoutError,
    DeadlineExceededError,
    FlowRetail,
    Hooks,
    Retry,
    RetryEvent,
    Timeout,
    capture_responses,
)
from flow_retail_client.models import CustomerSearch, CustomerUpdate
from flow_retail_sandbox import RunningSandbox

UID = "customer-00001"

Call = Callable[[FlowRetail], Awaitable[Any]]


async def read(flow: FlowRetail) -> None:
    assert (await flow.customers.get(UID)).customer_uid == UID


async def update(flow: FlowRetail) -> None:
    assert (await flow.customers.update(UID, CustomerUpdate(city="Vardø"))).city == "Vardø"


async def delete(flow: FlowRetail) -> None:
    await flow.customers.delete(UID)


async def search(flow: FlowRetail) -> None:
    assert await flow.customers.search(CustomerSearch(query="a"))


async def create(flow: FlowRetail) -> None:
    assert (await flow.customers.create(person("once", city="Vardø"))).customer_uid == "once"


REPEATABLE = [read, update, delete, search]
LOST = ["reset_before", "close_before", "reset_after"]
CUT = ["cut_reset", "cut_close"]
HALF_OPEN = ["swallow", "swallow_after", "stall_body"]
# The answer to a DELETE is empty, so there is nothing to cut.
LOSSES = [(call, kind) for call in REPEATABLE for kind in LOST + CUT if call is not delete or kind in LOST]
IMPATIENT = Timeout(connect=5, read=0.3, write=5)


def effect(call: Call, sandbox: RunningSandbox) -> bool:
    """Whether the server did it."""
    customers = by_uid(sandbox)
    if call is create:
        return "once" in customers
    if call is delete:
        return UID not in customers
    return call is not update or customers[UID]["city"] == "Vardø"


@pytest.mark.parametrize(("call", "kind"), LOSSES, ids=[f"{call.__name__}-{kind}" for call, kind in LOSSES])
async def test_a_repeatable_call_outlives_a_lost_answer(sandbox, proxy, flow, call, kind):
    proxy.script(kind)
    with capture_responses() as responses:
        await call(flow)
    assert [one.attempts for one in responses] == [2]
    assert proxy.count() == 2
    assert proxy.count(forwarded=True) == (1 if kind in LOSES_REQUEST else 2)
    assert effect(call, sandbox)


@pytest.mark.parametrize("kind", LOST + CUT)
async def test_a_call_that_fails_each_time_says_how_often_and_that_it_may_have_been_processed(
    proxy, flow, kind
):
    proxy.script(*[kind] * 4)
    with pytest.raises(APIConnectionError) as caught:
        await flow.customers.get(UID)
    assert (caught.value.attempts, caught.value.operation) == (4, "customers.get")
    assert caught.value.may_have_been_processed
    assert proxy.count() == proxy.accepted == 4


@pytest.mark.parametrize("kind", LOST + CUT)
async def test_a_create_whose_answer_is_lost_is_sent_once_and_no_more(sandbox, proxy, flow, kind):
    proxy.script(kind)
    with pytest.raises(APIConnectionError) as caught:
        await create(flow)
    assert caught.value.attempts == 1
    assert caught.value.may_have_been_processed
    assert proxy.count() == 1
    assert effect(create, sandbox) == (kind not in LOSES_REQUEST)


@pytest.mark.parametrize("kind", HALF_OPEN)
async def test_a_create_into_a_half_open_connection_is_sent_once_and_no_more(sandbox, proxy, flow, kind):
    proxy.script(kind)
    with pytest.raises(APITimeoutError) as caught:
        await flow.with_options(timeout=IMPATIENT).customers.create(person("once"))
    assert caught.value.attempts == 1
    assert caught.value.may_have_been_processed
    assert proxy.count() == 1
    assert effect(create, sandbox) == (kind not in LOSES_REQUEST)
    # It was given up, so it was closed.
    await proxy.until(lambda proxy: proxy.open == 0)


@pytest.mark.parametrize(
    ("call", "kind"),
    [(read, "swallow"), (read, "stall_body"), (update, "swallow_after"), (delete, "swallow_after")],
)
async def test_a_repeatable_call_outlives_a_half_open_connection(sandbox, proxy, flow, call, kind):
    proxy.script(kind)
    with capture_responses() as responses:
        await call(flow.with_options(timeout=IMPATIENT))
    assert [one.attempts for one in responses] == [2]
    assert effect(call, sandbox)
    await proxy.until(lambda proxy: proxy.open == 1)


async def test_a_call_that_never_gets_an_answer_is_a_request_timeout(proxy, flow):
    proxy.script("swallow", "swallow")
    impatient = flow.with_options(timeout=IMPATIENT, retry=Retry(max_retries=1, base_delay=0))
    with pytest.raises(APITimeoutError) as caught:
        await impatient.customers.get(UID)
    assert caught.value.attempts == 2
    assert caught.value.may_have_been_processed
    await proxy.until(lambda proxy: proxy.open == 0)


@pytest.mark.parametrize("call", [*REPEATABLE, create])
async def test_whatever_is_called_a_refused_connection_is_tried_again(sandbox, proxy, make_flow, call):
    events: list[RetryEvent] = []

    def on_retry(event: RetryEvent) -> None:
        events.append(event)
        if len(events) == 2:
            proxy.admit()

    async with make_flow(hooks=Hooks(on_retry=on_retry)) as flow:
        proxy.refuse()
        with capture_responses() as responses:
            await call(flow)
    assert [one.attempts for one in responses] == [3]
    assert [(one.attempt, one.status_code) for one in events] == [(1, None), (2, None)]
    assert {one.reason for one in events} == {"no connection: connection refused"}
    assert proxy.count() == 1
    assert effect(call, sandbox)


@pytest.mark.parametrize("call", [*REPEATABLE, create])
async def test_where_no_connection_comes_about_nothing_has_been_processed(proxy, flow, call):
    proxy.refuse()
    try:
        with pytest.raises(APIConnectionError) as caught:
            await call(flow)
    finally:
        proxy.admit()
    assert caught.value.attempts == 4
    assert not caught.value.may_have_been_processed
    assert proxy.count() == 0


async def test_once_a_request_was_lost_a_refused_connection_does_not_clear_it(proxy, make_flow):
    async with make_flow(hooks=Hooks(on_retry=lambda event: event.attempt == 1 and proxy.refuse())) as flow:
        proxy.script("reset_after")
        try:
            with pytest.raises(APIConnectionError) as caught:
                await update(flow)
        finally:
            proxy.admit()
    assert caught.value.attempts == 4
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("call", [read, create])
async def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used_again(proxy, flow, call):
    await flow.customers.get(UID)
    proxy.close_idle()
    with capture_responses() as responses:
        await call(flow)
    assert [one.attempts for one in responses] == [1]
    assert proxy.accepted == 2


@pytest.mark.parametrize("call", [read, create])
async def test_an_answer_after_which_the_server_hangs_up_is_whole(proxy, flow, call):
    proxy.script("close_idle", "close_idle")
    await flow.customers.get("customer-00002")
    await proxy.until(lambda proxy: proxy.open == 0)
    with capture_responses() as responses:
        await call(flow)
    assert [one.attempts for one in responses] == [1]
    await proxy.until(lambda proxy: proxy.open == 0)


async def test_a_create_on_a_connection_that_closes_at_that_moment_is_not_repeated(sandbox, proxy, flow):
    await flow.customers.get(UID)
    proxy.script("close_before")
    with pytest.raises(APIConnectionError) as caught:
        await create(flow)
    # From here it can't be told from a server that did the work and crashed.
    assert caught.value.may_have_been_processed
    assert proxy.requests[-1].connection == proxy.requests[0].connection
    assert proxy.count() == 2


async def test_an_answer_that_drips_is_read_to_its_end_however_long_it_takes(proxy, flow):
    # Each piece comes in time; all of them together take longer than the timeout.
    proxy.script(Strike("drip", piece=2500, pause=0.03))
    async with asyncio.timeout(10):
        with capture_responses() as responses:
            page = await flow.with_options(timeout=IMPATIENT).customers.list(page_size=60)
    assert len(page.items) == 60
    assert responses[0].attempts == 1
    assert responses[0].elapsed > 0.3


async def test_an_answer_that_drips_for_too_long_meets_the_deadline(proxy, flow):
    proxy.script(Strike("drip", piece=10, pause=0.01))
    with pytest.raises(DeadlineExceededError) as caught:
        await flow.with_options(deadline=0.3).customers.list(page_size=60)
    assert caught.value.may_have_been_processed
    await proxy.until(lambda proxy: proxy.open == 0)


async def test_of_many_calls_at_once_each_broken_connection_costs_its_own_call_one_attempt(proxy, flow):
    proxy.script(*LOST * 5, method="GET")
    with capture_responses() as responses:
        await asyncio.gather(*(flow.customers.get(UID) for _ in range(15)))
    assert len(responses) == 15
    assert sum(one.attempts for one in responses) == 30
    # Those that were broken are gone, and of the others none is lost.
    await proxy.until(lambda proxy: 0 < proxy.open <= 15)
