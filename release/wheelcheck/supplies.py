"""What all trials take from: the cache of what was downloaded, and wheels of what publishes none.

All of it lies in one folder with the environments, so that these only link to files that are there once, and
goes with it. An installer left to itself builds a source again for every environment and keeps each of them:
pyspark alone took 15 GB that way.
"""

import sys
from pathlib import Path

from attrs import frozen
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wheelcheck.commands import run
from wheelcheck.project import Project

SOURCE_ONLY = ("pyspark",)
"""What publishes no wheels, so that its users build one as well."""

BUILD_SECONDS = 1200.0
"""For fetching and building one of them; pyspark has 450 MB."""


@frozen
class Supplies:
    """Where they are.

    Attributes:
        folder: Theirs; environments are made in it as well.
    """

    folder: Path

    @property
    def cache(self) -> Path:
        """What was downloaded and unpacked."""
        return self.folder / "cache"

    @property
    def wheels(self) -> Path:
        """The wheels that were built."""
        return self.folder / "wheels"


def gather(project: Project, folder: Path) -> Supplies:
    """Build the wheels that nobody publishes, at the lowest and at the newest version that is allowed.

    Args:
        project: Whose requirements.
        folder: Where to put them.

    Raises:
        WheelError: One can't be fetched or built.
    """
    supplies = Supplies(folder)
    supplies.wheels.mkdir()
    wanted = [
        each for each in project.needs(tuple(project.extras)) if canonicalize_name(each.name) in SOURCE_ONLY
    ]
    for requirement in wanted:
        for one in dict.fromkeys((_lowest(requirement), f"{requirement.name}{requirement.specifier}")):
            # pip keeps what it built, and built it when the developer's own environment was made.
            command = [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ]
            run([*command, "--wheel-dir", str(supplies.wheels), one], folder, seconds=BUILD_SECONDS)
    return supplies


def _lowest(requirement: Requirement) -> str:
    bound = next(each.version for each in requirement.specifier if each.operator in {">=", "==", "~="})
    return f"{requirement.name}=={bound}"
