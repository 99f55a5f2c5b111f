"""This project's client over a client of httpx2."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.peers.flow_retail import OurClient
from benchmarks.peers.peer import Get
from benchmarks.server import TENANT
from flow_retail_client import FlowRetail

# In the environment of the benchmarks alone, so no type checker knows it.
_httpx2 = import_module("httpx2")


class OurClientOnHttpx2(OurClient):
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with (
            _httpx2.AsyncClient() as http_client,
            FlowRetail(tenant=TENANT, token="bench", base_url=base_url, http_client=http_client) as flow,
        ):
            yield flow.customers.get


PEER = OurClientOnHttpx2()
