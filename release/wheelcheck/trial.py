"""Installing the wheel into clean environments and running it there."""

import json
import os
import tempfile
from pathlib import Path

from attrs import frozen
from packaging.utils import canonicalize_name

from wheelcheck.commands import complete, run, run_uv
from wheelcheck.faults import WheelError
from wheelcheck.project import Project, Suite
from wheelcheck.pythons import Interpreter
from wheelcheck.supplies import Supplies

SMOKE = Path(__file__).with_name("smoke.py")

LOWEST = "lowest-direct"
"""What the bounds in pyproject.toml allow at least; what those need in turn is as new as it gets."""

NEWEST = "highest"

SUITE_SECONDS = 1200.0
"""For the tests; they take a minute and a half on an idle machine."""


@frozen
class Trial:
    """One environment to try.

    Attributes:
        python: The interpreter.
        resolution: LOWEST or NEWEST.
        extras: The extras installed.
        guests: Distributions installed besides, which load the plugins of the package.
        suite: The tests to run, if any.
    """

    python: Interpreter
    resolution: str
    extras: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    suite: Suite | None = None


@frozen
class Outcome:
    """What came of it.

    Attributes:
        trial: What was tried.
        versions: Of the package's own requirements, what was installed.
        fault: What went wrong, or empty.
        from_source: Whether something had no wheel for this Python and had to be built.
        tests: How the tests ended; empty if none were run.
    """

    trial: Trial
    versions: dict[str, str]
    fault: str = ""
    from_source: bool = False
    tests: str = ""


def attempt(project: Project, wheel: Path, trial: Trial, supplies: Supplies) -> Outcome:
    """Install the wheel and run the smoke program, the commands and the plugins."""
    with tempfile.TemporaryDirectory(dir=supplies.folder) as place:
        folder = Path(place)
        try:
            python = _make(folder, trial, supplies)
            from_source = _install(project, wheel, trial, python, folder, supplies)
            run_uv(["pip", "check", "--python", str(python)], supplies.cache)
            shown = run([str(python), "-I", str(SMOKE), project.version], folder)
            _run_commands(project, trial, python.parent, folder)
            _run_guests(trial, python, folder)
            tests = _run_suite(trial.suite, project.root, python) if trial.suite else ""
        except WheelError as error:
            return Outcome(trial, {}, str(error).replace(f"{place}{os.sep}", ""))
    installed: dict[str, str] = {
        canonicalize_name(name): version for name, version in json.loads(shown.splitlines()[-1]).items()
    }
    named = [canonicalize_name(each.name) for each in project.needs(trial.extras)]
    versions: dict[str, str] = {name: installed.get(name, "-") for name in named}
    return Outcome(trial, versions, from_source=from_source, tests=tests)


def _make(folder: Path, trial: Trial, supplies: Supplies) -> Path:
    command = ["venv", "--quiet", "--no-project", "--python", trial.python.path, str(folder / "env")]
    run_uv(command, supplies.cache)
    return folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"


def _install(
    project: Project, wheel: Path, trial: Trial, python: Path, folder: Path, supplies: Supplies
) -> bool:
    # What the wheel needs is named here once more: only what is named is taken at its lowest.
    wanted = folder / "requirements.txt"
    wanted.write_text(
        "\n".join(
            [
                f"{project.name} @ {wheel.resolve().as_uri()}",
                *map(str, project.needs(trial.extras)),
                *trial.guests,
            ]
        )
    )
    command = ["pip", "install", "--quiet", "--python", str(python), "--resolution", trial.resolution]
    command += ["--find-links", str(supplies.wheels), "--requirement", str(wanted)]
    if trial.suite:
        command += ["--group", f"{project.root / 'pyproject.toml'}:{trial.suite.group}"]
        command += ["--constraint", str(_pin_tools(trial.suite, project.root, folder))]
    try:
        # The lowest version that users of this Python can install: one that has a wheel for it.
        run_uv([*command, "--only-binary", ":all:"], supplies.cache)
    except WheelError:
        run_uv(command, supplies.cache)
        return True
    return False


def _pin_tools(suite: Suite, root: Path, folder: Path) -> Path:
    pins = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    file = folder / "constraints.txt"
    file.write_text(
        "\n".join(pin for pin in pins if canonicalize_name(pin.partition("==")[0]) in suite.pinned)
    )
    return file


def _run_suite(suite: Suite, root: Path, python: Path) -> str:
    command = [str(python), "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", suite.tests]
    done = complete(command, root, {"PYTHONDONTWRITEBYTECODE": "1"}, SUITE_SECONDS)
    if done.returncode:
        raise WheelError(f"{done.stdout[-4000:]}{done.stderr}\n{suite.tests} fails")
    return f"{suite.tests}: {done.stdout.strip().splitlines()[-1]}"


def _run_commands(project: Project, trial: Trial, programs: Path, folder: Path) -> None:
    """With its extra, a command starts; without it, it says which one is missing."""
    for name, target in project.scripts.items():
        done = complete([str(programs / name), "--help"], folder)
        owner = target.partition(".")[0].removeprefix("flow_retail_")
        if done.returncode and (owner in trial.extras or owner not in project.extras):
            raise WheelError(f"{name} --help: exit code {done.returncode}:\n{done.stderr.strip()}")
        if done.returncode and f"[{owner}]" not in (done.stderr.strip().splitlines() or [""])[-1]:
            raise WheelError(
                f"{done.stderr.strip()}\n{name} --help: does not say that {project.name}[{owner}] is missing"
            )


def _run_guests(trial: Trial, python: Path, folder: Path) -> None:
    if "pytest" in trial.guests:
        # A plugin is loaded by every run of pytest, whatever of the extras is installed.
        done = complete(
            [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "env" / "share")],
            folder,
        )
        if done.returncode not in {4, 5}:
            raise WheelError(f"pytest with the plugin: {(done.stdout + done.stderr).strip()}")
