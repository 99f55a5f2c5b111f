"""A connection pool whose cost does not grow with the number of connections.

httpcore's own looks at every connection, and polls every idle one, twice for each request; at fifty
connections that is most of the time. This one keeps the idle connections in a stack: the one used last is
used next, and those at the bottom expire. It stands aside for proxies. The only module that knows httpcore.
"""

import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from ssl import SSLContext
from typing import Any, cast

import httpcore
from httpcore import AsyncConnectionInterface, Request, Response


class StackPool(httpcore.AsyncConnectionPool):
    """A pool of HTTP/1.1 connections; how many are in use at once is up to its caller.

    Args:
        ssl_context: For https.
        max_idle: Idle connections that are kept.
        idle_expiry: Seconds that an idle connection is kept.
    """

    def __init__(self, *, ssl_context: SSLContext, max_idle: int, idle_expiry: float) -> None:
        super().__init__(ssl_context=ssl_context, max_connections=None, keepalive_expiry=idle_expiry)
        self._max_idle = max_idle
        self._idle_expiry = idle_expiry
        # The right end is the top. One origin only: a client never talks to another.
        self._idle: deque[tuple[float, AsyncConnectionInterface]] = deque()
        self._active: set[AsyncConnectionInterface] = set()
        self._closed = False

    @property
    def connections(self) -> list[AsyncConnectionInterface]:
        """All open connections."""
        return [*self._active, *(connection for _, connection in self._idle)]

    async def handle_async_request(self, request: Request) -> Response:
        """Send a request on the connection that was used last, or on a new one.

        Returns:
            The response. Its connection comes back to the pool when the response is closed.
        """
        while True:
            connection = await self._take(request)
            try:
                response = await connection.handle_async_request(request)
            except httpcore.ConnectionNotAvailable:
                # It closed at this very moment; nothing was sent.
                self._active.discard(connection)
                await connection.aclose()
                continue
            except BaseException:
                await self.give_back(connection)
                raise
            stream = cast("AsyncIterable[bytes]", response.stream)
            response.stream = _Body(stream, connection, self, _may_be_kept(request, response))
            return response

    async def give_back(self, connection: AsyncConnectionInterface, *, keep: bool = True) -> None:
        """Keep a connection that is ready for another request, and close any other."""
        # Gone from here if the pool was closed meanwhile.
        known = connection in self._active
        self._active.discard(connection)
        if keep and known and connection.is_idle() and len(self._idle) < self._max_idle:
            self._idle.append((time.monotonic(), connection))
            oldest, expired = self._idle[0]
            if time.monotonic() - oldest <= self._idle_expiry:
                return
            # One for each that comes back: enough to shrink after a peak.
            self._idle.popleft()
            connection = expired
        await connection.aclose()

    async def aclose(self) -> None:
        """Close all connections, those in use included; who asks for one later gets a `ConnectError`."""
        self._closed = True
        connections = self.connections
        self._idle.clear()
        self._active.clear()
        for connection in connections:
            await connection.aclose()

    async def _take(self, request: Request) -> AsyncConnectionInterface:
        if self._closed:
            # A request that was on its way when the pool was closed: no one would close its connection.
            raise httpcore.ConnectError("the pool is closed")
        while self._idle:
            _, connection = self._idle.pop()
            # has_expired also notices that the server has hung up.
            if connection.is_available() and not connection.has_expired():
                self._active.add(connection)
                return connection
            await connection.aclose()
        connection = self.create_connection(request.url.origin)
        self._active.add(connection)
        return connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self._active)} connections in use, {len(self._idle)} idle>"


def _may_be_kept(request: Request, response: Response) -> bool:
    """Whether the body has an end of its own, and not the connection's.

    After one that ends with the connection httpcore still calls it idle, and over TLS can't see that the
    server is gone.
    """
    if request.method == b"HEAD" or response.status in {204, 304}:
        return True
    return any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in response.headers)


class _Body:
    """The body of a response, which gives its connection back."""

    def __init__(
        self,
        stream: AsyncIterable[bytes],
        connection: AsyncConnectionInterface,
        pool: StackPool,
        keep: bool,
    ) -> None:
        self._stream = stream
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
            await self._pool.give_back(self._connection, keep=self._keep)
