"""What a client and its scoped copies share: the transport and the bound on requests in flight."""

import asyncio
import warnings
from collections.abc import Callable
from weakref import WeakSet

from flow_retail_core.http.semaphore import Semaphore
from flow_retail_core.transports.transport import Transport


class Connections:
    """A transport, and a semaphore for the requests in flight.

    Usable from one event loop at a time. When that loop has been closed, the next one gets a new transport.
    """

    def __init__(self, open_transport: Callable[[], Transport], max_concurrency: int) -> None:
        self._open_transport = open_transport
        self._max_concurrency = max_concurrency
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leases: WeakSet[Lease] = WeakSet()
        self.closed = False
        # Opened at once, so that a setting that can't work is refused where it was made.
        self.transport = open_transport()
        self.semaphore = Semaphore(max_concurrency)

    def join(self, lease: "Lease") -> None:
        """Count a client among those that use the transport."""
        self._leases.add(lease)

    async def leave(self, lease: "Lease") -> None:
        """End the use by one client; after the last one the transport is closed until it is needed again."""
        self._leases.discard(lease)
        if not self._leases and not self.closed:
            await self._close_transport()
            self._renew()

    def use(self) -> None:
        """Make sure that requests can be made from the running event loop."""
        loop = asyncio.get_running_loop()
        if self._loop is loop and not self.closed:
            return
        if self.closed:
            raise RuntimeError("this client is closed; make a new one")
        if self._loop is not None:
            self._check_loop("make one client for each event loop")
            # What was connected died with its loop.
            self._renew()
        self._loop = loop

    async def aclose(self) -> None:
        """Close the transport for good; the second time it does nothing."""
        if not self.closed:
            await self._close_transport()

    async def _close_transport(self) -> None:
        self._check_loop("close it there")
        in_use, self._loop = self._loop, None
        # Before anything is awaited: a close that is cancelled half-way must not leave the transport usable.
        self.closed = True
        if in_use is asyncio.get_running_loop():
            await self.transport.aclose()

    def _renew(self) -> None:
        self.transport = self._open_transport()
        self.semaphore = Semaphore(self._max_concurrency)
        self._loop = None
        self.closed = False

    def _check_loop(self, remedy: str) -> None:
        if (
            self._loop is not None
            and self._loop is not asyncio.get_running_loop()
            and not self._loop.is_closed()
        ):
            raise RuntimeError(f"this client is in use by another event loop; {remedy}")

    def __del__(self) -> None:
        # `closed` is missing if the transport could not be opened.
        if not getattr(self, "closed", True) and self._loop is not None:
            warnings.warn(
                "unclosed Flow Retail client: use `async with`, or `await client.aclose()`",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


class Lease:
    """The use of connections by one client."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.joined = False
        self.closed = False
        self.on_join: Callable[[], None] | None = None
        """Called when the client is first used on an event loop."""

    def check_open(self) -> None:
        """Raise `RuntimeError` if the client is closed."""
        if self.closed or self._connections.closed:
            raise RuntimeError("this client is closed; make a new one")

    def join(self) -> None:
        """Start the use, on the running event loop."""
        self.check_open()
        if not self.joined:
            self.joined = True
            self._connections.join(self)
            if self.on_join is not None:
                self.on_join()

    async def leave(self) -> None:
        """End the use; the next call may come on another event loop."""
        self.joined = False
        await self._connections.leave(self)

    def close_without_loop(self) -> None:
        """Close the client and its copies when no event loop is left; connections ended with theirs."""
        self.closed = self._connections.closed = True
