"""The Pythons of this machine: on the PATH, and those of pyenv."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ASK = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.executable)"


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs.

    Attributes:
        version: Its version, whole.
        path: Its program.
    """

    version: str
    path: str


def find_pythons(
    minors: Sequence[str], environment: Mapping[str, str] = os.environ
) -> dict[str, Interpreter | None]:
    """Look for one interpreter of each version.

    Args:
        minors: The versions, such as `3.11`.
        environment: Where PATH and PYENV_ROOT are looked up.

    Returns:
        Per version the first that runs and is of it; None where there is none.
    """
    return {
        minor: next(
            (
                found
                for program in _candidates(minor, environment)
                if (found := _ask(program, environment)) and found.version.startswith(f"{minor}.")
            ),
            None,
        )
        for minor in minors
    }


def _candidates(minor: str, environment: Mapping[str, str]) -> Iterator[str]:
    for name in (f"python{minor}", "python3", "python"):
        for folder in environment.get("PATH", "").split(os.pathsep):
            if found := shutil.which(name, path=folder):
                yield found
    home = environment.get("HOME", str(Path.home()))
    pyenv = Path(environment.get("PYENV_ROOT") or Path(home) / ".pyenv")
    for version in sorted(pyenv.glob(f"versions/{minor}.*"), reverse=True):
        yield str(version / "bin" / "python")


def _ask(program: str, environment: Mapping[str, str]) -> Interpreter | None:
    # Without PYTHON* variables, and a name on the PATH may be a shim that has nothing behind it.
    try:
        done = subprocess.run(
            [program, "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env=dict(environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split(maxsplit=1)
    return Interpreter(words[0], words[1].strip()) if done.returncode == 0 and len(words) == 2 else None
