"""A connection pool whose cost does not grow with the number of connections, inside httpx's stock transport.

httpcore's own pool inspects every connection, and polls every idle one, twice for each request; at fifty
connections that is most of the time. This one keeps the idle connections in a stack: the one used last is
used next, and those at the bottom expire. It is not used for proxies.

The only module that knows httpcore and a private name of httpx, `AsyncHTTPTransport._pool`. httpx has no
argument for a pool, and a transport of another class would escape pytest-httpx, respx and OpenTelemetry,
which patch the stock one. Should a release of httpx move that attribute, the construction of every client
without `http_client` or `transport` says so.
"""

import select
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, cast

import httpcore
import httpx
from httpcore import AsyncConnectionInterface, Request, Response

from flow_retail_core.constants import KEEPALIVE_EXPIRY
from flow_retail_core.transports.tls import tls_context
from flow_retail_core.transports.transport import ConnectionStats


class PooledTransport(httpx.AsyncHTTPTransport):
    """The stock transport over a `StackPool`."""

    def __init__(self) -> None:
        super().__init__(verify=tls_context())
        stock: object = getattr(self, "_pool", None)
        if type(stock) is not httpcore.AsyncConnectionPool:
            raise RuntimeError(
                f"{__name__} does not know httpx {httpx.__version__} with httpcore {httpcore.__version__}:"
                f" AsyncHTTPTransport._pool is {type(stock).__name__} and not AsyncConnectionPool. Install"
                " httpx 0.27 or 0.28, or pass transport=httpx.AsyncHTTPTransport()."
            )
        self._pool = self._stack = StackPool()

    def stats(self) -> ConnectionStats:
        """Count the open connections."""
        return ConnectionStats(len(self._stack.active), len(self._stack.idle))


class StackPool(httpcore.AsyncConnectionPool):
    """A pool of HTTP/1.1 connections to one origin; how many are in use at once is up to its caller."""

    def __init__(self) -> None:
        super().__init__(
            ssl_context=tls_context(), keepalive_expiry=KEEPALIVE_EXPIRY, network_backend=_Backend()
        )
        # The right end is the top.
        self.idle: deque[tuple[float, AsyncConnectionInterface]] = deque()
        self.active: set[AsyncConnectionInterface] = set()
        self._closed = False

    async def handle_async_request(self, request: Request) -> Response:
        """Send a request on the connection that was used last, or on a new one."""
        connection = await self._take(request)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await self.release(connection, keep=False)
            raise
        response.stream = _Body(response, connection, self, keep=_has_length(request, response))
        return response

    async def release(self, connection: AsyncConnectionInterface, *, keep: bool) -> None:
        """Keep a connection that is ready for another request, and close any other."""
        # Gone from here if the pool was closed meanwhile.
        known = connection in self.active
        self.active.discard(connection)
        if not (keep and known and connection.is_idle()):
            await connection.aclose()
            return
        now = time.monotonic()
        self.idle.append((now, connection))
        since, oldest = self.idle[0]
        if now - since > KEEPALIVE_EXPIRY:
            # One for each that comes back: enough to shrink after a peak.
            self.idle.popleft()
            await oldest.aclose()

    async def aclose(self) -> None:
        """Close all connections, those in use included; a later request is a `ConnectError`."""
        self._closed = True
        connections = [*self.active, *(connection for _, connection in self.idle)]
        self.idle.clear()
        self.active.clear()
        for connection in connections:
            await connection.aclose()

    async def _take(self, request: Request) -> AsyncConnectionInterface:
        if self._closed:
            # A request that was on its way when the pool was closed: no one would close its connection.
            raise httpcore.ConnectError("the pool is closed")
        while self.idle:
            _, connection = self.idle.pop()
            # has_expired also notices that the server has hung up.
            if connection.is_available() and not connection.has_expired():
                break
            await connection.aclose()
        else:
            connection = self.create_connection(request.url.origin)
        self.active.add(connection)
        return connection


class _Backend(httpcore.AsyncNetworkBackend):
    """The backend that httpcore uses on asyncio, with the streams below."""

    def __init__(self) -> None:
        self._backend: Any = httpcore.AnyIOBackend()

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._backend.connect_tcp(*args, **options))


class _Stream(httpcore.AsyncNetworkStream):
    """A stream of httpcore that notices cheaply that the server hung up, and closes if TLS is cancelled."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        # The very methods of the stream, because every request goes through them.
        for name in ("read", "write", "aclose"):
            setattr(self, name, getattr(stream, name))
        self._poll: Any = None
        connected = stream.get_extra_info("socket")
        if connected is not None and hasattr(select, "poll"):
            # httpcore would look the socket up, and make this, with every request: a twentieth of its time.
            self._poll = select.poll()
            self._poll.register(connected.fileno(), select.POLLIN)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._poll is not None:
            return bool(self._poll.poll(0))
        return self._stream.get_extra_info(info)

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._stream.start_tls(*args, **options))
        except BaseException:
            await self.aclose()
            raise


def _has_length(request: Request, response: Response) -> bool:
    """Whether the body has an end of its own, and not the connection's.

    After one that ends with the connection httpcore still calls it idle, and over TLS can't see that the
    server is gone.
    """
    if request.method == b"HEAD" or response.status in {204, 304}:
        return True
    return any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in response.headers)


class _Body:
    """The body of a response; closing it releases the connection."""

    def __init__(
        self, response: Response, connection: AsyncConnectionInterface, pool: StackPool, *, keep: bool
    ) -> None:
        self._stream = cast("AsyncIterable[bytes]", response.stream)
        self._connection = connection
        self._pool = pool
        self._keep = keep
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            # Every stream of httpcore has it, though the type doesn't say so.
            await cast("Any", self._stream).aclose()
        finally:
            # Also if cancelled just now: a connection that is not idle by then is closed.
            await self._pool.release(self._connection, keep=self._keep)
