"""Reading one customer over HTTP, with one, fifty and a thousand tasks at a time."""

import asyncio
import statistics
import time
from importlib import import_module

from benchmarks.measures.measure import Figure, Readings, Request, settle
from benchmarks.peers.peer import Caller, Get
from benchmarks.server import CUSTOMER_UID, served

NAME = "calls"
TITLE = "Calls"
TASKS = (1, 50, 1_000)
FIGURES = (
    *(
        Figure(f"rate_{tasks}", f"calls with {tasks:,} at a time", "calls/s", more_is_better=True)
        for tasks in TASKS
    ),
    *(Figure(f"cpu_{tasks}", f"CPU time for a call, {tasks:,} at a time", "µs") for tasks in TASKS),
)
ROUNDS = 5
HOW = (
    "GET of one customer from a bare server in a process of its own, over loopback, on asyncio's own event "
    "loop; so many tasks, each with one call after the other. Bare clients read the body and leave it at "
    "that; openai-python and elasticsearch-py read JSON; the others hand out objects. Every client has as "
    "many connections as it has unless told otherwise. CPU time is that of the client's process."
)
_WARM_UP = 50
"""Calls at once before the clock runs, so that connections are open."""


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    callers: dict[str, Caller] = {}
    for name in request.peers:
        with readings.guard(name):
            callers[name] = import_module(f"benchmarks.peers.{name}").PEER
    seconds = 0.1 if request.quick else 0.35
    measured: dict[tuple[str, str], list[float]] = {}
    with served() as base_url:
        # There and back, so that a process that slows down or speeds up on the way favours none of them.
        for turn, tasks in enumerate(TASKS if request.quick else (*TASKS, *reversed(TASKS))):
            for name in request.shuffled((turn, tasks)):
                if name in callers and name not in readings.failures:
                    with readings.guard(name):
                        rate, cpu = asyncio.run(_rate_and_cpu(callers[name], base_url, tasks, seconds))
                        measured.setdefault((f"rate_{tasks}", name), []).append(rate)
                        measured.setdefault((f"cpu_{tasks}", name), []).append(cpu * 1e6)
    for (figure, name), values in measured.items():
        readings.add(figure, name, statistics.mean(values))
    return readings


async def _rate_and_cpu(caller: Caller, base_url: str, tasks: int, seconds: float) -> tuple[float, float]:
    """Calls a second, and seconds of CPU time for each."""
    async with caller.connected(base_url) as get:
        # Connections are opened, and whatever a first call imports is imported.
        for _ in range(3):
            await asyncio.gather(*(get(CUSTOMER_UID) for _ in range(min(tasks, _WARM_UP))))
        settle()
        count = [0]
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(_call_on(get, count, ended))
            # Every task has begun by then.
            await asyncio.sleep(seconds / 10)
            count[0], cpu_started, started = 0, time.process_time(), time.perf_counter()
            await asyncio.sleep(seconds)
            rate = count[0] / (time.perf_counter() - started)
            cpu = (time.process_time() - cpu_started) / max(count[0], 1)
            # No task is cancelled: a client that swallows a cancellation would run on for ever.
            ended.set()
        return rate, cpu


async def _call_on(get: Get, count: list[int], ended: asyncio.Event) -> None:
    while not ended.is_set():
        await get(CUSTOMER_UID)
        count[0] += 1
