"""Where the server's answers left the spec: counted by place, never with a value."""

import logging
from collections import Counter
from collections.abc import Iterator

from attrs import frozen

_log = logging.getLogger("flow_retail_client")


@frozen
class Deviation:
    """One way in which answers of one operation left the spec at one place.

    Attributes:
        operation: The operation that was answered, such as `customers.list`.
        path: The JSON path, list positions as `[*]`, such as `$.items[*].customerType`.
        kind: What was found there, such as `missing`, `null`, `unknown enum value`, `not a date-time`.
    """

    operation: str
    path: str
    kind: str


class Drift:
    """The deviations that a client has read so far: `flow.schema_drift`.

    Shared by a client and its scoped copies. It holds one entry a place, so it can't outgrow the spec.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        # By plain tuples: a field that the server changed deviates in every record, and is counted each time.
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def count(self, operation: str, path: str, kind: str) -> None:
        """Count a deviation; the first of its kind is logged as a warning.

        Args:
            operation: The operation that was answered.
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
        return f"<Drift: {len(self)} kinds of deviation, {self._counts.total()} in all>"
