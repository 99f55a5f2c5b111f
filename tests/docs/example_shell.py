"""Runs the commands of a page: the project's own, and those that start what a page has shown."""

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from example_pages import ROOT, Block

NOT_RUN = {
    "apt-get": "installs packages of the system",
    "cd": "moves in a reader's own folders",
    "curl": "is no program of this project",
    "export": "the tests set these variables to their own sandbox",
    "git": "changes the repository",
    "make": "the targets have tests of their own, and take minutes",
    "pip": "changes the environment that is under test",
    "python -m benchmarks": "takes minutes, and has tests of its own",
    "python -m venv": "changes the environment that is under test",
    "uv": "changes the environment that is under test",
    "uvicorn": "serves until it is stopped; the pages call such a service without it",
}
"""How commands begin that are shown but not run, and why."""

_SERVERS = ("flow-retail-sandbox", "flow-retail sandbox")
_SECONDS = 30

_PYTEST = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "-p pytest_asyncio.plugin -p pytest_httpx -p flow_retail_pytest -p no:cacheprovider",
}
"""What a reader's environment has: the plugins that the pages install, not all that we develop with."""


class UnknownCommandError(Exception):
    """A page shows a command that is neither run nor known as one that is not."""


def put_programs(folder: Path) -> None:
    """Write the project's own commands into a folder, as an installation does."""
    for name, target in _declared().items():
        module, _, function = target.partition(":")
        program = folder / name
        program.write_text(
            f"#!{sys.executable}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n",
            encoding="utf-8",
        )
        program.chmod(0o755)


def commands_of(block: Block) -> Iterator[str]:
    """The commands of a block: lines joined where they are continued, comments left out."""
    for line in block.code.replace("\\\n", " ").splitlines():
        command = line.strip()
        if command and not command.startswith("#"):
            yield command


def run_shell(block: Block, folder: Path) -> str:
    """Run what a block shows.

    Args:
        block: The block.
        folder: Where to run it.

    Returns:
        What it prints.

    Raises:
        UnknownCommandError: It shows a command that this module does not know.
        AssertionError: A command failed.
    """
    printed = ""
    for command in commands_of(block):
        words = [word for word in shlex.split(command, comments=True) if not _is_assignment(word)]
        plain = " ".join(words)
        if not words or any(f"{plain} ".startswith(f"{beginning} ") for beginning in NOT_RUN):
            continue
        if plain.startswith(_SERVERS):
            _start_and_stop(block, words, folder)
        elif words[0] in {*_declared(), "pytest"} or (words[0] == "python" and (folder / words[1]).is_file()):
            printed += _run(block, command, folder)
        else:
            raise UnknownCommandError(
                f"{block.where}: {plain} is no program of this project, nor of this page; mark the block"
                " `sh no-run` with the reason in an HTML comment before it, or say in example_shell.NOT_RUN"
                " why it is not run"
            )
    return printed


def _declared() -> dict[str, str]:
    """The commands that an installation brings, and what they call."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    scripts: dict[str, str] = project["scripts"]
    return scripts


def _is_assignment(word: str) -> bool:
    return "=" in word and word.partition("=")[0].isidentifier()


def _variables(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    # The programs of a page import what this test imports.
    imports = os.pathsep.join(sys.path)
    return {**os.environ, "PATH": path, "PYTHONPATH": imports, "COLUMNS": "100", **_PYTEST}


def _run(block: Block, command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=_variables(folder),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{block.where}: {command}\n{done.stdout}{done.stderr}"
    return done.stdout


def _start_and_stop(block: Block, words: list[str], folder: Path) -> None:
    """Start a server on a free port in place of the one shown, wait until it prints its address, stop it."""
    port = words.index("--port") + 1 if "--port" in words else None
    free = [*words[:port], "0", *words[port + 1 :]] if port else [*words, "--port", "0"]
    with subprocess.Popen(
        free,
        cwd=folder,
        env=_variables(folder),
        executable=str(folder / "bin" / free[0]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None  # asked for above
            said = ""
            for line in server.stdout:
                said += line
                if "http://127.0.0.1:" in line:
                    break
            assert "http://127.0.0.1:" in said, f"{block.where}: {' '.join(words)}\n{said}"
        finally:
            server.terminate()
            server.communicate(timeout=_SECONDS)
