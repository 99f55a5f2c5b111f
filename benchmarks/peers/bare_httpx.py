"""httpx alone: the body in bytes, read by nobody. What every client on httpx stands on."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT


class BareHttpx:
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with httpx.AsyncClient(
            transport=self._transport(),
            timeout=60.0,
            headers={"Authorization": "Bearer bench"},
        ) as client:

            async def get(uid: str) -> object:
                response = await client.get(f"{base_url}/tenants/{TENANT}/customers/{uid}")
                return response.content

            yield get

    def _transport(self) -> httpx.AsyncBaseTransport | None:
        """The transport to put in place of httpx's own; None for none."""
        return None


PEER = BareHttpx()
