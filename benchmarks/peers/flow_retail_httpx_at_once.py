"""This project's client over an httpx transport that returns at once: its own part, and httpx's types."""

import asyncio

import httpx

from benchmarks import data
from benchmarks.peers.flow_retail import OurClient
from benchmarks.peers.flow_retail_at_once import YIELD_EVERY
from benchmarks.server import TENANT
from flow_retail_client import FlowRetail


class _AtOnce(httpx.AsyncBaseTransport):
    """An httpx transport that has no connections."""

    def __init__(self) -> None:
        self._content = data.one_customer()
        self._calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the customer."""
        self._calls += 1
        if self._calls % YIELD_EVERY == 0:
            await asyncio.sleep(0)
        return httpx.Response(200, content=self._content, request=request)


class OurClientOnHttpxAtOnce(OurClient):
    """See `Caller`."""

    def _open(self, base_url: str) -> FlowRetail:
        return FlowRetail(tenant=TENANT, token="bench", base_url=base_url, transport=_AtOnce())


PEER = OurClientOnHttpxAtOnce()
