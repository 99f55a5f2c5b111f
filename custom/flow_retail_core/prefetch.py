"""Requests for the pages ahead, kept in flight and taken in order."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from flow_retail_core.leavable import dismiss, start

R = TypeVar("R")


class LookAhead(Generic[R]):
    """Up to `width` requests in flight or answered and not yet taken.

    Args:
        ask: Makes the request for the page at an index.
        width: How many.
    """

    def __init__(self, ask: Callable[[int], Coroutine[Any, Any, R]], width: int) -> None:
        self._ask = ask
        self._width = width
        self._tasks: deque[tuple[int, asyncio.Task[R]]] = deque()

    def fill(self, index: int, stop: int) -> None:
        """Start requests.

        Args:
            index: The page that will be taken next.
            stop: The index at which to stop.
        """
        ahead = self._tasks[-1][0] + 1 if self._tasks else index
        while len(self._tasks) < self._width and ahead < stop:
            self._tasks.append((ahead, start(self._ask(ahead))))
            ahead += 1

    async def take(self, index: int) -> R:
        """Wait for the page at an index; ask for it if no request is under way.

        Raises:
            FlowRetailError: The request failed.
        """
        if not self._tasks:
            return await self._ask(index)
        # Those ahead were asked for in order, from an index that was about to be taken.
        return await self._tasks.popleft()[1]

    async def clear(self) -> None:
        """Cancel what is in flight, and wait until it has ended."""
        tasks = self._release()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def abandon(self) -> None:
        """Cancel what is in flight without waiting: all that can be done when an iterator is garbage.

        May be called from any thread, as the garbage collector does.
        """
        for _, task in self._tasks:
            loop = task.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._release)
            return

    def _release(self) -> "list[asyncio.Task[R]]":
        tasks = [task for _, task in self._tasks]
        self._tasks.clear()
        for task in tasks:
            dismiss(task)
        return tasks
