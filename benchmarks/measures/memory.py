"""A page of customers as objects: memory."""

import gc
import tracemalloc

from benchmarks import data
from benchmarks.measures.codec import codecs
from benchmarks.measures.measure import Figure, Readings, Request

NAME = "memory"
TITLE = "Memory of decoded customers"
FIGURES = (Figure("memory", "memory of a customer", "B"),)
ROUNDS = 1
HOW = (
    "What tracemalloc counts for the objects of a page while they are held, after another page was read and "
    "let go of. Exact, so one round is enough."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    first, second = (data.page(number, 100 * data.PAGE_SIZE) for number in range(2))
    for name, codec in codecs(request, readings).items():
        with readings.guard(name):
            codec.decode(first)
            gc.collect()
            tracemalloc.start()
            held = codec.decode(second)
            gc.collect()
            readings.add("memory", name, tracemalloc.get_traced_memory()[0] / data.PAGE_SIZE)
            tracemalloc.stop()
            del held
    return readings
