"""aiohttp alone: the body in bytes, read by nobody. What Python can do without httpx."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# In the environment of the benchmarks alone, so no type checker knows it.
_aiohttp = import_module("aiohttp")


class BareAiohttp:
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with _aiohttp.ClientSession(
            headers={"Authorization": "Bearer bench"},
            timeout=_aiohttp.ClientTimeout(total=60),
        ) as session:

            async def get(uid: str) -> object:
                async with session.get(f"{base_url}/tenants/{TENANT}/customers/{uid}") as response:
                    return await response.read()

            yield get


PEER = BareAiohttp()
