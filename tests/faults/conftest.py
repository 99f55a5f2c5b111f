"""A sandbox over a real socket for each module, a proxy in front of it that breaks connections, a client."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

from fault_proxy import FaultProxy, run_proxy

from flow_retail_client import FlowRetail, Retry, Timeout
from flow_retail_sandbox import RunningSandbox, run_sandbox

CUSTOMERS = 60


@pytest.fixture(scope="module")
def _running() -> Iterator[tuple[RunningSandbox, FaultProxy]]:
    with run_sandbox(customers=CUSTOMERS, seed=5) as sandbox, run_proxy(sandbox.base_url) as proxy:
        yield sandbox, proxy


@pytest.fixture
def sandbox(_running: tuple[RunningSandbox, FaultProxy]) -> RunningSandbox:
    """A sandbox with 60 customers and no faults, as new for each test."""
    _running[0].sandbox.reset()
    return _running[0]


@pytest.fixture
def proxy(_running: tuple[RunningSandbox, FaultProxy]) -> FaultProxy:
    """A proxy in front of it, without connections."""
    _running[1].wait(lambda proxy: proxy.open == 0)
    _running[1].clear()
    return _running[1]


@pytest.fixture
def make_flow(sandbox: RunningSandbox, proxy: FaultProxy) -> Callable[..., FlowRetail]:
    """Makes clients that go through the proxy and retry at once."""

    def make(**options: Any) -> FlowRetail:
        given: dict[str, Any] = {
            "tenant": sandbox.tenant,
            "token": sandbox.token,
            "base_url": proxy.base_url,
            "retry": Retry(base_delay=0.001, max_delay=0.002),
            "timeout": Timeout(connect=5, read=5, write=5),
        }
        return FlowRetail(**{**given, **options})

    return make


@pytest.fixture
async def flow(
    make_flow: Callable[..., FlowRetail], sandbox: RunningSandbox, proxy: FaultProxy
) -> AsyncIterator[FlowRetail]:
    """A client through the proxy, which after the test still works and leaves nothing behind."""
    async with make_flow() as client:
        yield client
        proxy.clear()
        sandbox.faults.clear()
        await client.customers.list(page_size=1)
        assert asyncio.all_tasks() == {asyncio.current_task()}
    await proxy.until(lambda proxy: proxy.open == 0)


@pytest.fixture(autouse=True)
def _nothing_unclosed() -> Iterator[None]:
    yield
    # What was left open is reported when it is collected, and that report is an error here.
    gc.collect()
