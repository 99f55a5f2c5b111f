"""Ctrl-C and SIGTERM: the first asks to stop in order, the second stops at once."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from flow_retail_cli.errors import ExitCode


class StopRequest:
    """A request to stop.

    Attributes:
        code: The exit code that this means; None until then.
    """

    def __init__(self) -> None:
        self.code: ExitCode | None = None


@contextmanager
def stopping(on_first: Callable[[], object]) -> Generator[StopRequest]:
    """Handle signals: the first calls `on_first` in the loop, the second cancels the task."""
    request = StopRequest()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def receive(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    def stop(number: int) -> None:
        if request.code is not None:
            if task is not None:
                task.cancel()
            return
        request.code = ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.TERMINATED
        on_first()

    before = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
