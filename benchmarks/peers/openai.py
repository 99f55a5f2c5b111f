"""The async client of openai-python, on httpx: one GET through its retries and errors, read as JSON."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# In the environment of the benchmarks alone, so no type checker knows it.
_openai = import_module("openai")


class OpenAI:
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with _openai.AsyncOpenAI(api_key="bench", base_url=base_url) as client:

            async def get(uid: str) -> object:
                return await client.get(f"/tenants/{TENANT}/customers/{uid}", cast_to=object)

            yield get


PEER = OpenAI()
