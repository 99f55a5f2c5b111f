"""httpx with aiohttp under it, through the transport of httpx-aiohttp."""

from importlib import import_module

import httpx

from benchmarks.peers.bare_httpx import BareHttpx

# In the environment of the benchmarks alone, so no type checker knows it.
_httpx_aiohttp = import_module("httpx_aiohttp")


class HttpxOnAiohttp(BareHttpx):
    """See `Caller`."""

    def _transport(self) -> httpx.AsyncBaseTransport | None:
        transport: httpx.AsyncBaseTransport = _httpx_aiohttp.AiohttpTransport()
        return transport


PEER = HttpxOnAiohttp()
