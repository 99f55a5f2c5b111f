"""What pyproject.toml promises of the package."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from attrs import frozen
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wheelcheck.faults import WheelError


@frozen
class Suite:
    """The tests that pass with the lowest and the newest requirements.

    Attributes:
        tests: Their folder.
        extras: The extras of the package that they need.
        group: The dependency group that they need.
        pinned: The tools of the group without a bound of their own; the others are as low or as new as the
            package's own requirements.
    """

    tests: str
    extras: tuple[str, ...]
    group: str
    pinned: frozenset[str]


@frozen
class Project:
    """The promises.

    Attributes:
        root: The repository.
        name: The distribution.
        version: Its version, which stands in pyproject.toml and nowhere else.
        requires_python: The range of Python versions.
        minors: The versions of Python named in the classifiers, such as `3.11`.
        packages: Per importable package of the wheel, its folder.
        forced: Per file of the wheel that has another place in the tree, that place.
        dependencies: What it needs to run.
        extras: Per extra, what it needs besides.
        scripts: Per command, the object that runs it.
        plugins: Per group of other entry points, the names and modules in it.
        suite: The tests to run, if any.
    """

    root: Path
    name: str
    version: str
    requires_python: str
    minors: tuple[str, ...]
    packages: dict[str, Path]
    forced: dict[str, Path]
    dependencies: tuple[Requirement, ...]
    extras: dict[str, tuple[Requirement, ...]]
    scripts: dict[str, str]
    plugins: dict[str, dict[str, str]]
    suite: Suite | None

    @classmethod
    def read(cls, root: Path) -> Self:
        """Read pyproject.toml.

        Raises:
            WheelError: It lacks something that is needed here.
        """
        content = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        try:
            project: dict[str, Any] = content["project"]
            wheel: dict[str, Any] = content["tool"]["hatch"]["build"]["targets"]["wheel"]
            return cls(
                root=root,
                name=project["name"],
                version=project["version"],
                requires_python=project["requires-python"],
                minors=tuple(
                    found[1]
                    for each in project["classifiers"]
                    if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each))
                ),
                packages={Path(each).name: root / each for each in wheel["packages"]},
                forced={to: root / each for each, to in wheel.get("force-include", {}).items()},
                dependencies=tuple(map(Requirement, project["dependencies"])),
                extras={
                    extra: tuple(map(Requirement, needed))
                    for extra, needed in project.get("optional-dependencies", {}).items()
                },
                scripts=project.get("scripts", {}),
                plugins=project.get("entry-points", {}),
                suite=_read_suite(content),
            )
        except KeyError as error:
            raise WheelError(f"pyproject.toml: {error} is missing.") from None

    @property
    def stem(self) -> str:
        """The name as it stands in file names."""
        return re.sub(r"[-_.]+", "_", self.name).lower()

    @property
    def dist_info(self) -> str:
        """The folder of the metadata in the wheel."""
        return f"{self.stem}-{self.version}.dist-info"

    def needs(self, extras: tuple[str, ...]) -> list[Requirement]:
        """What is installed with some of the extras."""
        return [*self.dependencies, *(each for extra in extras for each in self.extras[extra])]


def _read_suite(content: dict[str, Any]) -> Suite | None:
    found: dict[str, Any] | None = content["tool"].get("wheelcheck")
    if found is None:
        return None
    needed = _flatten(content["dependency-groups"], found["group"])
    pinned = frozenset(canonicalize_name(each.name) for each in needed if not each.specifier)
    return Suite(found["tests"], tuple(found["extras"]), found["group"], pinned)


def _flatten(groups: dict[str, Any], name: str) -> Iterator[Requirement]:
    for each in groups[name]:
        if isinstance(each, str):
            yield Requirement(each)
        else:
            yield from _flatten(groups, each["include-group"])
