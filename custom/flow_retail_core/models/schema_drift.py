"""Where responses left the spec: counted by path, never with a value."""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from attrs import field, frozen

from flow_retail_core.errors import DecodeError

_log = logging.getLogger("flow_retail_client")

HIGHEST = 2.0**64
"""orjson makes floats from here on, and up to `LOWEST`, of integers that it can't hold."""

LOWEST = -(2.0**63)

_LONGEST_PATH = 64
"""Steps of a path that is counted; models that hold themselves would make ever new paths."""


@frozen
class Deviation:
    """One way in which responses of one operation left the spec at one path.

    Attributes:
        operation: The operation, such as `customers.list`.
        path: The JSON path, list positions as `[*]`, such as `$.items[*].customerType`.
        kind: What was found there, such as `missing`, `null`, `an unknown enum value`, `not a date-time`.
    """

    operation: str
    path: str
    kind: str


class SchemaDrift:
    """The deviations that a client has read so far: `flow.schema_drift`.

    Shared by a client and its scoped copies. It holds one entry a path and kind: it can't outgrow the spec.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        # By plain tuples: a field that the server changed deviates in every record, and is counted each time.
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def count(self, operation: str, path: str, kind: str) -> None:
        """Count a deviation; the first of its kind is logged as a warning.

        Args:
            operation: The operation.
            path: The JSON path, list positions as `[*]`.
            kind: What was found there.
        """
        at = (operation, path, kind)
        self._counts[at] += 1
        if self._counts[at] == 1:
            _log.warning("%s: %s is %s", operation, path, kind)

    def counts(self) -> dict[Deviation, int]:
        """How often each deviation was read."""
        return {Deviation(*at): count for at, count in list(self._counts.items())}

    def __iter__(self) -> Iterator[Deviation]:
        return iter([Deviation(*at) for at in list(self._counts)])

    def __len__(self) -> int:
        return len(self._counts)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __repr__(self) -> str:
        return f"<SchemaDrift: {len(self)} kinds of deviation, {self._counts.total()} in all>"


@frozen
class DecodingContext:
    """What is the same for all values of one response."""

    operation: str
    strict: bool = False
    exact: bool = True
    """Whether all numbers are as they came: orjson makes floats of integers beyond 64 bits."""
    deviations: list[tuple[str, str]] = field(factory=list[tuple[str, str]], init=False)
    """Path and kind of each, counted when all is read: a response with inexact numbers is read twice."""


Location: TypeAlias = "DecodingContext | tuple[Location, str | int] | None"
"""Where a value is: a step from another location, and at the root the `DecodingContext`.

A step is a property's name (`items[*]` for each item of a list) or a position in a list. The root is None
where nothing is tolerated: the caller wants the exception.
"""

Step: TypeAlias = "str | int | None"
"""The last step to a value; the pair with its location is made only for what deviates.

None if the location is already that of the value.
"""


class InexactNumber(Exception):  # noqa: N818  # never leaves the package
    """A number that orjson may have rounded: the response is to be read again, exactly."""


def context_of(location: Location) -> DecodingContext | None:
    """The context that a location belongs to."""
    while isinstance(location, tuple):
        location = location[0]
    return location


def may_be_rounded(value: Any) -> bool:
    """Whether a value holds a number that orjson may have rounded."""
    waiting: list[Any] = [value]
    while waiting:
        value = waiting.pop()
        if type(value) is float:
            if not LOWEST < value < HIGHEST:
                return True
        elif type(value) is dict:
            waiting.extend(cast("dict[str, Any]", value).values())
        elif type(value) is list:
            waiting.extend(value)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    return False


def report(location: Location, kind: str, value: Any = None) -> Any:
    """Report a deviation and return its value; DecodeError if strict, TypeError without a context."""
    context = context_of(location)
    if context is None:
        raise TypeError(kind)
    if not context.exact and may_be_rounded(value):
        raise InexactNumber
    if context.strict:
        raise DecodeError(operation=context.operation, path=json_path(location), reason=kind)
    context.deviations.append((json_path(location, positions=False), kind))
    return value


def check_exact(location: Location, value: Any) -> None:
    """Raise InexactNumber if the value may have been rounded, or ValueError at a location without context."""
    context = context_of(location)
    if (context is None or not context.exact) and may_be_rounded(value):
        raise ValueError if context is None else InexactNumber


def json_path(location: Location, *, positions: bool = True) -> str:
    """Write a location as JSONPath, list positions as numbers or, without `positions`, as `*`."""
    steps: list[str] = []
    while isinstance(location, tuple):
        location, step = location
        steps.append(f".{step}" if isinstance(step, str) else f"[{step}]" if positions else "[*]")
    steps.append("$")
    steps.reverse()
    if not positions and len(steps) > _LONGEST_PATH:
        steps[_LONGEST_PATH:] = ["..*"]
    return "".join(steps)
