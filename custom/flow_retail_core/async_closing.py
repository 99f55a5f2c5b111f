"""Iterators that close what works for them when they are left, and the tasks behind them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Self, TypeVar

R = TypeVar("R")

_ending: set[asyncio.Task[Any]] = set()


class AsyncClosingIterator(ABC):
    """An iterator whose background work ends when it is closed.

    A class and not an async generator: a generator that is left by `break` is closed by a coroutine of the
    event loop's making, which is reported as never awaited if the loop ends first.
    """

    @abstractmethod
    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended; iterating is over then."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


def cancel_and_forget(task: asyncio.Task[Any]) -> None:
    """Cancel a task that nobody may wait for.

    It is kept alive until it has ended: the loop itself holds tasks weakly, and one that is collected before
    is logged as destroyed.
    """
    if not task.done():
        _ending.add(task)
        task.add_done_callback(_ending.discard)
        task.cancel()


def abandon(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks without waiting, from any thread: the garbage collector may call it."""
    for task in tasks:
        loop = task.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(cancel_and_forget, task)
