"""An event loop whose clock stands still while there is work, and else jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Passes the time that the loop would wait for events, instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        assert timeout is not None, "everyone waits for something that will never come"
        self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop for coroutines that wait for nothing but each other and the clock, which starts at 0."""

    def __init__(self) -> None:
        self.jumping = _Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now

    def advance(self, seconds: float) -> None:
        """Let time pass in which nothing runs, as in a program that blocks its loop."""
        self.jumping.now += seconds


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
