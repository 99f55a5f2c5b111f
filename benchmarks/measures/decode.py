"""A page of customers from bytes to objects: time."""

from functools import partial

from benchmarks import data
from benchmarks.measures.codec import codecs, time_in_turns
from benchmarks.measures.measure import Figure, Readings, Request

NAME = "decode"
TITLE = "Decode, bytes to objects"
FIGURES = (Figure("time", "time for a customer", "µs"),)
ROUNDS = 5
HOW = (
    f"A page of {data.PAGE_SIZE} customers, from the body of the answer to the objects that a caller gets; "
    "all peers in one process, in turns."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    page = data.page(0, 100 * data.PAGE_SIZE)
    tasks = {name: partial(codec.decode, page) for name, codec in codecs(request, readings).items()}
    for name, seconds in time_in_turns(tasks, request, readings, 3 if request.quick else 20).items():
        readings.add("time", name, seconds / data.PAGE_SIZE * 1e6)
    return readings
