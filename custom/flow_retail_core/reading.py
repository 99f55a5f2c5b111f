"""What it is to read JSON tolerantly: the context of one answer, and what a reader does."""

from typing import Any, Protocol, TypeVar

from attrs import frozen

from flow_retail_core.drift import Deviation, Drift
from flow_retail_core.errors import DecodeError

Path = tuple[str | int, ...]
"""Where a value stands in an answer: property names and list positions, from the root."""

T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """Reads one kind of value."""

    def exact(self, value: Any, /) -> T_co:
        """Read a value that is what the spec promises; any exception means that it is not."""
        ...

    def read(self, value: Any, path: Path, reading: "Reading", /) -> T_co:
        """Read whatever came: a value that is not as promised is reported and kept as it came.

        What is kept may be of another type than the annotation says; `flow.drift` tells where.
        """
        ...


@frozen
class Reading:
    """The context of reading one answer.

    Args:
        operation: The operation that was answered.
        drift: Where deviations are counted.
        strict: Whether a deviation is an error.
    """

    operation: str
    drift: Drift
    strict: bool = False

    def deviates(self, path: Path, kind: str) -> None:
        """Count one deviation.

        Args:
            path: Where it stands.
            kind: What stands there, without the value, which may be personal data.

        Raises:
            DecodeError: In strict mode.
        """
        if self.strict:
            raise DecodeError(operation=self.operation, path=json_path(path), reason=kind)
        self.drift.record(Deviation(self.operation, json_path(path, positions=False), kind))


def json_path(path: Path, *, positions: bool = True) -> str:
    """Write a path as JSONPath, list positions as numbers or, without `positions`, as `*`."""
    return "$" + "".join(
        f".{step}" if isinstance(step, str) else f"[{step if positions else '*'}]" for step in path
    )
