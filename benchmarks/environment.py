"""Virtual environments of the benchmarks' own, under build/bench/.

One for each Python to measure in, with the wheel of this tree, every peer's library and nothing that a
program would not have (httpx imports rich and click when they are there); one for each generator, since their
requirements differ and none of them belongs to what is measured; one to draw in.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.children import GENERATED, ROOT
from wheelcheck.pythons import Interpreter

BUILD = ROOT / "build" / "bench"
_CONSTRAINTS = Path(__file__).with_name("constraints.txt")

RUN = (
    "aiohttp",
    "attrs",
    "cattrs",
    "elasticsearch[async]",
    "httpx",
    "httpx-aiohttp",
    "httpx2",
    "msgspec",
    "openai",
    "orjson",
    "pydantic",
    "pyreqwest",
    "python-dateutil",
    'uvloop; sys_platform != "win32"',
)
PLOTS = ("matplotlib",)
_THIS = Interpreter(platform.python_version(), sys.executable)
BUILDER = ("hatchling",)


class Environment:
    """A virtual environment that holds some requirements.

    Args:
        name: Of its folder.
        requirements: What it holds, pinned by constraints.txt.
        options: More for pip.
        base: The Python that it is made with.
    """

    def __init__(
        self,
        name: str,
        requirements: Sequence[str],
        options: Sequence[str] = (),
        base: Interpreter = _THIS,
    ) -> None:
        self.folder = BUILD / "environments" / name
        scripts = "Scripts" if os.name == "nt" else "bin"
        self.scripts = self.folder / scripts
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self._requirements = list(requirements)
        self._options = list(options)
        self._base = base

    def make(self) -> None:
        """Make it, unless it is there as it should be.

        Raises:
            subprocess.CalledProcessError: A package can't be had.
        """
        stamp = self.folder / "stamp"
        wanted = _digest(
            self._base.version, self._base.path, *self._requirements, *self._options, _CONSTRAINTS.read_text()
        )
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"  making the environment {self.folder.name}", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        run([self._base.path, "-m", "venv", str(self.folder)])
        self.install("--constraint", str(_CONSTRAINTS), *self._options, *self._requirements)
        stamp.write_text(wanted)

    def install(self, *arguments: str) -> None:
        """Install something more.

        Raises:
            subprocess.CalledProcessError: A package can't be had.
        """
        quiet = ("--quiet", "--disable-pip-version-check", "--no-warn-script-location")
        run([str(self.python), "-m", "pip", "install", *quiet, *arguments])


def build_wheel() -> Path:
    """Build a wheel from the tree as it is now."""
    builder = Environment("builder", BUILDER)
    builder.make()
    wheels = BUILD / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    run([str(builder.python), "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)])
    return next(wheels.glob("*.whl"))


def make_run_environment(minor: str, base: Interpreter, wheel: Path) -> Environment:
    """The environment to measure in with one Python.

    Args:
        minor: Its version, such as `3.11`.
        base: The Python.
        wheel: This project's.

    Raises:
        subprocess.CalledProcessError: A package can't be had for it.
    """
    measured = Environment(f"run-{minor}", RUN, base=base)
    measured.make()
    measured.install("--force-reinstall", "--no-deps", str(wheel))
    # What the wheel requires and RUN does not have yet, if anything.
    measured.install("--constraint", str(_CONSTRAINTS), f"{wheel}[aiohttp,httpx2]")
    return measured


def child_environment(generated: Path | None) -> dict[str, str]:
    """The environment variables of what is measured: none that change how Python starts or what it finds.

    Args:
        generated: Where the generated peers are, if anywhere.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLOW_RETAIL"))
    }
    return kept | ({} if generated is None else {GENERATED: str(generated)})


def compile_all(folder: Path, python: Path) -> None:
    """Write the byte code of a folder's modules for one Python, so that no import has to compile."""
    run([str(python), "-m", "compileall", "-q", str(folder)])


def run(command: Sequence[str]) -> None:
    """Run a command whose output is only of interest if it fails.

    Raises:
        subprocess.CalledProcessError: It failed; what it said goes to standard error.
    """
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        done.check_returncode()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
