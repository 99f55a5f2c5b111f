"""What pyopenapi-gen (dataclasses and cattrs, on httpx) emits from the spec."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.httpx_json import write_json
from benchmarks.peers.peer import Get
from benchmarks.server import TENANT

# Not there until the benchmarks have generated it, so no type checker knows it.
_package = import_module("peer_pyopenapi_gen")
_models = import_module("peer_pyopenapi_gen.models")
_config = import_module("peer_pyopenapi_gen.core.config")
_transport = import_module("peer_pyopenapi_gen.core.http_transport")
_converter = import_module("peer_pyopenapi_gen.core.cattrs_converter")
_serializer = import_module("peer_pyopenapi_gen.core.utils").DataclassSerializer


class PyopenapiGen:
    """See `Codec`, `Caller`."""

    def decode(self, page: bytes) -> object:
        """Read a page as the generated operation does."""
        return _converter.structure_from_dict(json.loads(page), _models.CustomerPage)

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return _converter.structure_from_dict({"upsert": list(items)}, _models.CustomerBatchRequestSchema)

    def encode(self, body: Any) -> bytes:
        """Write it as the generated operation and httpx do."""
        return write_json(_serializer.serialize(body))

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        config = _config.ClientConfig(base_url=base_url, timeout=60.0)
        transport = _transport.HttpxTransport(base_url, 60.0, bearer_token="bench")
        async with _package.APIClient(config, transport) as client:

            async def get(uid: str) -> object:
                return await client.customers.customers_get(TENANT, uid)

            yield get


PEER = PyopenapiGen()
