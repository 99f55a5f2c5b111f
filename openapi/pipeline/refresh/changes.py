"""What changed between two states of the client, and what that means for its version."""

import enum
from collections.abc import Iterable

from attrs import frozen

from pipeline.errors import PipelineError


class Impact(enum.Enum):
    """How a change affects users."""

    BREAKING = "breaking"
    ADDED = "added"
    CHANGED = "changed"


@frozen
class Change:
    """One change."""

    impact: Impact  # how it affects users
    subject: str  # what changed, as users write it: `flow.customers.list()`, `models.Customer.email`
    text: str  # what happened; each `{}` stands for one of `values`
    values: tuple[str, ...] = ()  # texts of the spec or of the code, to be shown as such and never as markup


class Bump(enum.IntEnum):
    """Which part of the version a change raises."""

    MAJOR = 0
    MINOR = 1
    PATCH = 2
    NONE = 3


def bump_of(changes: Iterable[Change], *, package_differs: bool) -> Bump:
    """Say what the changes are worth by SemVer."""
    impacts = {change.impact for change in changes}
    if Impact.BREAKING in impacts:
        return Bump.MAJOR
    if impacts:
        return Bump.MINOR
    return Bump.PATCH if package_differs else Bump.NONE


def next_version(version: str, bump: Bump) -> str:
    """Apply SemVer; before 1.0, a new major version is a new minor one, and the rest a patch."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise PipelineError(
            f"pyproject.toml: #/project/version: {version!a} is not three numbers. Correct it."
        )
    if bump is Bump.NONE:
        return version
    numbers = [int(part) for part in parts]
    raised = bump if numbers[0] else min(bump + 1, Bump.PATCH)
    return ".".join(map(str, [*numbers[:raised], numbers[raised] + 1, 0, 0][:3]))
