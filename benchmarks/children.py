"""Processes that the benchmarks start: which interpreter, with which path."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# After site-packages, where the wheel is: a path before it would put the tree's own packages in the wheel's
# place. -P keeps the working directory out for the same reason.
_START = (
    "import runpy, sys; sys.path += sys.argv.pop(1).split('|'); sys.argv.pop(0); "
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
GENERATED = "FLOW_RETAIL_BENCH_GENERATED"
"""The environment variable that says where the generated peers are."""


def module_command(
    module: str, *arguments: str, python: str | None = None, environment: Mapping[str, str] = os.environ
) -> list[str]:
    """The command that runs a module of the benchmarks.

    Args:
        module: Its full name.
        arguments: What it is given.
        python: The interpreter; else the one that runs now.
        environment: The environment variables that it will have.
    """
    path = "|".join(filter(None, (environment.get(GENERATED), str(ROOT), str(ROOT / "release"))))
    return [python or sys.executable, "-P", "-c", _START, path, module, *arguments]


def run_module(
    module: str, *arguments: str, python: str | None = None, environment: Mapping[str, str] = os.environ
) -> Any:
    """Run a module of the benchmarks that prints JSON, and give that.

    Raises:
        subprocess.CalledProcessError: It failed; what it said went to standard error.
    """
    command = module_command(module, *arguments, python=python, environment=environment)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=dict(environment))
    return json.loads(done.stdout)
