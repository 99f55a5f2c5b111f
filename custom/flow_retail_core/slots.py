"""The slots of a client: as many requests as may be in flight, and the queue of those that wait for one."""

import asyncio
from collections import deque
from contextlib import suppress


class Slots:
    """A semaphore, first come, first served, that costs the same however long its queue is.

    asyncio's own looks, whenever a slot is given back, at every waiter that was woken before and has not yet
    run; when answers come in bursts, that is most of them. Here a slot goes straight to the next in line.

    Args:
        number: How many there are.
    """

    __slots__ = ("_waiting", "free")

    def __init__(self, number: int) -> None:
        self.free = number
        """How many nobody has; 0 if anyone waits."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a slot that is free; False if there is none, which is the time to `wait`."""
        if self.free:
            self.free -= 1
            return True
        return False

    async def wait(self) -> None:
        """Wait in line until a slot is handed over."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except BaseException:
            if mine.done() and not mine.cancelled():
                # Handed over just before the cancellation: it is the next one's.
                self.give_back()
            else:
                # Gone already if a slot came by in the meantime.
                with suppress(ValueError):
                    self._waiting.remove(mine)
            raise

    def give_back(self) -> None:
        """Hand a slot to the next in line, or leave it free."""
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self.free += 1
