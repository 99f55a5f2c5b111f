"""What the archives say of themselves, against pyproject.toml and the changelog."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wheelcheck.build import Built
from wheelcheck.project import Project


def metadata_faults(project: Project, wheel: Path) -> list[str]:
    """Read the metadata of a wheel.

    Returns:
        A line for each fault; empty if it is right.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    found = next((files[name] for name in files if name.endswith(".dist-info/METADATA")), None)
    if found is None:
        return [f"{wheel.name}: METADATA is missing"]
    metadata = BytesParser().parsebytes(found)
    entry_points = next((files[name] for name in files if name.endswith(".dist-info/entry_points.txt")), b"")
    faults = [
        *_fields(project, metadata),
        *_requirements(project, metadata),
        *_entry_points(project, entry_points.decode(), set(files)),
        *_bounds(project),
        *_changelog(project),
    ]
    return [f"{wheel.name}: {fault}" for fault in faults]


def tool_faults(project: Project, built: Built) -> list[str]:
    """Ask the tools that know what an index refuses: check-wheel-contents, twine, validate-pyproject.

    Returns:
        What each of them complained of.
    """
    top = ",".join(project.packages)
    commands = {
        "check-wheel-contents": ["check_wheel_contents", "--toplevel", top, str(built.wheel)],
        "twine": ["twine", "check", "--strict", str(built.sdist), str(built.wheel)],
        "validate-pyproject": ["validate_pyproject", str(project.root / "pyproject.toml")],
    }
    faults: list[str] = []
    for name, command in commands.items():
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=project.root
        )
        if done.returncode:
            faults.append(f"{name}: {(done.stdout + done.stderr).strip()}")
    return faults


def _fields(project: Project, metadata: Message) -> Iterator[str]:
    expected = {
        "Name": project.name,
        "Version": project.version,
        "Requires-Python": project.requires_python,
        "License-Expression": "Apache-2.0",
        "Description-Content-Type": "text/markdown",
    }
    for field, value in expected.items():
        if metadata[field] != value:
            yield f"METADATA: {field} is {metadata[field]!r}, not {value!r}"


def _requirements(project: Project, metadata: Message) -> Iterator[str]:
    listed = {_text(Requirement(each)) for each in metadata.get_all("Requires-Dist", [])}
    expected = {_text(each) for each in project.dependencies}
    for extra, needed in project.extras.items():
        expected |= {_text(each, extra) for each in needed}
    for each in sorted(listed ^ expected):
        where = "pyproject.toml" if each in expected else "METADATA"
        yield f"METADATA: {each} stands in {where} only"
    if set(metadata.get_all("Provides-Extra", [])) != set(project.extras):
        yield f"METADATA: Provides-Extra is not {', '.join(project.extras)}"


def _text(requirement: Requirement, extra: str | None = None) -> str:
    marker = f"({requirement.marker}) and " if requirement.marker and extra else requirement.marker or ""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    condition = f'{marker}extra == "{extra}"' if extra else f"{marker}"
    text = f"{canonicalize_name(requirement.name)}{extras}{requirement.specifier}"
    return _plain(f"{text}; {condition}" if condition else text)


def _plain(text: str) -> str:
    """A requirement without what may be written in several ways."""
    return re.sub(r"[()\s]", "", text.replace("'", '"'))


def _entry_points(project: Project, text: str, files: set[str]) -> Iterator[str]:
    parser = ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    parser.read_string(text)
    listed = {section: dict(parser[section]) for section in parser.sections()}
    expected = {**({"console_scripts": project.scripts} if project.scripts else {}), **project.plugins}
    if listed != expected:
        yield f"entry_points.txt: {listed}, not {expected}"
    for group in expected.values():
        for name, target in group.items():
            module = target.partition(":")[0].replace(".", "/")
            if not {f"{module}.py", f"{module}/__init__.py"} & files:
                yield f"entry_points.txt: {name}: there is no module {target.partition(':')[0]}"


def _bounds(project: Project) -> Iterator[str]:
    for each in [*project.dependencies, *(one for needed in project.extras.values() for one in needed)]:
        if not any(one.operator in {">=", "==", "~="} for one in each.specifier):
            yield f"pyproject.toml: {each} has no lower bound, so that nobody knows what it was tried with"


def _changelog(project: Project) -> Iterator[str]:
    text = (project.root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(project.version)}(\s|$)", text, re.MULTILINE):
        yield f"CHANGELOG.md: there is no section `## {project.version}`"
