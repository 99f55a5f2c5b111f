"""What is in the archives: everything that belongs there, and nothing else."""

import base64
import csv
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wheelcheck.project import Project

_NEVER = frozenset({"custom", "tests", "test", "conftest.py", "__pycache__", "benchmarks", ".git", ".venv"})
"""Names that no file or folder of a wheel may have."""

_SECRET = frozenset({".env", ".netrc", ".pypirc", "id_rsa"})

MARKER = "py.typed"


def wheel_faults(project: Project, wheel: Path) -> list[str]:
    """Look into the wheel.

    Returns:
        A line for each fault; empty if it is right.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        twice = [name for name in files if archive.namelist().count(name) > 1]
    faults = [f"{name}: stands in the archive twice" for name in twice]
    faults.extend(_places(project, files))
    faults.extend(_against_tree(project, files))
    faults.extend(_record(project, files))
    return [f"{wheel.name}: {fault}" for fault in faults]


def sdist_faults(project: Project, sdist: Path) -> list[str]:
    """Look into the sdist: what the wheel is built from is there, and nothing from outside the tree's files.

    Returns:
        A line for each fault; empty if it is right.
    """
    top = f"{project.stem}-{project.version}/"
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    names = {member.name.removeprefix(top) for member in members if member.isfile()}
    faults = [f"{member.name}: not below {top}" for member in members if not member.name.startswith(top)]
    faults.extend(
        f"{member.name}: neither a file nor a folder"
        for member in members
        if not (member.isfile() or member.isdir())
    )
    faults.extend(
        f"{name}: must not be published" for name in sorted(names) if PurePosixPath(name).name in _SECRET
    )
    needed = {"pyproject.toml", "PKG-INFO", "README.md", "LICENSE", "CHANGELOG.md"}
    faults.extend(f"{name}: missing" for name in sorted(needed - names))
    faults.extend(
        f"{name}: must not be published"
        for name in sorted(names)
        if {"__pycache__", ".git"} & set(name.split("/"))
    )
    return [f"{sdist.name}: {fault}" for fault in faults]


def _places(project: Project, files: dict[str, bytes]) -> Iterator[str]:
    for name in sorted(files):
        path = PurePosixPath(name)
        top = path.parts[0]
        if top == project.dist_info:
            continue
        if top not in project.packages:
            yield f"{name}: belongs to none of the packages {', '.join(project.packages)}"
        elif _NEVER & set(path.parts):
            yield f"{name}: must not be published"
        elif path.suffix != ".py" and path.name != MARKER and name not in project.forced:
            yield f"{name}: neither Python nor named in pyproject.toml (force-include)"
    for package in project.packages:
        if f"{package}/__init__.py" not in files:
            yield f"{package}: missing, or no package"
        if files.get(f"{package}/{MARKER}") is None:
            yield f"{package}/{MARKER}: missing: type checkers would ignore the types of {package}"


def _against_tree(project: Project, files: dict[str, bytes]) -> Iterator[str]:
    expected = {
        f"{package}/{file.relative_to(folder).as_posix()}": file
        for package, folder in project.packages.items()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and (file.suffix == ".py" or file.name == MARKER)
    } | project.forced
    for name, file in expected.items():
        if name not in files:
            yield f"{name}: in the tree, but not in the wheel"
        elif files[name] != file.read_bytes():
            yield f"{name}: not what stands in the tree"
    for name in sorted(files):
        if name.partition("/")[0] in project.packages and name not in expected:
            yield f"{name}: in the wheel, but not in the tree"


def _record(project: Project, files: dict[str, bytes]) -> Iterator[str]:
    own = f"{project.dist_info}/RECORD"
    if own not in files:
        yield f"{own}: missing"
        return
    listed = {row[0]: row[1] for row in csv.reader(io.StringIO(files[own].decode())) if row and row[0] != own}
    for name in sorted({*listed, *files} - {own}):
        if name not in files:
            yield f"{name}: in RECORD, but not in the wheel"
        elif name not in listed:
            yield f"{name}: not in RECORD"
        elif listed[name] != f"sha256={_digest(files[name])}":
            yield f"{name}: not what RECORD says"


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
