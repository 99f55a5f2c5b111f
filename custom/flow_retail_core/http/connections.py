"""What a client and its scoped copies share: the transport and the bound on requests in flight."""

import asyncio
import warnings
from collections.abc import Callable
from weakref import WeakSet

from flow_retail_core.http.semaphore import Semaphore
from flow_retail_core.transports.transport import Transport


class Connections:
    """A transport and a semaphore for one event loop at a time; the next loop gets new ones."""

    def __init__(self, open_transport: Callable[[], Transport], max_concurrency: int) -> None:
        self._open_transport = open_transport
        self._max_concurrency = max_concurrency
        self.leases: WeakSet[Lease] = WeakSet()
        # Opened at once, so that a setting that can't work is refused where it was made.
        self._open()

    def _open(self) -> None:
        self.transport = self._open_transport()
        self.semaphore = Semaphore(self._max_concurrency)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    def use(self) -> None:
        """Make sure that requests can be made from the running event loop."""
        loop = self._running_loop("make one client for each event loop")
        if self._loop is not None and self._loop is not loop:
            # What was connected died with its loop.
            self._open()
        self._loop = loop

    async def aclose(self) -> None:
        """Close the transport for good; the second time it does nothing."""
        if self.closed:
            return
        loop = self._running_loop("close it there")
        in_use, self._loop = self._loop, None
        # Before anything is awaited: a close that is cancelled half-way must not leave the transport usable.
        self.closed = True
        if in_use is loop:
            await self.transport.aclose()

    async def suspend(self) -> None:
        """Close the transport until it is needed again."""
        if not self.closed:
            await self.aclose()
            self._open()

    def _running_loop(self, remedy: str) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop and not self._loop.is_closed():
            raise RuntimeError(f"this client is in use by another event loop; {remedy}")
        return loop

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
        self.connections = connections
        self.closed = False
        self.loop: asyncio.AbstractEventLoop | None = None
        """The event loop on which the client is used; None before and after."""
        self.on_join: Callable[[], None] | None = None
        """Called when the client is first used on an event loop."""

    def check_open(self) -> None:
        """Raise `RuntimeError` if the client is closed."""
        if self.closed or self.connections.closed:
            raise RuntimeError("this client is closed; make a new one")

    def join(self) -> None:
        """Start the use on the running event loop, or go on with it."""
        self.check_open()
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.connections.use()
            self.loop = loop
            self.connections.leases.add(self)
            if self.on_join is not None:
                self.on_join()

    async def leave(self) -> None:
        """End the use; after the last one the transport is closed until it is needed again."""
        self.loop = None
        self.connections.leases.discard(self)
        if not self.connections.leases:
            await self.connections.suspend()

    def close_without_loop(self) -> None:
        """Close the client and its copies when no event loop is left; connections ended with theirs."""
        self.closed = self.connections.closed = True
