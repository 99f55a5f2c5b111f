"""How many pages a prefetching list holds at its peak."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from importlib import import_module

from benchmarks import data
from benchmarks.measures.measure import Figure, Readings, Request
from benchmarks.measures.pages import WINDOWS
from benchmarks.peers.peer import PageReader
from benchmarks.server import served

NAME = "page_memory"
TITLE = "Memory of pages"
FIGURES = (
    *(Figure(f"held_{window}", f"peak with prefetch={window}", "pages") for window in WINDOWS),
    Figure("per_window", "peak for each further page in the window", "pages"),
    Figure("growth", "growth of the peak when a list is twice as long, prefetch=8", "pages"),
)
ROUNDS = 3
HOW = (
    "The peak of what tracemalloc counts while 40 pages are read, in units of one decoded page; raw bodies, "
    "their JSON, and the UIDs seen so far included. Then once more with 80 pages."
)
PAGES = 80
LATENCY = 0.02


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    for name in request.peers:
        with readings.guard(name):
            reader = import_module(f"benchmarks.peers.{name}").PEER
            page = _size_of_a_page(reader.decode)
            short = {window: _peak(reader, PAGES // 2, window) / page for window in WINDOWS}
            for window, held in short.items():
                readings.add(f"held_{window}", name, held)
            first, last = WINDOWS[0], WINDOWS[-1]
            readings.add("per_window", name, (short[last] - short[first]) / (last - first))
            readings.add("growth", name, _peak(reader, PAGES, 8) / page - short[8])
    return readings


def _peak(reader: PageReader, pages: int, window: int) -> int:
    with served(customers=pages * data.PAGE_SIZE, latency=LATENCY) as base_url:
        # Imports and caches are not what is asked for.
        asyncio.run(reader.read_all(base_url, pages, window))
        gc.collect()
        tracemalloc.start()
        asyncio.run(reader.read_all(base_url, pages, window))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def _size_of_a_page(decode: Callable[[bytes], object]) -> int:
    content = data.page(0, PAGES * data.PAGE_SIZE)
    gc.collect()
    tracemalloc.start()
    held = decode(content)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del held
    return size
