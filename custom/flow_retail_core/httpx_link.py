"""The way to the API over httpx: over our own pool, a transport of the user's, or a client of the user's.

Our own requests go to httpx's transport directly and not through `httpx.AsyncClient`, because that one logs
every URL, query values included, follows cookies, and costs a third of a call.
"""

import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Literal, TypeAlias, cast

import httpx

from flow_retail_core.ahead import import_network_ahead
from flow_retail_core.answer import Headers
from flow_retail_core.defaults import KEEPALIVE_EXPIRY
from flow_retail_core.environment import environment_proxy, tls_context
from flow_retail_core.httpx_errors import lost
from flow_retail_core.pooled_transport import PooledTransport
from flow_retail_core.transport import Outgoing, Received

HttpClient: TypeAlias = httpx.AsyncClient
HttpTransport: TypeAlias = httpx.AsyncBaseTransport | Literal["aiohttp"]


class Link:
    """A way to the API.

    Args:
        send: Sends a request and returns httpx's response, its body not yet read.
        close: Closes what we opened; None for what belongs to the user.
    """

    __slots__ = ("_close", "_send")

    def __init__(
        self,
        send: Callable[[Outgoing], Awaitable[httpx.Response]],
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._send = send
        self._close = close

    async def exchange(self, outgoing: Outgoing) -> Received:
        """Send one request and read its answer to the end.

        Raises:
            Lost: There was no whole answer, for whatever reason.
        """
        answering = False
        try:
            response = await self._send(outgoing)
            answering = True
            try:
                content = await _read(response)
            finally:
                # Also when cancelled: a response left open keeps its connection.
                await response.aclose()
            return Received(response.status_code, Headers(response.headers.raw), content)
        except Exception as error:  # noqa: BLE001  # the one place where foreign errors are turned into ours
            problem = lost(error, outgoing, answering=answering)
        # Outside the handler: httpx's errors hold the request with its Authorization, and would stay in
        # __context__.
        raise problem

    async def aclose(self) -> None:
        """Close the connections, if they are ours."""
        if self._close is not None:
            await self._close()


def choose_link(
    base_url: str, max_connections: int, *, http_client: HttpClient | None, transport: HttpTransport | None
) -> Link:
    """Make the link that a client's arguments ask for.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: Both `http_client` and `transport` are given, or a link of our own can't be opened.
    """
    if http_client is not None and transport is not None:
        raise ValueError("pass http_client or transport, not both")
    if http_client is not None:
        return client_link(http_client)
    if transport is None:
        return own_link(base_url, max_connections)
    if isinstance(transport, str):
        return aiohttp_link(base_url, transport)
    return transport_link(transport)


def own_link(base_url: str, max_connections: int) -> Link:
    """Open a link with a connection pool of its own.

    Args:
        base_url: Where the API is; decides on the proxy that the environment names.
        max_connections: How many idle connections are kept.

    Raises:
        ValueError: The proxy that the environment names can't be used.
    """
    proxy = environment_proxy(base_url)
    transport: httpx.AsyncHTTPTransport
    if proxy is None:
        transport = PooledTransport(
            ssl_context=tls_context(), max_idle=max_connections, idle_expiry=KEEPALIVE_EXPIRY
        )
    else:
        # The number of connections is bounded by the client's slots. httpcore can lose a place in its pool
        # when a task is cancelled while waiting for one, and with a bound here that would end in a
        # standstill.
        limits = httpx.Limits(max_keepalive_connections=max_connections, keepalive_expiry=KEEPALIVE_EXPIRY)
        try:
            transport = httpx.AsyncHTTPTransport(verify=tls_context(), proxy=proxy, limits=limits)
        except ImportError:
            raise ValueError(
                "the environment names a SOCKS proxy, which needs the package httpx[socks]"
            ) from None
    import_network_ahead()
    return Link(_noting_send(transport), transport.aclose)


def aiohttp_link(base_url: str, name: str) -> Link:
    """Open a link over aiohttp, with its own connection pool.

    Args:
        base_url: Where the API is; decides on the proxy that the environment names.
        name: What the user asked for; there is but `aiohttp`.

    Raises:
        ValueError: The name is another, its packages are not installed, or it can't use the proxy that the
            environment names.
    """
    if name != "aiohttp":
        raise ValueError(f'transport must be "aiohttp" or an httpx.AsyncBaseTransport, not {name!r}')
    try:
        from flow_retail_core.aiohttp_transport import GuardedTransport  # noqa: PLC0415  # may be missing
    except ImportError as error:
        raise ValueError(
            f'transport="aiohttp" needs the package {error.name}: install flow-retail-client[aiohttp]'
        ) from None
    transport = GuardedTransport(environment_proxy(base_url))
    return Link(_plain_send(transport), transport.aclose)


def transport_link(transport: httpx.AsyncBaseTransport) -> Link:
    """Use a transport of the user's, which stays theirs to close.

    Raises:
        TypeError: It is no `httpx.AsyncBaseTransport`.
    """
    if not isinstance(transport, httpx.AsyncBaseTransport):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not type-check
        raise TypeError(f"transport must be an httpx.AsyncBaseTransport, not {type(transport).__name__}")
    return Link(_plain_send(transport))


def client_link(http_client: HttpClient) -> Link:
    """Use a client of the user's, with its headers, proxies, hooks and limits; it stays theirs to close.

    Raises:
        TypeError: It is no `httpx.AsyncClient`.
    """
    if not isinstance(http_client, httpx.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not type-check
        raise TypeError(f"http_client must be an httpx.AsyncClient, not {type(http_client).__name__}")
    _httpx_log.addFilter(_scrub)

    async def send(outgoing: Outgoing) -> httpx.Response:
        request = http_client.build_request(
            outgoing.method,
            outgoing.url,
            headers=outgoing.headers,
            content=outgoing.content,
            extensions={"timeout": outgoing.timeouts},
        )
        outgoing.sent = True
        reset = _operation_in_flight.set(outgoing.operation)
        try:
            # auth=None: the Authorization header is ours, whatever the client or a netrc file would put
            # there.
            return await http_client.send(request, stream=True, auth=None, follow_redirects=False)
        finally:
            _operation_in_flight.reset(reset)

    return Link(send)


def _noting_send(transport: httpx.AsyncBaseTransport) -> Callable[[Outgoing], Awaitable[httpx.Response]]:
    """Send over a transport of ours, which asks for the body right after the head was written."""

    async def send(outgoing: Outgoing) -> httpx.Response:
        url = httpx.URL(outgoing.url)
        headers = [(b"Host", url.netloc), *outgoing.headers]
        if outgoing.content is not None or outgoing.method in {"POST", "PUT", "PATCH"}:
            headers.append((b"Content-Length", b"%d" % len(outgoing.content or b"")))
        request = httpx.Request(
            outgoing.method,
            url,
            headers=headers,
            stream=_Body(outgoing),
            extensions={"timeout": outgoing.timeouts},
        )
        return await transport.handle_async_request(request)

    return send


def _plain_send(transport: httpx.AsyncBaseTransport) -> Callable[[Outgoing], Awaitable[httpx.Response]]:
    """Send over another transport, of which no one knows when it sends what."""

    async def send(outgoing: Outgoing) -> httpx.Response:
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=outgoing.headers,
            content=outgoing.content,
            extensions={"timeout": outgoing.timeouts},
        )
        outgoing.sent = True
        return await transport.handle_async_request(request)

    return send


class _Body(httpx.ByteStream):
    """A body that notes when it is asked for."""

    def __init__(self, outgoing: Outgoing) -> None:
        super().__init__(outgoing.content or b"")
        self._outgoing = outgoing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._outgoing.sent = True
        yield self._outgoing.content or b""


async def _read(response: httpx.Response) -> bytes:
    if response.is_stream_consumed or "content-encoding" in response.headers:
        return await response.aread()
    # What httpx does for a body that is not compressed, without its three generators around the stream.
    return b"".join([part async for part in cast("AsyncIterable[bytes]", response.stream)])


_httpx_log = logging.getLogger("httpx")
_operation_in_flight: ContextVar[str | None] = ContextVar("flow_retail_operation_in_flight", default=None)


def _scrub(record: logging.LogRecord) -> bool:
    """Take paths and queries out of what httpx logs about our calls, and leave the program's others alone."""
    operation = _operation_in_flight.get()
    if operation is not None and isinstance(record.args, tuple):
        record.args = tuple(
            f"{argument.scheme}://{argument.host} [{operation}]"
            if isinstance(argument, httpx.URL)
            else argument
            for argument in record.args
        )
    return True
