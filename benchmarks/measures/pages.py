"""A hundred pages from a server that takes 50 ms for each."""

import asyncio
import time
from importlib import import_module

from benchmarks import data
from benchmarks.measures.measure import Figure, Readings, Request, settle
from benchmarks.peers import OURS
from benchmarks.peers.peer import PageReader
from benchmarks.server import served

NAME = "pages"
TITLE = "Pages"
WINDOWS = (1, 4, 8, 16)
PAGES = 100
LATENCY = 0.05
FIGURES = (
    Figure("sequential", "one page after the other", "s"),
    *(Figure(f"prefetch_{window}", f"prefetch={window}", "s") for window in WINDOWS[1:]),
)
ROUNDS = 3
HOW = (
    f"{PAGES} pages of {data.PAGE_SIZE} customers from a bare server that answers each after "
    f"{LATENCY * 1e3:.0f} ms, every customer looked at; stock in a loop over page numbers, ours with "
    "`async for` and `prefetch`."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    pages = 10 if request.quick else PAGES
    with served(customers=pages * data.PAGE_SIZE, latency=LATENCY) as base_url:
        for window in WINDOWS:
            for name in request.shuffled(window):
                if window > 1 and name != OURS:
                    continue
                with readings.guard(name):
                    reader = import_module(f"benchmarks.peers.{name}").PEER
                    figure = "sequential" if window == 1 else f"prefetch_{window}"
                    readings.add(figure, name, _seconds(reader, base_url, pages, window))
    return readings


def _seconds(reader: PageReader, base_url: str, pages: int, window: int) -> float:
    settle()
    started = time.perf_counter()
    count = asyncio.run(reader.read_all(base_url, pages, window))
    seconds = time.perf_counter() - started
    if count != pages * data.PAGE_SIZE:
        raise ValueError(f"{count} customers came")
    return seconds
