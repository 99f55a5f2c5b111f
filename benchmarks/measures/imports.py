"""Importing a client in a fresh interpreter."""

import os
import subprocess
import sys

from benchmarks.children import GENERATED
from benchmarks.measures.measure import Figure, Readings, Request
from benchmarks.peers import BY_NAME

NAME = "import"
TITLE = "Import"
FIGURES = (Figure("time", "time of the import", "ms"),)
ROUNDS = 11
HOW = (
    "The statement that a program begins with, timed inside a fresh isolated interpreter (`python -I`), byte "
    "code compiled before; the peers in turns."
)
_PROGRAM = """
import sys, time
sys.path += sys.argv[1:]
started = time.perf_counter()
{statement}
print(time.perf_counter() - started)
"""


def measure(request: Request) -> Readings:
    """Measure one round."""
    readings = Readings()
    for name in request.shuffled():
        with readings.guard(name):
            readings.add("time", name, _seconds(BY_NAME[name].imports) * 1e3)
    return readings


def _seconds(statement: str) -> float:
    path = filter(None, [os.environ.get(GENERATED)])
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM.format(statement=statement), *path],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
