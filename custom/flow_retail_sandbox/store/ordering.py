"""A sort order kept ready, so that the last page of 100,000 records costs what the first one costs."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Any

Entry = tuple[Any, ...]
"""The sort key of a record with the record's id at its end."""


def sort_value(value: Any) -> tuple[Any, ...]:
    """Make a field's value comparable: text regardless of case, null or nothing before all."""
    return () if value is None else (value.casefold() if isinstance(value, str) else value,)


class Order:
    """Ids of records in ascending order of a key; changed one record at a time."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._sorted = sorted(entries)
        self._by_id = {entry[-1]: entry for entry in self._sorted}

    def __len__(self) -> int:
        return len(self._sorted)

    def put(self, entry: Entry) -> None:
        """Add a record, or move it to where its new key belongs."""
        if self._by_id.get(entry[-1]) != entry:
            self.discard(entry[-1])
            self._by_id[entry[-1]] = entry
            insort(self._sorted, entry)

    def discard(self, record_id: int) -> None:
        """Take a record out."""
        known = self._by_id.pop(record_id, None)
        if known is not None:
            del self._sorted[bisect_left(self._sorted, known)]

    def between(self, least: Entry, most: Entry) -> list[int]:
        """List the ids of the records whose keys are from one to another."""
        start, end = bisect_left(self._sorted, least), bisect_left(self._sorted, most)
        return [entry[-1] for entry in self._sorted[start:end]]

    def slice(self, offset: int, size: int, *, descending: bool) -> list[int]:
        """Return the ids of one page."""
        if descending:
            end = max(len(self._sorted) - offset, 0)
            return [entry[-1] for entry in self._sorted[max(end - size, 0) : end]][::-1]
        return [entry[-1] for entry in self._sorted[offset : offset + size]]

    def arrange(self, record_ids: Iterable[int], *, descending: bool) -> list[int]:
        """Sort some of the records."""
        return [entry[-1] for entry in sorted(map(self._by_id.__getitem__, record_ids), reverse=descending)]
