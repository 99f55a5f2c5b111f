"""This project's client over a transport that returns at once: its own part of a call."""

import asyncio

from benchmarks import data
from benchmarks.peers.flow_retail import OurClient
from benchmarks.server import TENANT
from flow_retail_client import FlowRetail, Response
from flow_retail_core.messages import Headers, Request
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure

YIELD_EVERY = 10
"""Calls after which the event loop gets its turn, without which the clock of the measure never would."""


class _AtOnce:
    """A `Transport` that has no connections."""

    def __init__(self) -> None:
        self._content = data.one_customer()
        self._calls = 0

    async def send(self, request: Request) -> Response | TransportFailure:
        """Return the customer."""
        self._calls += 1
        if self._calls % YIELD_EVERY == 0:
            await asyncio.sleep(0)
        return Response(200, Headers(), self._content, request.operation)

    async def aclose(self) -> None:
        """Close nothing."""

    def stats(self) -> ConnectionStats:
        """Count nothing."""
        return ConnectionStats(0, 0)


class OurClientAtOnce(OurClient):
    """See `Caller`."""

    def _open(self, base_url: str) -> FlowRetail:
        return FlowRetail(tenant=TENANT, token="bench", base_url=base_url, transport=_AtOnce())


PEER = OurClientAtOnce()
