"""Many tasks on one client, some cancelled wherever they are: nothing leaks, the rest goes on."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from fault_proxy import FaultProxy
from fault_strikes import Strike
from people import person, stored

from flow_retail_client import FlowRetail, FlowRetailError, Hooks, Retry
from flow_retail_sandbox import RunningSandbox

UID = "customer-00001"

PATIENT = Retry(base_delay=60, max_delay=60)
"""Waits so long that a task which waits for a retry does so until it is cancelled."""


async def test_a_thousand_tasks_share_a_client_and_a_hundred_are_cancelled_in_flight(
    sandbox: RunningSandbox, proxy: FaultProxy, flow: FlowRetail
):
    # Of the first requests ten are held, so those calls are surely in flight when they are cancelled; the
    # others are cancelled in the queue, while connecting, or whenever the loop gets to them.
    proxy.script(*["swallow"] * 5, *[Strike("stall_body")] * 5)
    tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(1000)]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 10)
    held = 10
    for number, task in enumerate(tasks[:50] + tasks[500:550]):
        task.cancel()
        if number % 10 == 0:
            await asyncio.sleep(0)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    cancelled = [one for one in done if isinstance(one, asyncio.CancelledError)]
    finished = [one for one in done if not isinstance(one, BaseException)]
    assert not [one for one in done if isinstance(one, FlowRetailError)]
    assert held <= len(cancelled) <= 100
    assert len(cancelled) + len(finished) == 1000
    assert {one.customer_uid for one in finished} == {UID}
    # Those in which an answer was pending are closed; what is left is idle, and no more than the slots.
    await proxy.until(lambda proxy: proxy.open <= 50)
    assert (await flow.customers.get(UID)).customer_uid == UID


async def cancel_all(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in done)


async def queueing(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    proxy.script(*["swallow"] * 3)
    tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(20)]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
    # Three slots are taken, so seventeen stand in the queue.
    assert proxy.count() == 3
    return tasks


async def connecting(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(20)]
    # The first turn of the loop takes a slot and begins to connect; it takes more of them to have a socket.
    await asyncio.sleep(0)
    assert proxy.count() == 0
    return tasks


async def waiting_for_the_answer(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    proxy.script(*["swallow_after"] * 3)
    tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(3)]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
    return tasks


async def reading_the_body(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    proxy.script(*["stall_body"] * 3)
    tasks = [asyncio.create_task(flow.customers.list(page_size=60).collect()) for _ in range(3)]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
    return tasks


async def waiting_for_a_retry(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    waiting = asyncio.Event()
    events: list[Any] = []

    def on_retry(event: Any) -> None:
        events.append(event)
        if len(events) == 20:
            waiting.set()

    scoped = flow.with_options(retry=PATIENT, hooks=Hooks(on_retry=on_retry))
    proxy.script(*["reset_before"] * 20)
    tasks = [asyncio.create_task(scoped.customers.get(UID)) for _ in range(20)]
    await asyncio.wait_for(waiting.wait(), 10)
    return tasks


async def prefetching(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    proxy.script(None, *["swallow"] * 3)
    tasks: list[asyncio.Task[Any]] = [
        asyncio.create_task(flow.customers.list(page_size=2, prefetch=8).collect())
    ]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
    return tasks


async def sending_a_batch(flow: FlowRetail, proxy: FaultProxy) -> list[asyncio.Task[Any]]:
    proxy.script(*["swallow_after"] * 3)
    people = (person(f"u-{index}") for index in range(1000))
    batch = flow.customers.batch(upsert=people, chunk_size=5, concurrency=8)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(batch)]
    await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 3)
    return tasks


@pytest.mark.parametrize(
    "moment",
    [
        queueing,
        connecting,
        waiting_for_the_answer,
        reading_the_body,
        waiting_for_a_retry,
        prefetching,
        sending_a_batch,
    ],
)
async def test_a_task_cancelled_at_any_moment_leaves_nothing_behind(
    proxy: FaultProxy, make_flow: Callable[..., FlowRetail], moment: Any
):
    async with make_flow(max_concurrency=3) as flow:
        await cancel_all(await moment(flow, proxy))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await proxy.until(lambda proxy: proxy.open == 0)
        # All three slots are free again, or this would take for ever.
        proxy.clear()
        async with asyncio.timeout(10):
            await asyncio.gather(*(flow.customers.get(UID) for _ in range(30)))
        # Three; and three that were given up while connecting may have been accepted late.
        assert proxy.accepted <= (6 if moment is connecting else 3)
    await proxy.until(lambda proxy: proxy.open == 0)


async def test_what_a_cancelled_call_held_is_let_go_of(proxy: FaultProxy, flow: FlowRetail):
    tasks = await waiting_for_the_answer(flow, proxy)
    await cancel_all(tasks)
    gone = [weakref.ref(task) for task in tasks]
    del tasks
    # asyncio itself lets go of them in its next turn.
    await proxy.until(lambda proxy: proxy.open == 0)
    gc.collect()
    assert [one() for one in gone] == [None] * 3


async def test_an_outer_timeout_ends_calls_in_time_and_keeps_its_own_error(
    proxy: FaultProxy, flow: FlowRetail
):
    proxy.script(*["swallow"] * 10)

    async def call_ten_times() -> None:
        async with asyncio.timeout(0.1), asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(flow.customers.get(UID))

    with pytest.raises(TimeoutError):
        await call_ten_times()
    await proxy.until(lambda proxy: proxy.open == 0)


async def test_a_thousand_tasks_meet_with_faults_and_each_gets_its_answer(
    sandbox: RunningSandbox, proxy: FaultProxy, make_flow: Callable[..., FlowRetail]
):
    proxy.random("reset_before", "reset_after", "cut_reset", "close_before", "close_idle", seed=4, rate=0.2)
    retry = Retry(max_retries=9, base_delay=0.001, max_delay=0.01)
    async with make_flow(retry=retry) as flow:

        async def work(number: int) -> str:
            if number % 2:
                return (await flow.customers.get(UID)).customer_uid
            return (await flow.customers.batch(upsert=[person(f"u-{number}")])).succeeded[0].uid or ""

        done = await asyncio.gather(*(work(number) for number in range(1000)))
    assert done == [UID if number % 2 else f"u-{number}" for number in range(1000)]
    assert len(stored(sandbox)) == 560
    assert proxy.count("reset_after") > 10
    await proxy.until(lambda proxy: proxy.open == 0)


async def test_a_client_that_is_closed_with_calls_in_flight_fails_them_and_closes_all(
    proxy: FaultProxy, make_flow: Callable[..., FlowRetail]
):
    flow = make_flow()
    async with flow:
        proxy.script(*["swallow"] * 5)
        tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(5)]
        await proxy.until(lambda proxy: [one.stage for one in proxy.requests].count("held") == 5)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, FlowRetailError | RuntimeError) for one in done), done
    await proxy.until(lambda proxy: proxy.open == 0)
