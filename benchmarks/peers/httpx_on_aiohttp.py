"""httpx with aiohttp under it, through the transport of httpx-aiohttp."""

from importlib import import_module
from typing import Any

from benchmarks.peers.bare_httpx import BareHttpx

# In the environment of the benchmarks alone, so no type checker knows it.
_httpx_aiohttp = import_module("httpx_aiohttp")


class HttpxOnAiohttp(BareHttpx):
    """See `Caller`."""

    def _transport(self) -> Any:
        return _httpx_aiohttp.AiohttpTransport()


PEER = HttpxOnAiohttp()
