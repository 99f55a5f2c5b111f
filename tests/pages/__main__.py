"""Try pages of the reference in a clone: each alone and all together, with all that a change must pass.

Nothing of the pages stays in the repository. One clone serves all trials: its tools take long to install.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = ("generate", "lint", "test", "docs")


def main() -> int:
    """Try the pages; 0 if every trial passes."""
    parser = argparse.ArgumentParser(prog="make try-pages", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="what makes the tools of the clone")
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a page, as Markdown")
    options = parser.parse_args()
    pages = [page.resolve() for page in options.pages]
    trials = [[page] for page in pages] + ([pages] if len(pages) > 1 else [])
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone], check=True)
        for trial in trials:
            names = " ".join(page.stem for page in trial)
            sys.stdout.write(f"== {names}\n")
            sys.stdout.flush()
            subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=clone, check=True)
            subprocess.run(["git", "clean", "--quiet", "-dfx", "--exclude", ".venv"], cwd=clone, check=True)
            for target in (("vendor", f"PAGE={' '.join(map(str, trial))}"), *((each,) for each in TARGETS)):
                done = subprocess.run(["make", f"PYTHON={options.python}", *target], cwd=clone, check=False)
                if done.returncode:
                    failed.append(f"{names}: make {target[0]}")
                    break
    sys.stdout.write("\n".join(f"failed: {each}" for each in failed) or f"{len(trials)} trials passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
