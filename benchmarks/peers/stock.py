"""What openapi-python-client emits from the spec with its own templates."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx

from benchmarks import data
from benchmarks.peers.httpx_json import write_json
from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# Not there until the benchmarks have generated it, so no type checker knows it.
_client = import_module("peer_stock")
_models = import_module("peer_stock.models")
_get = import_module("peer_stock.api.customers.customers_get")
_list = import_module("peer_stock.api.customers.customers_list")


class Stock:
    """See `Codec`, `Caller`, `PageReader`."""

    def decode(self, page: bytes) -> object:
        """Read a page as `response.json()` and `from_dict` do."""
        return _models.CustomerPage.from_dict(json.loads(page))

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return _models.CustomerBatchInput(upsert=[_models.CustomerCreate.from_dict(item) for item in items])

    def encode(self, body: Any) -> bytes:
        """Write it as the generated operation and httpx do."""
        return write_json(body.to_dict())

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with self._client(base_url) as client:

            async def get(uid: str) -> object:
                return await _get.asyncio(TENANT, uid, client=client)

            yield get

    async def read_all(self, base_url: str, pages: int, prefetch: int) -> int:
        """Read all pages, one after the other: there is nothing else that it offers."""
        del prefetch
        count = 0
        async with self._client(base_url) as client:
            for number in range(pages):
                page = await _list.asyncio(
                    TENANT, client=client, page_number=number, page_size=data.PAGE_SIZE
                )
                for _ in page.items:
                    count += 1
        return count

    def _client(self, base_url: str) -> Any:
        return _client.AuthenticatedClient(base_url=base_url, token="bench", timeout=httpx.Timeout(60))


PEER = Stock()
