"""What it is to read JSON tolerantly: the context of one answer, places in it, and what a reader does."""

from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from flow_retail_core.errors import DecodeError
from flow_retail_core.exact import may_be_rounded

_LONGEST_PATH = 64
"""Steps of the paths that are counted; models that hold themselves would make ever new ones."""

Place: TypeAlias = "Reading | tuple[Place, str | int] | None"
"""Where a value stands in an answer: a step from another place, and at the root the answer's `Reading`.

A step is a property's name (`items[*]` for each item of a list) or a position in a list. At the root stands
None where nothing is to be tolerated: whoever asked wants the exception.
"""

Step: TypeAlias = "str | int | None"
"""The last step to a value, beside the place it leads on from: the pair is made only for what deviates.

None if the place is already that of the value.
"""

T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """Reads one kind of value."""

    def exact(self, value: Any, /) -> T_co:
        """Read a value that is what the spec promises; any exception means that it is not."""
        ...

    def read(self, value: Any, place: Place, /) -> T_co:
        """Read whatever came: a value that is not as promised is reported and kept as it came.

        What is kept may be of another type than the annotation says; `flow.schema_drift` tells where.
        """
        ...


@frozen
class Reading:
    """The context of reading one response.

    Args:
        operation: The operation.
        strict: Whether a deviation is an error.
        exact: Whether all numbers are as they came: orjson makes floats of integers beyond 64 bits.

    Attributes:
        deviations: Path and problem of each deviation, counted when all is read: a response with inexact
            numbers is read twice.
    """

    operation: str
    strict: bool = False
    exact: bool = True
    deviations: list[tuple[str, str]] = field(factory=list[tuple[str, str]], init=False)


def reading_at(place: Place) -> Reading | None:
    """The reading that a place belongs to."""
    while isinstance(place, tuple):
        place = place[0]
    return place


def deviates(place: Place, kind: str) -> None:
    """Count one deviation.

    Args:
        place: Where it stands; of a reading that tolerates or is strict.
        kind: What stands there, without the value, which may be personal data.

    Raises:
        DecodeError: In strict mode.
        TypeError: The place is of no reading.
    """
    reading = reading_at(place)
    if reading is None:
        raise TypeError(kind)
    if reading.strict:
        raise DecodeError(operation=reading.operation, path=json_path(place), reason=kind)
    reading.deviations.append((json_path(place, positions=False), kind))


class InexactNumber(Exception):  # noqa: N818  # never leaves the package
    """A number that orjson may have rounded: the response is to be read again, exactly."""


def keep(place: Place, value: Any) -> None:
    """Keep a value as it came.

    Raises:
        InexactNumber: It may have been rounded.
    """
    reading = reading_at(place)
    if reading is not None and not reading.exact and may_be_rounded(value):
        raise InexactNumber


def json_path(place: Place, *, positions: bool = True) -> str:
    """Write a place as JSONPath, list positions as numbers or, without `positions`, as `*` and shortened."""
    steps: list[str] = []
    while isinstance(place, tuple):
        place, step = place
        steps.append(f".{step}" if isinstance(step, str) else f"[{step}]" if positions else "[*]")
    steps.append("$")
    steps.reverse()
    if not positions and len(steps) > _LONGEST_PATH:
        steps[_LONGEST_PATH:] = ["..*"]
    return "".join(steps)
