"""What a client and its scoped copies share: the link to the API and the slots to use it."""

import asyncio
import warnings
from typing import TYPE_CHECKING
from weakref import WeakSet

from flow_retail_core.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from flow_retail_core.httpx_link import Link


class Connections:
    """A link, and as many slots as there may be requests in flight.

    Usable from one event loop at a time. When that loop has been closed, the next one gets a fresh link.

    Args:
        open_link: Opens the link; called now, and again once the link was closed or its event loop has ended.
        slots: How many requests may be in flight at once.
    """

    def __init__(self, open_link: "Callable[[], Link]", slots: int) -> None:
        self._open_link = open_link
        self._number_of_slots = slots
        self._loop: asyncio.AbstractEventLoop | None = None
        self._users: WeakSet[object] = WeakSet()
        self.closed = False
        # Opened at once, so that a setting that can't work is refused where it was made.
        self.link = open_link()
        self.slots = Slots(slots)

    def join(self, user: object) -> None:
        """Count a client among those that use the link."""
        self._users.add(user)

    async def leave(self, user: object) -> None:
        """End the use by one client; after the last one the link is closed until someone wants it again."""
        self._users.discard(user)
        if not self._users and not self.closed:
            await self._close_link()
            self._renew()

    def use(self) -> None:
        """Make sure that requests can be made from the running event loop.

        Raises:
            RuntimeError: The connections are closed, or in use by another event loop that is still open.
        """
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
        """Close the link for good; the second time it does nothing.

        Raises:
            RuntimeError: It is in use by another event loop that is still open.
        """
        if not self.closed:
            await self._close_link()

    async def _close_link(self) -> None:
        self._check_loop("close it there")
        in_use, self._loop = self._loop, None
        # Before anything is awaited: a close that is cancelled half-way must not leave the link usable.
        self.closed = True
        if in_use is asyncio.get_running_loop():
            await self.link.aclose()

    def _renew(self) -> None:
        self.link = self._open_link()
        self.slots = Slots(self._number_of_slots)
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
        # `closed` is missing if the link could not be opened.
        if not getattr(self, "closed", True) and self._loop is not None:
            warnings.warn(
                "unclosed Flow Retail client: use `async with`, or `await client.aclose()`",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )
