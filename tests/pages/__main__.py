"""Try pages of the reference in a clone: each alone and all together, with all that a change must pass.

Nothing of the pages stays in the repository. One clone serves all trials: its tools take long to install.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MINUTES = {"vendor": 15, "generate": 5, "lint": 30, "test": 60, "docs": 15}
"""The longest that each target may take; the first also installs what the pipeline needs."""
QUICK = ("tests/pages", "tests/client", "tests/records", "tests/spark", "tests/sandbox/test_document.py")
"""The tests that follow from the pages."""


def main() -> int:
    """Try the pages; 0 if every trial passes."""
    parser = argparse.ArgumentParser(prog="make try-pages", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="what makes the tools of the clone")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="with a page alone, run only the tests that follow from the pages; all together, run every test",
    )
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a page, as Markdown")
    options = parser.parse_args()
    pages: list[Path] = [page.resolve() for page in options.pages]
    missing = [str(page) for page in pages if not page.is_file()]
    if missing:
        parser.error(f"there is no {', '.join(missing)}")
    trials = [[page] for page in pages] + ([pages] if len(pages) > 1 else [])
    results: list[str] = []
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone], check=True)
        for trial in trials:
            names = ", ".join(page.stem for page in trial)
            say(f"== {names}")
            start = time.monotonic()
            quick = options.quick and len(trial) < len(pages)
            failure = try_pages(clone, trial, options.python, quick=quick)
            minutes = (time.monotonic() - start) / 60
            results.append(f"{names}: {f'FAILED: {failure}' if failure else 'passed'} ({minutes:.0f} min)")
            failed += failure is not None
            if failure is None:
                results += [f"    {line}" for line in proof(clone, trial)]
    say("\n".join(["", "== results", *results]))
    return 1 if failed else 0


def try_pages(clone: Path, pages: list[Path], python: str, *, quick: bool) -> str | None:
    """Vendor pages into a clone of what is committed, and run everything there; what failed first."""
    subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=clone, check=True)
    subprocess.run(["git", "clean", "--quiet", "-dfx", "--exclude", ".venv"], cwd=clone, check=True)
    for target, minutes in MINUTES.items():
        command = ["make", f"PYTHON={python}", target]
        if target == "vendor":
            command.append(f"PAGE={' '.join(map(str, pages))}")
        if target == "test" and quick:
            command = [".venv/bin/python", "-P", "-m", "pytest", "--quiet", "--numprocesses", "2", *QUICK]
        try:
            done = subprocess.run(command, cwd=clone, check=False, timeout=60 * minutes)
        except subprocess.TimeoutExpired:
            return f"make {target} took longer than {minutes} minutes"
        if done.returncode:
            return f"make {target}"
    return None


def proof(clone: Path, pages: list[Path]) -> list[str]:
    """What the tests of these pages went through, a line each; the client of the clone lists it."""
    program = [".venv/bin/python", "-P", "tests/pages/proof.py", *(page.stem for page in pages)]
    return subprocess.run(program, cwd=clone, check=True, capture_output=True, text=True).stdout.splitlines()


def say(text: str) -> None:
    """Show a text at once, before what the next program shows."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
