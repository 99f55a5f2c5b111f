"""httpx alone: the body in bytes, read by nobody. What every client on httpx stands on."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT


class BareHttpx:
    """See `Caller`.

    Args:
        library: The name of the module: httpx or its successor.
    """

    def __init__(self, library: str = "httpx") -> None:
        # The successor is in the environment of the benchmarks alone, so no type checker knows it.
        self._library = import_module(library)

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with self._library.AsyncClient(
            transport=self._transport(),
            timeout=60.0,
            headers={"Authorization": "Bearer bench"},
        ) as client:

            async def get(uid: str) -> object:
                response = await client.get(f"{base_url}/tenants/{TENANT}/customers/{uid}")
                return response.content

            yield get

    def _transport(self) -> Any:
        """The transport to put in place of the library's own; None for none."""
        return None


PEER = BareHttpx()
