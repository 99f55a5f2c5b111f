"""Installing the wheel into clean environments and running it there."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from packaging.utils import canonicalize_name

from wheelcheck.faults import WheelError
from wheelcheck.project import Project
from wheelcheck.pythons import Interpreter

SMOKE = Path(__file__).with_name("smoke.py")

LOWEST = "lowest-direct"
"""What the bounds in pyproject.toml allow at least; what those need in turn is as new as it gets."""

NEWEST = "highest"

SOURCE_ONLY = ("pyspark",)
"""What publishes no wheels, so that its users build one as well."""

SECONDS = 300.0
"""For one step: an install, a program."""


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


def attempt(project: Project, wheel: Path, trial: Trial) -> Outcome:
    """Install the wheel and run the smoke program, the commands and the plugins."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            python = _make(folder, trial)
            from_source = _install(project, wheel, trial, python, folder)
            _uv(["pip", "check", "--python", str(python)])
            shown = _run([str(python), "-I", str(SMOKE), project.version], folder)
            _run_commands(project, trial, python.parent, folder)
            _run_guests(trial, python, folder)
        except WheelError as error:
            return Outcome(trial, {}, str(error).replace(f"{place}{os.sep}", ""))
    installed: dict[str, str] = {
        canonicalize_name(name): version for name, version in json.loads(shown.splitlines()[-1]).items()
    }
    named = [canonicalize_name(each.name) for each in project.needs(trial.extras)]
    return Outcome(trial, {name: installed.get(name, "-") for name in named}, from_source=from_source)


def _make(folder: Path, trial: Trial) -> Path:
    _uv(["venv", "--quiet", "--no-project", "--python", trial.python.path, str(folder / "env")])
    return folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"


def _install(project: Project, wheel: Path, trial: Trial, python: Path, folder: Path) -> bool:
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
    command += ["--requirement", str(wanted)]
    try:
        # The lowest version that users of this Python can install: one that has a wheel for it.
        _uv([*command, "--only-binary", ":all:", *(f"--no-binary={name}" for name in SOURCE_ONLY)])
    except WheelError:
        _uv(command)
        return True
    return False


def _run_commands(project: Project, trial: Trial, programs: Path, folder: Path) -> None:
    """With its extra, a command starts; without it, it says which one is missing."""
    for name, target in project.scripts.items():
        done = _done([str(programs / name), "--help"], folder)
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
        done = _done(
            [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "env" / "share")],
            folder,
        )
        if done.returncode not in {4, 5}:
            raise WheelError(f"pytest with the plugin: {(done.stdout + done.stderr).strip()}")


def _uv(command: Sequence[str]) -> str:
    settings = {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    return _run([sys.executable, "-m", "uv", *command], Path.cwd(), settings)


def _run(command: Sequence[str], folder: Path, settings: dict[str, str] | None = None) -> str:
    done = _done(command, folder, settings)
    if done.returncode:
        raise WheelError(
            f"{Path(command[0]).name} {' '.join(command[1:4])}: {(done.stdout + done.stderr).strip()}"
        )
    return done.stdout


def _done(
    command: Sequence[str], folder: Path, settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    # What the environment holds for developers, such as PYTHONPATH, users do not have.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "FLOW_RETAIL"))
    }
    try:
        return subprocess.run(  # noqa: S603  # our own words
            command,
            cwd=folder,
            env={**kept, **(settings or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WheelError(f"{Path(command[0]).name}: {error}") from None
