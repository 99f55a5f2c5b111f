"""The command: `python -m benchmarks`, which `make bench` runs. Exits with 1 if a goal is missed."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, report
from benchmarks.children import ROOT, module_command, run_module
from benchmarks.conformity import shape_of_a_customer
from benchmarks.environment import BUILD, PLOTS, Environment, child_environment, make_run_environment
from benchmarks.generators import GENERATED, GENERATORS, SPEC, generate_peers
from benchmarks.measures import MEASURES
from benchmarks.peers import PEERS
from benchmarks.results import Results
from benchmarks.run import Options, run_rounds

DOCS = ROOT / "docs" / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare, print, write.

    Returns:
        0 if every goal was reached, 1 if not.
    """
    chosen = _parse(arguments)
    options = Options(
        only=tuple(filter(None, chosen.only.split(","))),
        rounds=chosen.rounds,
        quick=chosen.quick,
        batch_items=chosen.batch_items,
        seed=chosen.seed,
    )
    started = time.monotonic()
    shape = shape_of_a_customer(json.loads(SPEC.read_text()))
    print("a customer on average: " + ", ".join(f"{value:,.1f} {name}" for name, value in shape.items()))
    if chosen.here:
        results, python, environment = Results(), sys.executable, dict(os.environ)
    else:
        print("peers", flush=True)
        python = str(make_run_environment().python)
        results = Results(not_run=generate_peers())
        environment = child_environment(GENERATED)
    results.about = _about(python, environment, here=chosen.here)
    print("measuring", flush=True)
    run_rounds(options, results, python=python, environment=environment)
    print(report.as_text(results))
    # A part, or a rough run, never replaces the published figures.
    folder = chosen.out or (DOCS if options.whole and not chosen.here else BUILD / "out")
    report.write(results, folder)
    if not chosen.here:
        _draw(folder)
    print(f"\nwritten to {os.path.relpath(folder)} after {time.monotonic() - started:.0f} s")
    return int(any(verdict.missed for verdict in results.verdicts()))


def _about(python: str, environment: dict[str, str], *, here: bool) -> dict[str, object]:
    distributions = sorted({name for peer in PEERS for name in peer.versions})
    found: dict[str, str] = run_module(
        "benchmarks.machine", *distributions, python=python, environment=environment
    )
    for generator in () if here else GENERATORS:
        if generator.environment.python.exists():
            generators_own = [name for name in distributions if name not in found]
            found |= run_module(
                "benchmarks.machine", *generators_own, python=str(generator.environment.python)
            )
    return {"machine": machine.machine(), "versions": dict(sorted(found.items()))}


def _draw(folder: Path) -> None:
    plots = Environment("plots", PLOTS)
    plots.make()
    command = module_command("benchmarks.plots", str(folder), python=str(plots.python))
    subprocess.run(command, check=True, env=child_environment(None))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join(measure.NAME for measure in MEASURES)
    parser.add_argument("--only", default="", metavar="NAMES", help=f"some measures, with commas: {names}")
    parser.add_argument("--rounds", type=int, help="rounds of every measure; else each has its own number")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work?")
    parser.add_argument("--batch-items", type=int, default=Options.batch_items, help="of the long batch")
    parser.add_argument("--seed", type=int, default=1, help="for the order of peers")
    parser.add_argument("--out", type=Path, help="folder for the results")
    parser.add_argument(
        "--here",
        action="store_true",
        help="measure in this very environment, with the peers that it happens to have; no plots",
    )
    chosen = parser.parse_args(arguments)
    if unknown := set(filter(None, chosen.only.split(","))) - {measure.NAME for measure in MEASURES}:
        parser.error(f"no measure is named {', '.join(sorted(unknown))}; there are {names}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
