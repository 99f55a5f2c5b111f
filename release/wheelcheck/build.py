"""Building sdist and wheel, so that the same sources always give the same bytes."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from attrs import frozen

from wheelcheck.faults import WheelError
from wheelcheck.project import Project


@frozen
class Built:
    """What is published."""

    sdist: Path
    wheel: Path


def build(project: Project, folder: Path) -> Built:
    """Build the sdist, and the wheel twice: from the tree and from the sdist.

    Args:
        project: What to build.
        folder: Where to; it is emptied first.

    Returns:
        The sdist, and the wheel that both ways give.

    Raises:
        WheelError: Building failed, or the two wheels are not the same, byte for byte.
    """
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, **_date(project.root)}
    sdist = _run_hatchling(project.root, "sdist", folder, environment)
    wheel = _run_hatchling(project.root, "wheel", folder, environment)
    again = folder / "from-sdist"
    with tarfile.open(sdist) as archive:
        archive.extractall(again, filter="data")
    (source,) = again.iterdir()
    other = _run_hatchling(source, "wheel", again / "wheel", environment)
    faults = unlike(wheel, other)
    shutil.rmtree(again)
    if faults:
        raise WheelError(
            "the wheel built from the sdist is not the one built from the tree:\n  " + "\n  ".join(faults)
        )
    return Built(sdist, wheel)


def unlike(one: Path, other: Path) -> list[str]:
    """Say where two wheels differ; empty if they are the same bytes."""
    if one.read_bytes() == other.read_bytes():
        return []
    with zipfile.ZipFile(one) as mine, zipfile.ZipFile(other) as theirs:
        ours = {name: mine.read(name) for name in mine.namelist()}
        its = {name: theirs.read(name) for name in theirs.namelist()}
    faults = [f"{name}: in one of them only" for name in sorted(ours.keys() ^ its.keys())]
    faults.extend(
        f"{name}: different" for name in sorted(ours.keys() & its.keys()) if ours[name] != its[name]
    )
    return faults or ["the same files, but other dates, order or rights"]


def _date(root: Path) -> dict[str, str]:
    """The date that files in the archives get: that of the commit, if there is one and no other is given."""
    if "SOURCE_DATE_EPOCH" in os.environ or not (root / ".git").exists():
        return {}
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {"SOURCE_DATE_EPOCH": done.stdout.strip()} if done.returncode == 0 else {}


def _run_hatchling(root: Path, target: str, folder: Path, environment: dict[str, str]) -> Path:
    before = set(folder.glob("*")) if folder.exists() else set()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WheelError(f"building the {target} failed:\n{done.stdout}{done.stderr}".rstrip())
    (made,) = set(folder.glob("*")) - before
    return made
