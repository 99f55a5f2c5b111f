"""The codecs of peers, and timing them in turns."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from importlib import import_module

from benchmarks.measures.measure import Readings, Request, settle
from benchmarks.peers.peer import Codec


def codecs(request: Request, readings: Readings) -> dict[str, Codec]:
    """Load the peers that are asked for."""
    loaded: dict[str, Codec] = {}
    for name in request.peers:
        with readings.guard(name):
            loaded[name] = import_module(f"benchmarks.peers.{name}").PEER
    return loaded


def time_in_turns(
    tasks: Mapping[str, Callable[[], object]], request: Request, readings: Readings, turns: int
) -> dict[str, float]:
    """Time tasks, each many times, in an order that changes from turn to turn.

    Args:
        tasks: What to do, by peer.
        request: Whose peers and seed are used.
        readings: Takes failures.
        turns: How often each has its turn.

    Returns:
        The median, in seconds.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for name, task in tasks.items():
        with readings.guard(name):
            task()
    settle()
    for turn in range(turns):
        for name in request.shuffled(turn):
            if name not in tasks or name in readings.failures:
                continue
            task = tasks[name]
            gc.collect()
            # The first of three warms the caches that the peer before has filled with its own.
            task()
            for _ in range(2):
                started = time.perf_counter()
                made = task()
                times[name].append(time.perf_counter() - started)
                # Now, since the next one must not pay for the end of this one.
                del made
    return {name: statistics.median(values) for name, values in times.items() if values}
