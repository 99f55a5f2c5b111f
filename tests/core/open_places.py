"""Whether a client still has all its places for requests in flight."""

import asyncio
from typing import Any


async def all_places_are_free(flow: Any, server: Any, places: int) -> None:
    """Fail unless that many requests can be in flight at once."""
    before, barrier = server.default, asyncio.Barrier(places)

    async def together(seen: Any, reader: Any, writer: Any) -> None:
        await barrier.wait()
        await server.reply(200, {})(seen, reader, writer)

    server.default = together
    async with asyncio.timeout(5):
        await asyncio.gather(*(flow.request("GET", "/place") for _ in range(places)))
    server.default = before
