"""httpx's interface over aiohttp, for the extra `aiohttp`."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from flow_retail_core.defaults import KEEPALIVE_EXPIRY
from flow_retail_core.environment import tls_context

_PART = 64 * 1024
"""Bytes; what fits here goes into the socket's buffers at once and waits for no one."""


class GuardedTransport(AiohttpTransport):
    """httpx-aiohttp's transport with what a client of ours relies on.

    No cookies, our own certificate authorities, a connect timeout that covers the name's resolution, and a
    write timeout, which aiohttp lacks. How many connections there are is bounded by the client's slots.

    Args:
        proxy: The proxy that the environment names.

    Raises:
        ValueError: aiohttp can't use such a proxy.
        RuntimeError: This aiohttp is not known: the private name that is used here has gone.
    """

    def __init__(self, proxy: httpx.Proxy | None) -> None:
        if proxy is not None and proxy.url.scheme not in {"http", "https"}:
            raise ValueError(
                f"the environment names a {proxy.url.scheme} proxy, which aiohttp can't use: leave"
                ' transport="aiohttp" out'
            )
        if "_retry_connection" not in getattr(aiohttp.ClientSession, "ATTRS", ()):
            raise RuntimeError(
                f"{__name__} does not know aiohttp {aiohttp.__version__}: install an earlier version, or"
                ' leave transport="aiohttp" out'
            )
        # Called inside the event loop, with the first request.
        super().__init__(verify=tls_context(), proxy=proxy, client=self._open_session)

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_EXPIRY, ssl=self.ssl_context)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # aiohttp would send some requests again by itself, uncounted: that is for `Retry` to say.
        session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the only switch
        return session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose body is in memory."""
        timeouts: dict[str, float | None] = request.extensions["timeout"]
        # What aiohttp calls `connect` is all that comes before sending; httpx-aiohttp fills it from `pool`.
        extensions = {"timeout": {**timeouts, "pool": timeouts["connect"]}}
        body = request.content
        if len(body) <= _PART:
            request.extensions = extensions
            return await super().handle_async_request(request)
        try:
            # Begins to run when the body is first asked for.
            async with asyncio.timeout(None) as patience:
                stream = _Parts(body, patience, timeouts["write"])
                paced = httpx.Request(
                    request.method, request.url, headers=request.headers, stream=stream, extensions=extensions
                )
                try:
                    return await super().handle_async_request(paced)
                finally:
                    stream.ended = True
        except TimeoutError:
            # Only the one above: aiohttp's own have been turned into httpx's.
            raise httpx.WriteTimeout("") from None


class _Parts(httpx.AsyncByteStream):
    """A long body in parts; whoever sends must ask for the next one in time."""

    def __init__(self, body: bytes, patience: asyncio.Timeout, seconds: float | None) -> None:
        self._body = memoryview(body)
        self._patience = patience
        self._seconds = seconds
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), _PART):
            self._wait(self._seconds)
            yield bytes(self._body[start : start + _PART])
        # From here on the read timeout counts.
        self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        # A server may answer, and the request be over, before the whole body was sent.
        if not self.ended:
            now = asyncio.get_running_loop().time()
            self._patience.reschedule(None if seconds is None else now + seconds)
