"""The only module that knows httpx: sends one request, reads its whole answer, says how it was lost.

Our own requests go to httpx's transport directly and not through `httpx.AsyncClient`, because that one logs
every URL, query values included, follows cookies, and costs a third of a call.
"""

import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from typing import TypeAlias, cast
from urllib.request import getproxies, proxy_bypass

import httpx
from attrs import define, field, frozen

from flow_retail_core.answer import Headers
from flow_retail_core.defaults import KEEPALIVE_EXPIRY
from flow_retail_core.urls import is_loopback

HttpClient: TypeAlias = httpx.AsyncClient
HttpTransport: TypeAlias = httpx.AsyncBaseTransport

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
# A body whose compression is broken was damaged on its way, like one cut short.
_PASSING = (httpx.TransportError, httpx.DecodingError, OSError, EOFError)
# Raised by what stands under httpx; seen only where a custom transport lets them through.
_PASSING_LIBRARIES = frozenset({"anyio", "h11", "httpcore"})


@define(eq=False)
class Outgoing:
    """One request.

    Attributes:
        operation: What is called, for logs.
        method: The HTTP method.
        url: The absolute URL, percent-encoded.
        headers: Names and values, without Host and Content-Length.
        content: The body in bytes; None for no body.
        timeouts: Seconds, under `connect`, `read`, `write` and `pool`.
        sent: Whether the server may have got the request; true from the moment its head is on its way.
    """

    operation: str
    method: str
    url: str
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: dict[str, float | None]
    sent: bool = False


@frozen
class Received:
    """One whole answer."""

    status_code: int
    headers: Headers
    content: bytes = field(repr=False)


class Lost(Exception):  # noqa: N818  # not an error of its own: the attempt loop turns it into one
    """There was no whole answer.

    Attributes:
        reason: What happened, in a few words without values.
        timed_out: Whether it was one of the timeouts.
        sent: Whether the server may have got the request.
        passing: Whether another attempt could fare better.
    """

    def __init__(self, reason: str, *, timed_out: bool, sent: bool, passing: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out
        self.sent = sent
        self.passing = passing


class Link:
    """A way to the API: one of our own, a transport of the user's, or a client of the user's.

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
        try:
            response = await self._send(outgoing)
            try:
                content = await response.aread()
            finally:
                # Also when cancelled: a response left open keeps its connection.
                await response.aclose()
            headers = Headers(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
            )
            return Received(response.status_code, headers, content)
        except Exception as error:  # noqa: BLE001  # the one place where foreign errors are turned into ours
            lost = _lost(error, outgoing)
        # Outside the handler: httpx's errors hold the request with its Authorization, and would stay in
        # __context__.
        raise lost

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
    if transport is not None:
        return transport_link(transport)
    return own_link(base_url, max_connections)


def own_link(base_url: str, max_connections: int) -> Link:
    """Open a link with a connection pool of its own.

    Args:
        base_url: Where the API is; decides on the proxy that the environment names.
        max_connections: How many idle connections are kept.

    Raises:
        ValueError: The proxy that the environment names can't be used.
    """
    # Here, since it imports httpcore: 25 ms that `import httpx` alone doesn't cost.
    from flow_retail_core.pool import StackPool  # noqa: PLC0415  # see above

    context = _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    proxy = _environment_proxy(httpx.URL(base_url))
    # The number of connections is bounded by the client's slots. httpcore can lose a place in its pool when a
    # task is cancelled while waiting for one, and with a bound here that would end in a standstill.
    limits = httpx.Limits(max_keepalive_connections=max_connections, keepalive_expiry=KEEPALIVE_EXPIRY)
    try:
        transport = httpx.AsyncHTTPTransport(verify=context, proxy=proxy, limits=limits)
    except ImportError:
        raise ValueError(
            "the environment names a SOCKS proxy, which needs the package httpx[socks]"
        ) from None
    if proxy is None:
        # Inside the stock transport, whose method is what pytest-httpx and OpenTelemetry patch.
        transport._pool = StackPool(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # httpx has no argument for it
            ssl_context=context, max_idle=max_connections, idle_expiry=KEEPALIVE_EXPIRY
        )
    _import_ahead()
    return Link(_through_transport(transport, knows_when_sent=True), transport.aclose)


def transport_link(transport: HttpTransport) -> Link:
    """Use a transport of the user's, which stays theirs to close.

    Raises:
        TypeError: It is no `httpx.AsyncBaseTransport`.
    """
    if not isinstance(transport, httpx.AsyncBaseTransport):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not type-check
        raise TypeError(f"transport must be an httpx.AsyncBaseTransport, not {type(transport).__name__}")
    return Link(_through_transport(transport, knows_when_sent=False))


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


class _Body(httpx.ByteStream):
    """A body that notes when it is asked for, which is right after the head was written."""

    def __init__(self, outgoing: Outgoing) -> None:
        super().__init__(outgoing.content or b"")
        self._outgoing = outgoing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._outgoing.sent = True
        yield self._outgoing.content or b""


def _through_transport(
    transport: HttpTransport, *, knows_when_sent: bool
) -> Callable[[Outgoing], Awaitable[httpx.Response]]:
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
        # Who knows when a foreign transport sends.
        outgoing.sent = not knows_when_sent
        return await transport.handle_async_request(request)

    return send


def _lost(error: Exception, outgoing: Outgoing) -> Lost:
    certificate_refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    foreign = type(error).__module__.partition(".")[0] in _PASSING_LIBRARIES
    return Lost(
        _reason(error),
        timed_out=isinstance(error, httpx.TimeoutException | TimeoutError),
        # By its type and not by `outgoing.sent`: a head that failed half-way may have been whole for the
        # server.
        sent=not isinstance(error, _NEVER_SENT) and (outgoing.sent or isinstance(error, httpx.RequestError)),
        passing=(foreign or isinstance(error, _PASSING))
        and not isinstance(error, _HOPELESS)
        and not certificate_refused,
    )


def _reason(error: Exception) -> str:
    """Say what happened without the error's own text, which may hold anything that was sent."""
    name = type(error).__name__
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{name}: certificate not accepted: {cause.verify_message}"
        if isinstance(cause, socket.gaierror):
            return f"{name}: host name not resolved"
        if isinstance(cause, OSError) and cause.errno:
            return f"{name}: {os.strerror(cause.errno)}"
    return name


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it; of a group, what its members say."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        cause = pending.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending.append(cause.__cause__ or cause.__context__)
        if isinstance(cause, BaseExceptionGroup):
            pending.extend(cast("BaseExceptionGroup[BaseException]", cause).exceptions)


@lru_cache(maxsize=8)
def _tls_context(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """Read the certificate authorities once a process: it takes 20 ms. The arguments are the cache's key."""
    return httpx.create_ssl_context()


def _environment_proxy(url: httpx.URL) -> httpx.Proxy | None:
    if is_loopback(url.host) or proxy_bypass(url.host):
        # Loopback may be plain http, and the token must not travel to a proxy in plain.
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy:
        return None
    try:
        return httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
    except (httpx.InvalidURL, ValueError):
        pass
    # The URL is left out, since it may hold a password.
    raise ValueError(f"the proxy that the environment names for {url.scheme} has no valid URL")


@lru_cache(maxsize=1)
def _import_ahead() -> None:
    """Import what httpcore would import inside the first call, where it would stall the event loop."""
    for module in ("anyio", "anyio.streams.tls", "anyio._backends._asyncio", "httpcore._backends.anyio"):
        with suppress(ImportError):
            import_module(module)


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
