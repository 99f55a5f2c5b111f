"""Requests for the next pages, kept in flight and taken in order."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from flow_retail_core.async_closing import cancel_and_forget, start_task

R = TypeVar("R")


class Prefetcher(Generic[R]):
    """Up to `width` pages that are in flight, or have arrived and were not yet taken."""

    def __init__(self, fetch: Callable[[int], Coroutine[Any, Any, R]], width: int) -> None:
        self._fetch = fetch
        self._width = width
        self._tasks: deque[tuple[int, asyncio.Task[R]]] = deque()

    def fill(self, index: int, stop: int) -> None:
        """Start the requests that are not under way for the pages from one index up to another."""
        following = self._tasks[-1][0] + 1 if self._tasks else index
        while len(self._tasks) < self._width and following < stop:
            self._tasks.append((following, start_task(self._fetch(following))))
            following += 1

    async def take(self, index: int) -> R:
        """Wait for the page at an index; request it if it is not the next one under way."""
        if self._tasks and self._tasks[0][0] == index:
            return await self._tasks.popleft()[1]
        return await self._fetch(index)

    async def clear(self) -> None:
        """Cancel what is in flight, and wait until it has ended."""
        tasks = self._cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def abandon(self) -> None:
        """Cancel what is in flight without waiting, from any thread: the garbage collector may call it."""
        for _, task in self._tasks:
            loop = task.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._cancel)
            return

    def _cancel(self) -> "list[asyncio.Task[R]]":
        tasks: list[asyncio.Task[R]] = []
        while self._tasks:
            tasks.append(self._tasks.popleft()[1])
            cancel_and_forget(tasks[-1])
        return tasks
