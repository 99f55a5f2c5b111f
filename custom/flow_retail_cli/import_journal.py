"""Which rows of an import are resolved, and which may have been sent: the content of its checkpoint."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

from flow_retail_cli.checkpoint import Checkpoint

RowStatus = Literal["succeeded", "failed", "unknown"]


class RowRanges:
    """A set of row numbers, kept as ranges: rows are resolved nearly in order, so there are few."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._edges: list[int] = [int(edge) for first, end in ranges for edge in (first, end)]

    def __contains__(self, number: int) -> bool:
        return bisect_right(self._edges, number) % 2 == 1

    def add(self, number: int) -> None:
        """Add one number."""
        if number in self:
            return
        # An edge that is there already is one that two ranges share now.
        for edge in (number, number + 1):
            at = bisect_left(self._edges, edge)
            if self._edges[at : at + 1] == [edge]:
                del self._edges[at]
            else:
                self._edges.insert(at, edge)

    def cut(self, first: int, end: int) -> None:
        """Remove a range."""
        kept = [(low, min(high, first)) for low, high in self.ranges() if low < first]
        kept += [(max(low, end), high) for low, high in self.ranges() if high > end]
        self._edges = [edge for pair in kept for edge in pair]

    def ranges(self) -> list[tuple[int, int]]:
        """The ranges, in order."""
        return list(zip(self._edges[::2], self._edges[1::2], strict=True))

    def __iter__(self) -> Iterator[int]:
        for first, end in self.ranges():
            yield from range(first, end)

    def __len__(self) -> int:
        return sum(end - first for first, end in self.ranges())


class ImportJournal:
    """The state of every row.

    A row is recorded as possibly sent before it can be sent, and as resolved after its outcome is in the file
    that it belongs to. So whatever ends the process, a row is resolved, never sent, or ambiguous.
    """

    def __init__(
        self, checkpoint: Checkpoint, job: dict[str, Any], block: int, state: dict[str, Any]
    ) -> None:
        self._checkpoint = checkpoint
        self._job = job
        self._block = block
        self._reached = int(state.get("reached", 0))
        self._resolved = RowRanges(state.get("resolved", ()))
        self._unsent = RowRanges(state.get("unsent", ()))
        self._files: dict[str, int] = {name: int(size) for name, size in state.get("files", {}).items()}
        counts: dict[str, int] = state.get("counts", {})
        statuses: tuple[RowStatus, ...] = get_args(RowStatus)
        self.counts = {status: int(counts.get(status, 0)) for status in statuses}
        self._unsaved = 0
        self._given = self._reached

    @property
    def done(self) -> int:
        """How many rows are resolved."""
        return sum(self.counts.values())

    def file_length(self, name: str) -> int:
        """The length of a reject file at the last save, in bytes."""
        return self._files.get(name, 0)

    def is_resolved(self, row: int) -> bool:
        """Whether a row is resolved."""
        return row in self._resolved

    def ambiguous(self) -> list[int]:
        """Rows that an earlier run may have sent and has no outcome of."""
        return [row for row in range(self._reached) if row not in self._resolved and row not in self._unsent]

    def reach(self, row: int) -> None:
        """Record that a row may be sent from now on."""
        self._given = max(self._given, row + 1)
        end = row + self._block
        if row in self._unsent:
            self._unsent.cut(row, end)
            self.save()
        if row >= self._reached:
            self._reached = end
            self.save()

    def resolve(self, row: int, verdict: RowStatus) -> None:
        """Record the outcome of a row; `save` makes it durable."""
        self._resolved.add(row)
        self.counts[verdict] += 1
        self._unsaved += 1

    def release(self, row: int) -> None:
        """Record that a row was certainly not applied, so that it may be sent again."""
        self._unsent.add(row)

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return self._unsaved >= self._block

    def save(self, files: dict[str, int] | None = None, *, final: bool = False) -> None:
        """Save the checkpoint; `final` means that no more rows are sent."""
        self._files = self._files if files is None else files
        if final:
            self._reached = self._given
        self._unsaved = 0
        self._checkpoint.save(
            {
                **self._job,
                "reached": self._reached,
                "resolved": self._resolved.ranges(),
                "unsent": self._unsent.ranges(),
                "files": self._files,
                "counts": self.counts,
            }
        )
