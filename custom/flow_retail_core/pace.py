"""The pace of a client: how soon after one another its requests may start."""

import asyncio
import math

from flow_retail_core.slots import Slots


class Pace:
    """Spaces out the starts of requests evenly, first come, first served.

    A start is never sooner than 1/rate seconds after the one before. Turns that nobody wanted are gone, so an
    idle time is followed by no burst. Only the first in line looks at the clock; if it gives up, the next one
    has the turn, at the time when it would have come anyway.

    Usable from one event loop at a time, as a client is.

    Args:
        rate: Starts a second, finite and above 0.
    """

    __slots__ = ("_interval", "_line", "_loop", "_next")

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next = -math.inf
        """The earliest time of the next start, by the clock of the loop."""
        self._line = Slots(1)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def wait(self) -> None:
        """Wait in line for a turn and take it: what is to start starts now."""
        loop = asyncio.get_running_loop()
        self._join(loop)
        line = self._line
        if not line.take():
            await line.wait()
        try:
            start = loop.time()
            # Not asked of the clock again, since a timer may come a hair early, but of `hold`.
            while start < self._next:
                start = self._next
                await asyncio.sleep(start - loop.time())
            self._next = max(start, loop.time()) + self._interval
        finally:
            line.give_back()

    def give_back(self) -> None:
        """Leave a turn to the next in line after all; to be called before anything else is awaited."""
        self._next -= self._interval

    def hold(self, seconds: float) -> None:
        """Let nobody start for a time, whoever is in line or comes; a longer hold is not shortened.

        Args:
            seconds: How long, from now.
        """
        loop = asyncio.get_running_loop()
        self._join(loop)
        self._next = max(self._next, loop.time() + seconds)

    def _join(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            return
        # Whoever stood in line died with the last loop. Its clock is as a rule the next one's as well, so the
        # pace goes on; if it is not, no one waits for a time that may never come.
        self._next = min(self._next, loop.time() + self._interval)
        self._line = Slots(1)
        self._loop = loop

    def __repr__(self) -> str:
        return f"<Pace: {1 / self._interval:g} a second>"
