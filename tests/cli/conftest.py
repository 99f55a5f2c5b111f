"""The command line against a sandbox: in this process, or as the program that users start."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner

# The helpers' folder; importlib mode does not put it there.
sys.path.insert(0, str(Path(__file__).parent))

from terminal import Ended, Run

from flow_retail_cli.app import app
from flow_retail_sandbox import run_sandbox


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the developer's own, and a folder of one's own to work in."""
    for name in list(os.environ):
        if name.startswith("FLOW_RETAIL_") or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    # Programs started from another folder find what this one found by a relative path.
    if path := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, path.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Ctrl-C arrives, here and in programs started from here, even if these tests run in the background.

    What a shell runs in the background, and CI may, ignores it, and hands that on.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    from flow_retail_client import Retry
    from flow_retail_core.client import Client

    original = Client.__init__

    def impatient(self: Any, **given: Any) -> None:
        original(self, **{"retry": Retry(base_delay=0.001, max_delay=0.002), **given})

    monkeypatch.setattr(Client, "__init__", impatient)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A sandbox with 60 customers, set up in environment variables."""
    config = uvicorn.Config
    # A request that hangs on purpose is not waited for in the end.
    monkeypatch.setattr(
        uvicorn, "Config", lambda *given, **named: config(*given, **{**named, "timeout_graceful_shutdown": 0})
    )
    with run_sandbox(customers=60, seed=5) as running:
        monkeypatch.setenv("FLOW_RETAIL_TENANT", running.tenant)
        monkeypatch.setenv("FLOW_RETAIL_TOKEN", running.token)
        monkeypatch.setenv("FLOW_RETAIL_BASE_URL", running.base_url)
        yield running


@pytest.fixture
def run() -> Run:
    """Run a command in this process."""

    def run(*arguments: str, code: int | None = 0, stdin: str | None = None) -> Ended:
        result = CliRunner().invoke(app, [*map(str, arguments)], input=stdin, prog_name="flow-retail")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert code is None or result.exit_code == code, result.stderr + result.stdout
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command as a program of its own."""
    started: list[subprocess.Popen[str]] = []

    def spawn(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flow_retail_cli", *map(str, arguments)],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
        )
        started.append(process)
        return process

    yield spawn
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()
