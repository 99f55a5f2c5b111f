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
    """Which part of the version a change is worth."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


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
    major, minor, patch = map(int, parts)
    if major == 0 and bump:
        bump = Bump.MINOR if bump is Bump.MAJOR else Bump.PATCH
    match bump:
        case Bump.MAJOR:
            return f"{major + 1}.0.0"
        case Bump.MINOR:
            return f"{major}.{minor + 1}.0"
        case Bump.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case _:
            return version
