"""The rate limiter of a client: it spaces out the starts of requests."""

import asyncio
import math


class RateLimiter:
    """Spaces out the starts of requests evenly, first come, first served; no burst follows an idle period."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next = -math.inf
        """The earliest time of the next start, by the clock of the loop."""
        self._line = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def acquire(self) -> None:
        """Wait in line until a request may start."""
        loop = self._join()
        # Only the first in line looks at the clock; if it gives up, the next one takes its place.
        async with self._line:
            start = loop.time()
            # Compared with `_next` and not with the clock again, because a timer may fire a moment early.
            while start < self._next:
                start = self._next
                await asyncio.sleep(start - loop.time())
            self._next = max(start, loop.time()) + self._interval

    def release(self) -> None:
        """Undo `acquire` for a request that does not start; called before anything else is awaited."""
        self._next -= self._interval

    def pause(self, seconds: float) -> None:
        """Let no request start for some seconds from now; a longer pause is not shortened."""
        loop = self._join()
        self._next = max(self._next, loop.time() + seconds)

    def _join(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Waiters ended with the last loop. The clock of the next loop is usually the same, so the spacing
            # goes on; if it is not, nobody waits for a time that may never come.
            self._next = min(self._next, loop.time() + self._interval)
            self._line = asyncio.Lock()
            self._loop = loop
        return loop
