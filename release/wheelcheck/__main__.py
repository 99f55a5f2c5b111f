"""`make wheel`: build, look inside, try.

Exit code 0: what stands in dist/ can be published. 1: it can't, and the lines above say why. 2: usage.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wheelcheck.build import build
from wheelcheck.contents import sdist_faults, wheel_faults
from wheelcheck.faults import WheelError
from wheelcheck.metadata import metadata_faults, tool_faults
from wheelcheck.project import Project
from wheelcheck.pythons import Interpreter, find_pythons
from wheelcheck.supplies import gather
from wheelcheck.trial import LOWEST, NEWEST, Outcome, Trial, attempt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `make wheel`.

    Args:
        arguments: Those of the command line, without the program; by default the process's own.
    """
    parser = argparse.ArgumentParser(prog="python -m wheelcheck", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: this folder)")
    parser.add_argument(
        "--python",
        action="append",
        metavar="3.N",
        help="a version that must be here; may be repeated (default: every supported one that is)",
    )
    parser.add_argument("--no-trials", action="store_true", help="build and look inside only")
    options = parser.parse_args(arguments)
    try:
        project = Project.read(options.root.resolve())
        built = build(project, project.root / "dist")
        faults = [
            *wheel_faults(project, built.wheel),
            *sdist_faults(project, built.sdist),
            *metadata_faults(project, built.wheel),
            *tool_faults(project, built),
        ]
        if faults:
            raise WheelError("what was built can't be published:\n  " + "\n  ".join(faults))
        print(
            f"{built.sdist.name} and {built.wheel.name}: contents and metadata are right, and the sdist "
            "gives the same wheel, byte for byte"
        )
        return 0 if options.no_trials else _try(project, built.wheel, options.python)
    except WheelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _try(project: Project, wheel: Path, required: Sequence[str] | None) -> int:
    pythons = find_pythons(required or project.minors)
    trials = trials_of(project, [python for python in pythons.values() if python])
    place = project.root / "build"
    place.mkdir(exist_ok=True)
    # Installing and running are other processes; threads only wait for them.
    with (
        tempfile.TemporaryDirectory(prefix="trials-", dir=place) as folder,
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        supplies = gather(project, Path(folder))
        outcomes = list(pool.map(lambda trial: attempt(project, wheel, trial, supplies), trials))
    print(table(outcomes, [minor for minor, python in pythons.items() if python is None]))
    for fault in dict.fromkeys(outcome.fault for outcome in outcomes if outcome.fault):
        print(f"\n{fault}", file=sys.stderr)
    missing = bool(required) and None in pythons.values()
    return 1 if missing or not outcomes or any(outcome.fault for outcome in outcomes) else 0


def trials_of(project: Project, pythons: Sequence[Interpreter]) -> list[Trial]:
    """Everything to try.

    With every Python: nothing but the package, and all of its extras. What an extra forgot to name, and what
    plugins do to other programs, does not depend on the Python: this is tried with the last one. Tests run
    at both ends: the first Python with the lowest requirements, the last with the newest.
    """
    every = tuple(project.extras)
    trials = [
        Trial(python, resolution, extras)
        for python in pythons
        for extras in dict.fromkeys([(), every])
        for resolution in (LOWEST, NEWEST)
    ]
    for python in pythons[-1:]:
        if len(every) > 1:
            trials.extend(Trial(python, NEWEST, (extra,)) for extra in every)
        if "pytest11" in project.plugins:
            trials.extend(Trial(python, NEWEST, extras, ("pytest",)) for extras in dict.fromkeys([(), every]))
    if project.suite:
        ends = dict.fromkeys([(pythons[0], LOWEST), (pythons[-1], NEWEST)] if pythons else [])
        # They take longest, so they start first.
        trials[:0] = [Trial(python, end, project.suite.extras, suite=project.suite) for python, end in ends]
    return trials


def table(outcomes: Sequence[Outcome], missing: Sequence[str]) -> str:
    """Lay out what came of the trials."""
    rows = [("Python", "with", "requirements", "result")]
    for outcome in outcomes:
        trial = outcome.trial
        versions = " ".join(f"{name} {version}" for name, version in outcome.versions.items())
        source = " (something was built from source)" if outcome.from_source else ""
        tests = f"; {outcome.tests}" if outcome.tests else ""
        rows.append(
            (
                trial.python.version,
                " ".join([*(f"[{extra}]" for extra in trial.extras), *trial.guests]) or "-",
                "lowest" if trial.resolution == LOWEST else "newest",
                f"FAILED: {outcome.fault.splitlines()[-1]}"
                if outcome.fault
                else f"ok: {versions}{source}{tests}",
            )
        )
    rows.extend((minor, "-", "-", "not on this machine: not tried") for minor in missing)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
