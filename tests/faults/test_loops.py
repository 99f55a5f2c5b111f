"""One event loop after another, and one of another make."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
from fault_proxy import FaultProxy
from people import person, stored

from flow_retail_client import FlowRetail
from flow_retail_sandbox import RunningSandbox

UID = "customer-00001"


async def work(flow: FlowRetail, proxy: FaultProxy, mark: str) -> None:
    """Some of everything, with faults, and some of it cancelled."""
    async with flow:
        proxy.random("reset_before", "reset_after", "cut_close", "close_idle", seed=2, rate=0.1)
        people = (person(f"{mark}-{index}", city="Vardø") for index in range(100))
        result = await flow.customers.batch(upsert=people, chunk_size=5, concurrency=4)
        result.raise_for_errors()
        read = [one.customer_uid async for one in flow.customers.list(page_size=7, prefetch=4)]
        assert len(read) == len(set(read))
        assert sum(uid.startswith(mark) for uid in read) == 100
        tasks = [asyncio.create_task(flow.customers.get(UID)) for _ in range(200)]
        await asyncio.sleep(0)
        for task in tasks[::10]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(one, asyncio.CancelledError) for one in done) == 20
        assert [one for one in done if isinstance(one, Exception)] == []
        proxy.clear()
        assert (await flow.customers.get(UID)).customer_uid == UID
        assert asyncio.all_tasks() == {asyncio.current_task()}
    await proxy.until(lambda proxy: proxy.open == 0)


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop]:
    uvloop: Any = pytest.importorskip(
        "uvloop", reason="uvloop is not installed: it has no build for this system"
    )
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


@pytest.mark.parametrize("make_loop", [lambda: asyncio.new_event_loop, _uvloop], ids=["asyncio", "uvloop"])
def test_two_loops_in_turn_with_a_client_each(
    sandbox: RunningSandbox, proxy: FaultProxy, make_flow: Callable[..., FlowRetail], make_loop: Any
):
    factory = make_loop()
    for mark in ("first", "second"):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work(make_flow(), proxy, mark))
            assert type(runner.get_loop()).__module__.startswith(factory.__module__.partition(".")[0])
        gc.collect()
    assert len(stored(sandbox)) == 260


def test_a_client_made_outside_of_any_loop_serves_where_it_is_used(
    sandbox: RunningSandbox, proxy: FaultProxy, make_flow: Callable[..., FlowRetail]
):
    flow = make_flow()
    asyncio.run(work(flow, proxy, "outside"))
    assert len(stored(sandbox)) == 160


def test_a_client_of_a_loop_that_died_serves_the_next_one(
    sandbox: RunningSandbox, proxy: FaultProxy, make_flow: Callable[..., FlowRetail]
):
    flow = make_flow()

    async def leave_it_open() -> None:
        assert (await flow.customers.get(UID)).customer_uid == UID

    def work_in_two_loops() -> None:
        asyncio.run(leave_it_open())
        asyncio.run(work(flow, proxy, "next"))
        gc.collect()

    # Of the sockets that died with their loop, by asyncio.
    with pytest.warns(ResourceWarning):
        work_in_two_loops()
    assert len(stored(sandbox)) == 160
