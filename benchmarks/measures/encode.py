"""The body of a batch from objects to bytes: time."""

from functools import partial

from benchmarks import data
from benchmarks.measures.codec import codecs, time_in_turns
from benchmarks.measures.measure import Figure, Readings, Request

NAME = "encode"
TITLE = "Encode, objects to bytes"
FIGURES = (Figure("time", "time for an item", "µs"),)
ROUNDS = 5
HOW = (
    f"The body of a batch of {data.BATCH_SIZE} items, from objects to the bytes that are sent; all peers in "
    "one process, in turns."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    items = data.items()
    tasks = {}
    for name, codec in codecs(request, readings).items():
        with readings.guard(name):
            tasks[name] = partial(codec.encode, codec.body(items))
    for name, seconds in time_in_turns(tasks, request, readings, 3 if request.quick else 20).items():
        readings.add("time", name, seconds / data.BATCH_SIZE * 1e6)
    return readings
