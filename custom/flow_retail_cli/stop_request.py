"""Ctrl-C and the signal to end: the first asks to stop in good order, the second to stop at once."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from flow_retail_cli.errors import ExitCode


class StopRequest:
    """Whether somebody asked to stop.

    Attributes:
        code: The exit code that this means; None while nobody has.
    """

    def __init__(self) -> None:
        self.code: ExitCode | None = None


@contextmanager
def stopping(on_first: Callable[[], object]) -> Generator[StopRequest]:
    """Take Ctrl-C and SIGTERM until the block is left; in the main thread of a program that runs a loop."""
    asked = StopRequest()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def receive(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    def stop(number: int) -> None:
        if asked.code is not None:
            if task is not None:
                task.cancel()
            return
        asked.code = ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.TERMINATED
        on_first()

    before = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
