"""What a batch costs an item, beyond writing it."""

import asyncio
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from benchmarks import data
from benchmarks.measures.measure import Figure, Readings, Request, settle
from benchmarks.server import served, verdict

NAME = "batch"
TITLE = "Batch"
FIGURES = (
    Figure("total", "CPU time for an item in all, over a socket", "µs"),
    Figure("items", "of it, the program's generator", "µs"),
    Figure("encode", "of it, encoding", "µs"),
    Figure("own", "of it, the SDK: reading, chunking, correlating, outcomes", "µs"),
    Figure("wire", "of it, all the rest: the socket", "µs"),
)
ROUNDS = 5
HOW = (
    "Items from a generator through `batch_stream`, every outcome looked at, in three ways: to a bare server "
    "that answers 200; answered inside the process, which leaves out the socket; and the generator, the "
    "encoding (bodies of 500) and the making of the answers alone. CPU time of the client's process for an "
    "item. The SDK's own cost is the second way less the third."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    count = 5_000 if request.quick else 50_000
    with served() as base_url:
        for name in request.peers:
            with readings.guard(name):
                peer = import_module(f"benchmarks.peers.{name}").PEER
                for wired in (True, False):
                    asyncio.run(peer.upsert(base_url, map(peer.item, range(2_000)), wired=wired))
                settle()
                items = _cpu_of_items(peer, count)
                encode, answers = _cpu_of_bodies(peer, count)
                inside = _cpu_of_batch(peer, base_url, count, wired=False)
                total = _cpu_of_batch(peer, base_url, count, wired=True)
                own = inside - items - encode - answers
                wire = total - items - encode - own
                spent = {"total": total, "items": items, "encode": encode, "own": own, "wire": wire}
                for figure, seconds in spent.items():
                    readings.add(figure, name, seconds * 1e6)
    return readings


def _cpu_of_batch(peer: Any, base_url: str, count: int, *, wired: bool) -> float:
    settle()
    started = time.process_time()
    succeeded = asyncio.run(peer.upsert(base_url, map(peer.item, range(count)), wired=wired))
    spent = (time.process_time() - started) / count
    if succeeded != count:
        raise ValueError(f"{count - succeeded} of {count} items did not succeed")
    return spent


def _cpu_of_items(peer: Any, count: int) -> float:
    started = time.process_time()
    for _ in map(peer.item, range(count)):
        pass
    return (time.process_time() - started) / count


def _cpu_of_bodies(peer: Any, count: int) -> tuple[float, float]:
    """What it costs to encode the bodies, and what to read them for their answers, which a server does."""
    encoding = answering = 0.0
    for body in _bodies(peer, count):
        started = time.process_time()
        content = peer.encode(body)
        encoded = time.process_time()
        verdict(content)
        answering += time.process_time() - encoded
        encoding += encoded - started
    return encoding / count, answering / count


def _bodies(peer: Any, count: int) -> Iterator[Any]:
    for first in range(0, count, data.BATCH_SIZE):
        yield peer.body([peer.item(index).to_dict() for index in range(first, first + data.BATCH_SIZE)])
