"""What OpenAPI Generator's python client (pydantic, on httpx) is from the spec."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.httpx_json import write_json
from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# Not there until the benchmarks have generated it, so no type checker knows it.
_package = import_module("peer_openapi_generator")


class OpenAPIGenerator:
    """See `Codec`, `Caller`."""

    def __init__(self) -> None:
        self._api_client = _package.ApiClient()

    def decode(self, page: bytes) -> object:
        """Read a page as the generated operation does."""
        return self._api_client.deserialize(page.decode(), "CustomerPage", "application/json")

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return _package.CustomerBatchRequestSchema(
            upsert=[_package.CustomerCreateSchema.from_dict(item) for item in items]
        )

    def encode(self, body: Any) -> bytes:
        """Write it as the generated operation and httpx do."""
        return write_json(self._api_client.sanitize_for_serialization(body))

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        configuration = _package.Configuration(host=base_url, access_token="bench")
        async with _package.ApiClient(configuration) as client:
            api = _package.CustomersApi(client)

            async def get(uid: str) -> object:
                return await api.customers_get(TENANT, uid, _request_timeout=60.0)

            yield get


PEER = OpenAPIGenerator()
