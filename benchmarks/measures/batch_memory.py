"""A million items from a generator: how far memory grows."""

import asyncio
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.measures.measure import Figure, Readings, Request
from benchmarks.server import served

NAME = "batch_memory"
TITLE = "Memory of a long batch"
FIGURES = (
    Figure("growth", "growth of memory", "MiB"),
    Figure("rate", "items a second, the program's generator included", "items/s", more_is_better=True),
)
ROUNDS = 1
HOW = (
    "A million items from a generator through `batch_stream`: the peak of the process's resident memory, "
    "less its peak after the first 2,000."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    count = min(20_000, request.batch_items) if request.quick else request.batch_items
    with served() as base_url:
        for name in request.peers:
            with readings.guard(name):
                peer = import_module(f"benchmarks.peers.{name}").PEER
                asyncio.run(peer.upsert(base_url, map(peer.item, range(2_000))))
                before, started = peak_memory(), time.perf_counter()
                succeeded = asyncio.run(peer.upsert(base_url, map(peer.item, range(count))))
                if succeeded != count:
                    raise ValueError(f"{count - succeeded} of {count} items did not succeed")
                readings.add("rate", name, count / (time.perf_counter() - started))
                readings.add("growth", name, (peak_memory() - before) / 2**20)
    return readings


def peak_memory() -> int:
    """The most bytes that this process had resident so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux: `getrusage` would tell the parent's peak if that was higher.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
