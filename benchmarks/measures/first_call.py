"""The first call of a fresh process: how long it keeps the event loop from everything else."""

from benchmarks import first_call_probe
from benchmarks.children import run_module
from benchmarks.measures.measure import Figure, Readings, Request
from benchmarks.server import served

NAME = "first_call"
TITLE = "First call"
FIGURES = (
    *(Figure(f"stall_{call}", f"longest stall in the first {call}", "ms") for call in first_call_probe.CALLS),
    *(Figure(f"modules_{call}", f"modules that it imports: {call}", "") for call in first_call_probe.CALLS),
    Figure("construct", "making the client", "ms"),
)
ROUNDS = 7
HOW = (
    "In a fresh interpreter with an open client, a task that does nothing but come back to the event loop "
    "notes the longest time between two of its turns while the first call runs: imports, and all that blocks."
)


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    with served() as base_url:
        for name in request.peers:
            with readings.guard(name):
                for call in first_call_probe.CALLS:
                    probed = run_module(first_call_probe.__name__, base_url, call)
                    readings.add(f"stall_{call}", name, probed["stall"] * 1e3)
                    readings.add(f"modules_{call}", name, probed["modules"])
                    readings.add("construct", name, probed["construct"] * 1e3)
    return readings
