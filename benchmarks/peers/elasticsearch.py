"""The async client of elasticsearch-py, on aiohttp: one GET through its retries and errors, read as JSON."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from urllib.parse import urlsplit

from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# In the environment of the benchmarks alone, so no type checker knows it.
_elasticsearch = import_module("elasticsearch")


class Elasticsearch:
    """See `Caller`."""

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        address = urlsplit(base_url)
        async with _elasticsearch.AsyncElasticsearch(
            f"{address.scheme}://{address.netloc}", bearer_auth="bench", request_timeout=60
        ) as client:

            async def get(uid: str) -> object:
                return await client.perform_request(
                    "GET",
                    f"{address.path}/tenants/{TENANT}/customers/{uid}",
                    headers={"Accept": "application/json"},
                )

            yield get


PEER = Elasticsearch()
