"""A semaphore whose cost does not depend on the length of its queue."""

import asyncio
from collections import deque


class Semaphore:
    """A semaphore, first come, first served.

    asyncio's own inspects, at every release, all waiters that were woken before and have not yet run; when
    responses come in bursts, that is most of them. Here a place is handed to the next waiter directly.
    """

    __slots__ = ("_waiting", "free")

    def __init__(self, places: int) -> None:
        self.free = places
        """Places that nobody holds; 0 if anyone waits. Taking one off is to acquire it."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        """Take a free place, or wait in line until one is handed over."""
        if self.free:
            self.free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except BaseException:
            if not mine.cancel() and not mine.cancelled():
                # Handed over just before the cancellation: it goes to the next one.
                self.release()
            raise

    def release(self) -> None:
        """Hand the place to the next in line, or leave it free."""
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self.free += 1
