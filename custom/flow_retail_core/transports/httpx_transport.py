"""Requests over httpx: over our own pool, a transport of the user's, or a client of the user's.

httpx2 has the same classes under the same names, so what a user brings may belong to either library.
Our own requests go to httpx's transport directly and not through `httpx.AsyncClient`, because that one logs
every URL, query values included, keeps cookies, and costs a third of a call.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from contextvars import ContextVar
from importlib import import_module
from typing import Any

import httpx

from flow_retail_core.constants import KEEPALIVE_EXPIRY
from flow_retail_core.messages import Headers, Request, Response
from flow_retail_core.transports.body import read_body, request_parts
from flow_retail_core.transports.failures import to_failure
from flow_retail_core.transports.pool import PooledTransport
from flow_retail_core.transports.proxies import environment_proxy
from flow_retail_core.transports.tls import tls_context
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure


class HttpxTransport:
    """Sends requests over an httpx transport, as messages that `build` makes."""

    def __init__(self, transport: Any, build: Callable[..., Any], *, owned: bool = False) -> None:
        self._transport = transport
        self._build = build
        self._owned = owned

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        content = request.content
        is_stream = content is not None and not isinstance(content, bytes)
        body = _Body(request) if is_stream or self._owned else None
        has_head = False
        try:
            if self._owned:
                message = _own_message(request, body)
            else:
                # Of a transport of the user's nothing is known but what it reads of a stream.
                request.sent = body is None
                message = self._build(
                    request.method,
                    request.url,
                    headers=request.header_lines(),
                    content=body or content,
                    extensions={"timeout": request.timeouts},
                )
            response = await self._transport.handle_async_request(message)
            has_head = True
            try:
                headers = Headers(response.headers.raw)
                # Read and decompressed already, as by mocks.
                is_read = response.is_stream_consumed
                parts = response.aiter_bytes() if is_read else response.stream
                received = await read_body(
                    parts, headers, response.status_code, request.max_response_bytes, is_decoded=is_read
                )
            finally:
                # Also when cancelled: a response left open keeps its connection.
                await response.aclose()
            return Response(response.status_code, headers, received, request.operation)
        except BaseException as error:  # noqa: BLE001  # the one place where foreign errors become ours
            return to_failure(error, request, has_head=has_head)
        finally:
            if body is not None:
                await body.aclose()

    async def aclose(self) -> None:
        """See `Transport`; what is the user's stays open."""
        if self._owned:
            await self._transport.aclose()

    def stats(self) -> ConnectionStats:
        """See `Transport`; nothing is known of the user's connections, and of those through a proxy."""
        pooled = isinstance(self._transport, PooledTransport)
        return self._transport.stats() if pooled else ConnectionStats(0, 0)


class HttpxClientTransport(HttpxTransport):
    """Sends requests through a client of the user's, with its headers, proxies, hooks and limits."""

    def __init__(self, client: Any, library: str) -> None:
        super().__init__(self, client.build_request)
        self._client = client
        logging.getLogger(library).addFilter(_hide_urls)

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        if self._client.is_closed:
            return TransportFailure("the http_client is closed", sent=False, transient=False)
        reset = _operation_in_flight.set(request.operation)
        try:
            return await super().send(request)
        finally:
            _operation_in_flight.reset(reset)

    async def handle_async_request(self, message: Any) -> Any:
        """Send a message as an httpx transport does."""
        # auth=None: the Authorization is ours, whatever the client or a netrc file would send.
        return await self._client.send(message, stream=True, auth=None, follow_redirects=False)


class _Body(httpx.AsyncByteStream):
    """The body of one attempt."""

    def __init__(self, request: Request) -> None:
        self._parts = request_parts(request)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        await self._parts.aclose()


def _own_message(request: Request, body: _Body | None) -> httpx.Request:
    """The message for a transport of ours; its headers are complete, so that httpx adds none."""
    url = httpx.URL(request.url)
    headers = [(b"Host", url.netloc), *request.header_lines()]
    if request.content_length is None:
        headers.append((b"Transfer-Encoding", b"chunked"))
    elif request.content is None and request.method in {"POST", "PUT", "PATCH"}:
        headers.append((b"Content-Length", b"0"))
    extensions = {"timeout": request.timeouts}
    return httpx.Request(request.method, url, headers=headers, stream=body, extensions=extensions)


def open_httpx(base_url: str) -> HttpxTransport:
    """Open a transport with a connection pool of its own; the client bounds the number of connections."""
    proxy = environment_proxy(base_url, httpx.Proxy)
    transport: httpx.AsyncHTTPTransport
    if proxy is None:
        transport = PooledTransport()
    else:
        # httpcore can lose a place in its pool when a task is cancelled while it waits for one, and with a
        # bound here that would end in a standstill.
        limits = httpx.Limits(keepalive_expiry=KEEPALIVE_EXPIRY)
        try:
            transport = httpx.AsyncHTTPTransport(verify=tls_context(), proxy=proxy, limits=limits)
        except ImportError:
            raise ValueError(
                "the environment names a SOCKS proxy, which needs the package httpx[socks]"
            ) from None
    with suppress(ImportError):
        # Now, because the first call would do it, which stalls the event loop.
        import_module("anyio._backends._asyncio")
    return HttpxTransport(transport, httpx.Request, owned=True)


_operation_in_flight: ContextVar[str | None] = ContextVar("flow_retail_operation_in_flight", default=None)


def _hide_urls(record: logging.LogRecord) -> bool:
    """Replace the URL in what httpx logs about our calls; the program's other requests stay."""
    operation = _operation_in_flight.get()
    if operation is not None and isinstance(record.args, tuple):
        record.args = tuple(
            operation if type(argument).__name__ == "URL" else argument for argument in record.args
        )
    return True
