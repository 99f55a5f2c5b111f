"""pyreqwest alone: the body in bytes, read by nobody. HTTP in Rust."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# In the environment of the benchmarks alone, so no type checker knows it.
_client = import_module("pyreqwest.client")


class BarePyreqwest:
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        builder = _client.ClientBuilder().default_headers({"Authorization": "Bearer bench"})
        async with builder.build() as client:

            async def get(uid: str) -> object:
                response = await client.get(f"{base_url}/tenants/{TENANT}/customers/{uid}").build().send()
                return await response.bytes()

            yield get


PEER = BarePyreqwest()
