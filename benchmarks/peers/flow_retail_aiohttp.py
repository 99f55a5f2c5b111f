"""This project's client with its extra `aiohttp`."""

from benchmarks.peers.flow_retail import OurClient
from benchmarks.server import TENANT
from flow_retail_client import FlowRetail


class OurClientOnAiohttp(OurClient):
    """See `Caller`."""

    def _open(self, base_url: str) -> FlowRetail:
        return FlowRetail(tenant=TENANT, token="bench", base_url=base_url, transport="aiohttp")


PEER = OurClientOnAiohttp()
