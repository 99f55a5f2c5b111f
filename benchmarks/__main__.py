"""The command: `python -m benchmarks`, which `make bench` runs. Exits with 1 if a goal is missed."""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import machine, report
from benchmarks.children import ROOT, module_command, run_module
from benchmarks.conformity import shape_of_a_customer
from benchmarks.environment import (
    BUILD,
    PLOTS,
    Environment,
    build_wheel,
    child_environment,
    compile_all,
    make_run_environment,
)
from benchmarks.generators import GENERATED, GENERATORS, SPEC, Generator, generate_peers
from benchmarks.measures import MEASURES
from benchmarks.peers import PEERS
from benchmarks.results import Results, Run
from benchmarks.run import Bench, Options, run_rounds
from wheelcheck.pythons import find_pythons

DOCS = ROOT / "docs" / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare, print, write.

    Returns:
        0 if every goal was reached with every Python, 1 if not.
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
    run = Run(machine.machine(), {})
    if chosen.here:
        benches = [Bench(sys.executable, dict(os.environ), Results(about=_about(sys.executable, os.environ)))]
        run.by_python[".".join(platform.python_version_tuple()[:2])] = benches[0].results
    else:
        benches = _prepare(run, chosen.python)
    if not benches:
        print("\n".join(f"not run: {line}" for line in report.not_run(run)), file=sys.stderr)
        return 1
    print("measuring with " + ", ".join(run.by_python), flush=True)
    run_rounds(options, benches)
    print(report.as_text(run))
    # A part, or a rough run, never replaces the published figures.
    folder = chosen.out or (DOCS if options.whole and not chosen.here else BUILD / "out")
    report.write(run, folder)
    if not chosen.here:
        _draw(folder)
    print(f"\nwritten to {os.path.relpath(folder)} after {time.monotonic() - started:.0f} s")
    return int(run.missed or not set(chosen.python or ()) <= run.by_python.keys())


def _prepare(run: Run, required: Sequence[str] | None) -> list[Bench]:
    """Generate the peers, and make an environment for each Python of this machine."""
    print("peers", flush=True)
    not_run = generate_peers()
    wheel = build_wheel()
    environment = child_environment(GENERATED)
    benches: list[Bench] = []
    for minor, base in find_pythons(required or _supported()).items():
        if base is None:
            run.missing[minor] = "it is not on this machine"
            print(f"  Python {minor} is not on this machine: not measured", flush=True)
            continue
        try:
            python = make_run_environment(minor, base, wheel).python
        except subprocess.CalledProcessError:
            run.missing[minor] = "what is measured can't be installed with it"
            continue
        compile_all(GENERATED, python)
        results = Results(not_run=dict(not_run), about=_about(str(python), environment, GENERATORS))
        run.by_python[minor] = results
        benches.append(Bench(str(python), environment, results))
    return benches


def _supported() -> list[str]:
    """The versions of Python that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = (
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each) for each in project["classifiers"]
    )
    return [match[1] for match in found if match]


def _about(
    python: str, environment: Mapping[str, str], generators: Sequence[Generator] = ()
) -> dict[str, object]:
    distributions = sorted({name for peer in PEERS for name in peer.versions})
    about = run_module("benchmarks.machine", *distributions, python=python, environment=environment)
    found: dict[str, str] = about["versions"]
    for generator in generators:
        if generator.environment.python.exists():
            missing = [name for name in distributions if name not in found]
            own = run_module("benchmarks.machine", *missing, python=str(generator.environment.python))
            found |= own["versions"]
    return {"python": about["python"], "versions": dict(sorted(found.items()))}


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
    parser.add_argument(
        "--python",
        action="append",
        metavar="3.N",
        help="a version that must be here; may be repeated (default: every supported one that is)",
    )
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
