"""What a pager saw move while it read, and what it remembers to see it."""

from collections import Counter, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from attrs import define, evolve

from flow_retail_core.page import Sheet

T = TypeVar("T")


@define
class PageDrift:
    """How a list changed while a pager read it: counts over all its iterations so far.

    False while nothing was seen.

    Attributes:
        repeated_records: Records that came again on a later page and were left out there.
        reread_pages: Pages that were asked for again because records might have moved past them.
        total_changes: How often `totalCount` differed from that of the page before.
        wrong_totals: How often more records came than `totalCount` allows.
        unsettled_borders: Borders between two pages where the list kept changing until the pager gave up
            reading them again. Only there may a record be missing.
    """

    repeated_records: int = 0
    reread_pages: int = 0
    total_changes: int = 0
    wrong_totals: int = 0
    unsettled_borders: int = 0

    def __bool__(self) -> bool:
        return self != PageDrift()


class PageMemory(Generic[T]):
    """The last pages that were accepted, and the first.

    A record that moves right (insertions before it) or left (deletions) crosses one border at a time, so the
    pages near the border are all that is needed to recognise it. The first page is kept to recognise a server
    that starts over.

    Args:
        pages: How many pages to remember, at least.
        records: How many records to remember, at least.
    """

    def __init__(self, pages: int, records: int) -> None:
        self._most_pages = pages
        self._most_records = records
        self._records = 0
        self._pages: deque[Sheet[T]] = deque()
        self._first: Sheet[T] | None = None
        self._keys: Counter[Hashable] = Counter()
        self.forgetful = False
        """Whether a page was forgotten: then a record that is not known may still have been given."""

    def add(self, sheet: Sheet[T]) -> None:
        """Remember a page, and forget the oldest if there are too many."""
        # The records themselves would keep whole pages alive; their keys are enough where there are any.
        slim = evolve(sheet, items=()) if sheet.identified else sheet
        if self._first is None:
            self._first = slim
        self._pages.append(slim)
        self._keys.update(slim.keys)
        self._records += len(slim.keys)
        while len(self._pages) > self._most_pages and (
            self._records - len(self._pages[0].keys) >= self._most_records
        ):
            self._forget(self._pages.popleft())

    def knows(self, key: Hashable) -> bool:
        """Whether a record with this key was on a remembered page."""
        return key is not None and key in self._keys

    def holds(self, sheet: Sheet[T]) -> bool:
        """Whether this very page is among the remembered ones."""
        return any(sheet.repeats(known) for known in self._remembered())

    def _remembered(self) -> list[Sheet[T]]:
        return [*self._pages, *([] if self._first is None else [self._first])]

    def _forget(self, sheet: Sheet[T]) -> None:
        self.forgetful = True
        self._records -= len(sheet.keys)
        for key in sheet.keys:
            self._keys[key] -= 1
            # A Counter keeps its zeros, and this memory is to be bounded.
            if not self._keys[key]:
                del self._keys[key]
