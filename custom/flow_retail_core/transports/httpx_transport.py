"""Requests over httpx: over our own pool, a transport of the user's, or a client of the user's.

Our own requests go to httpx's transport directly and not through `httpx.AsyncClient`, because that one logs
every URL, query values included, keeps cookies, and costs a third of a call.
"""

import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from importlib import import_module
from typing import Any, cast

import httpx

from flow_retail_core.constants import KEEPALIVE_EXPIRY
from flow_retail_core.messages import Headers, Request, Response
from flow_retail_core.transports.body import OversizedBodyError, RequestBody, is_cut_short, read_body
from flow_retail_core.transports.failures import to_failure
from flow_retail_core.transports.pool import PooledTransport
from flow_retail_core.transports.proxies import environment_proxy
from flow_retail_core.transports.tls import tls_context
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure

_IMPORTED_BY_CONNECTING = (
    "anyio",
    "anyio.streams.tls",
    "anyio._backends._asyncio",
    "httpcore._backends.anyio",
)
_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class HttpxTransport:
    """Sends requests over an httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, owned: bool) -> None:
        self._transport = transport
        self._owned = owned

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        request.sent = not self._owned and not request.has_stream
        return await _exchange(self._start, request)

    async def _start(self, request: Request, body: RequestBody | None) -> httpx.Response:
        message = _own_message(request, body) if self._owned else httpx.Request(**_arguments(request, body))
        return await self._transport.handle_async_request(message)

    async def aclose(self) -> None:
        """See `Transport`."""
        if self._owned:
            await self._transport.aclose()

    def stats(self) -> ConnectionStats:
        """See `Transport`; nothing is known of a transport of the user's."""
        return (
            self._transport.stats() if isinstance(self._transport, PooledTransport) else ConnectionStats(0, 0)
        )


class HttpxClientTransport:
    """Sends requests through an httpx client of the user's, with its headers, proxies, hooks and limits."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        _httpx_log.addFilter(_hide_urls)

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        if self._client.is_closed:
            return TransportFailure("the http_client is closed", sent=False, transient=False)
        # What is read of a stream is noted while it is read.
        request.sent = not request.has_stream
        return await _exchange(self._start, request)

    async def _start(self, request: Request, body: RequestBody | None) -> httpx.Response:
        reset = _operation_in_flight.set(request.operation)
        try:
            # auth=None: the Authorization is ours, whatever the client or a netrc file would send.
            return await self._client.send(
                self._client.build_request(**_arguments(request, body)),
                stream=True,
                auth=None,
                follow_redirects=False,
            )
        finally:
            _operation_in_flight.reset(reset)

    async def aclose(self) -> None:
        """See `Transport`."""

    def stats(self) -> ConnectionStats:
        """See `Transport`; nothing is known of a client of the user's."""
        return ConnectionStats(0, 0)


def open_httpx(base_url: str, max_connections: int) -> HttpxTransport:
    """Open a transport with a connection pool of its own."""
    proxy = environment_proxy(base_url, httpx.Proxy)
    transport: httpx.AsyncHTTPTransport
    if proxy is None:
        transport = PooledTransport(
            ssl_context=tls_context(), max_idle=max_connections, idle_expiry=KEEPALIVE_EXPIRY
        )
    else:
        # The client bounds the number of connections. httpcore can lose a place in its pool when a task is
        # cancelled while it waits for one, and with a bound here that would end in a standstill.
        limits = httpx.Limits(max_keepalive_connections=max_connections, keepalive_expiry=KEEPALIVE_EXPIRY)
        try:
            transport = httpx.AsyncHTTPTransport(verify=tls_context(), proxy=proxy, limits=limits)
        except ImportError:
            raise ValueError(
                "the environment names a SOCKS proxy, which needs the package httpx[socks]"
            ) from None
    # Imported now, because httpcore would import them in the first call, which stalls the event loop.
    for module in _IMPORTED_BY_CONNECTING:
        with suppress(ImportError):
            import_module(module)
    return HttpxTransport(transport, owned=True)


async def _exchange(
    start: Callable[[Request, RequestBody | None], Awaitable[httpx.Response]], request: Request
) -> Response | TransportFailure:
    has_head = False
    body = RequestBody(request) if request.has_stream else None
    try:
        response = await start(request, body)
        has_head = True
        try:
            headers = Headers(response.headers.raw)
            content = await _read(response, headers, request.max_response_bytes)
        finally:
            # Also when cancelled: a response left open keeps its connection.
            await response.aclose()
        if response.is_success and is_cut_short(content, headers):
            return TransportFailure("connection lost before the response was complete")
        return Response(response.status_code, headers, content, request.operation)
    except Exception as error:  # noqa: BLE001  # the one place where foreign errors become ours
        # Returned, not raised: httpx's errors hold the request with its Authorization.
        return to_failure(error, request, has_head=has_head)
    except BaseException as error:  # noqa: BLE001  # raised again
        # A cancellation keeps its traceback, whose frames in the HTTP library hold the headers.
        raise error.with_traceback(None)  # noqa: B904  # it is the same exception
    finally:
        if body is not None:
            await body.aclose()


async def _read(response: httpx.Response, headers: Headers, limit: int) -> bytes:
    if response.is_stream_consumed:
        content = await response.aread()
        if len(content) > limit:
            raise OversizedBodyError
        return content
    return await read_body(cast("AsyncIterable[bytes]", response.stream), headers, limit)


def _arguments(request: Request, body: RequestBody | None) -> dict[str, Any]:
    headers = request.header_lines()
    if body is not None and request.content_length is not None:
        headers.append((b"Content-Length", b"%d" % request.content_length))
    return {
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "content": request.content if body is None else body,
        "extensions": {"timeout": request.timeouts},
    }


def _own_message(request: Request, body: RequestBody | None) -> httpx.Request:
    """The request for a transport of ours; its headers are complete, so that httpx adds none."""
    url = httpx.URL(request.url)
    headers = [(b"Host", url.netloc), *request.header_lines()]
    if request.content_length is None:
        headers.append((b"Transfer-Encoding", b"chunked"))
    elif request.content is not None or request.method not in _NO_BODY:
        headers.append((b"Content-Length", b"%d" % request.content_length))
    return httpx.Request(
        request.method,
        url,
        headers=headers,
        stream=_Stream(body) if body is not None else _Bytes(request),
        extensions={"timeout": request.timeouts},
    )


class _Bytes(httpx.ByteStream):
    """A body that notes when it is asked for: from then on the server may have received the request."""

    def __init__(self, request: Request) -> None:
        self._content = cast("bytes", request.content or b"")
        super().__init__(self._content)
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._request.sent = True
        yield self._content


class _Stream(httpx.AsyncByteStream):
    """A body that is read while it is sent."""

    def __init__(self, body: RequestBody) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()


_httpx_log = logging.getLogger("httpx")
_operation_in_flight: ContextVar[str | None] = ContextVar("flow_retail_operation_in_flight", default=None)


def _hide_urls(record: logging.LogRecord) -> bool:
    """Replace paths and queries in what httpx logs about our calls; the program's other requests stay."""
    operation = _operation_in_flight.get()
    if operation is not None and isinstance(record.args, tuple):
        record.args = tuple(
            f"{argument.scheme}://{argument.host} [{operation}]"
            if isinstance(argument, httpx.URL)
            else argument
            for argument in record.args
        )
    return True
