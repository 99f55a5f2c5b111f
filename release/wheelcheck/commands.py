"""Running other programs as users would: without what only developers have around them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wheelcheck.faults import WheelError

SECONDS = 300.0
"""For one step: an install, a program."""


def run(
    command: Sequence[str],
    folder: Path,
    settings: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> str:
    """Run a program that must succeed.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        settings: Environment variables it gets besides.
        seconds: How long it may take.

    Returns:
        What it printed.

    Raises:
        WheelError: It can't be run, took too long, or ended with another exit code than 0.
    """
    done = complete(command, folder, settings, seconds)
    if done.returncode:
        raise WheelError(
            f"{Path(command[0]).name} {' '.join(command[1:4])}: {(done.stdout + done.stderr).strip()}"
        )
    return done.stdout


def complete(
    command: Sequence[str],
    folder: Path,
    settings: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever that is; as `run`."""
    # What the environment holds for developers, such as PYTHONPATH, users do not have.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "FLOW_RETAIL"))
    }
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env={**kept, **(settings or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WheelError(f"{Path(command[0]).name}: {error}") from None


def run_uv(command: Sequence[str], cache: Path) -> str:
    """Run uv on the Pythons that are here.

    Args:
        command: Its arguments.
        cache: What it downloaded and unpacked.

    Raises:
        WheelError: It failed.
    """
    settings = {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    settings["UV_CACHE_DIR"] = str(cache)
    return run([sys.executable, "-m", "uv", *command], Path.cwd(), settings)
