"""Installing the wheel into clean environments and running it there."""

import json
import os
import tempfile
from pathlib import Path

from attrs import frozen
from packaging.utils import canonicalize_name

from wheelcheck.commands import complete, run, run_uv
from wheelcheck.faults import WheelError
from wheelcheck.project import Project
from wheelcheck.pythons import Interpreter
from wheelcheck.supplies import Supplies

SMOKE = Path(__file__).with_name("smoke.py")

LOWEST = "lowest-direct"
"""What the bounds in pyproject.toml allow at least; what those need in turn is as new as it gets."""

NEWEST = "highest"


@frozen
class Trial:
    """One environment to try.

    Attributes:
        python: The interpreter.
        resolution: LOWEST or NEWEST.
        extras: The extras installed.
        guests: Distributions installed besides, which load the plugins of the package.
    """

    python: Interpreter
    resolution: str
    extras: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()


@frozen
class Outcome:
    """What came of it.

    Attributes:
        trial: What was tried.
        versions: Of the package's own requirements, what was installed.
        fault: What went wrong, or empty.
        from_source: Whether something had no wheel for this Python and had to be built.
    """

    trial: Trial
    versions: dict[str, str]
    fault: str = ""
    from_source: bool = False


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
        except WheelError as error:
            return Outcome(trial, {}, str(error).replace(f"{place}{os.sep}", ""))
    installed: dict[str, str] = {
        canonicalize_name(name): version for name, version in json.loads(shown.splitlines()[-1]).items()
    }
    named = [canonicalize_name(each.name) for each in project.needs(trial.extras)]
    return Outcome(trial, {name: installed.get(name, "-") for name in named}, from_source=from_source)


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
    try:
        # The lowest version that users of this Python can install: one that has a wheel for it.
        run_uv([*command, "--only-binary", ":all:"], supplies.cache)
    except WheelError:
        run_uv(command, supplies.cache)
        return True
    return False


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
