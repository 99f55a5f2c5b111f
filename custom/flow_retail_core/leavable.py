"""Iterators that may be left at any point, and the tasks that work for them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

R = TypeVar("R")

_dying: set[asyncio.Task[Any]] = set()


class Leavable(ABC):
    """An iterator whose background work ends when it is left.

    A class and not an async generator: a generator that is left by `break` is closed by a coroutine of the
    event loop's making, which is reported as never awaited if the loop ends first.
    """

    @abstractmethod
    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended; iterating is over then."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def start(work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
    """Start a task whose failure may never be looked at, which asyncio would otherwise report."""
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_see)
    return task


def dismiss(task: asyncio.Task[Any]) -> None:
    """Cancel a task that nobody may wait for.

    It is kept alive until it has ended: the loop itself holds tasks weakly, and one that is collected before
    is reported as destroyed.
    """
    if not task.done():
        _dying.add(task)
        task.add_done_callback(_dying.discard)
        task.cancel()


def _see(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
