"""A sandbox over a real socket for each module, and a client bound to it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from flow_retail_client import FlowRetail, Retry
from flow_retail_sandbox import run_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Any]:
    """A running sandbox with 120 customers."""
    with run_sandbox(customers=120, seed=3) as running:
        yield running


@pytest.fixture
async def flow(sandbox: Any) -> AsyncIterator[FlowRetail]:
    """A client of the sandbox's first tenant, that retries at once."""
    async with FlowRetail(
        tenant=sandbox.tenant,
        token=sandbox.token,
        base_url=sandbox.base_url,
        retry=Retry(base_delay=0.001, max_delay=0.002),
    ) as client:
        yield client
        assert not client.schema_drift, "the sandbox must answer as the spec promises"
