"""Reads the pages of one partition while the list changes.

A partition is planned for a total. If the total is smaller when it is read, its records may have moved to
earlier pages, so it starts as many pages earlier. If the total is larger at its end, its records may have
moved to later pages, so it reads as many pages further. A record that stays in the list is therefore read by
one partition or the other, as long as records are only added or only removed; it may be read by both, and
`deduplicate` drops the second one.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from math import ceil
from typing import Any

from attrs import define

from flow_retail_client import Page, Pager
from flow_retail_core.errors import APIStatusError, DecodeError
from flow_retail_core.models.model import Model
from flow_retail_spark.partitions import PageRange

MakePager = Callable[[int | None], Pager[Model]]
"""Creates a pager that starts at a page number; None for the first page."""

_PAST_THE_END = frozenset({400, 404, 416, 422})


@define
class RangeCounts:
    """Counts of one partition.

    Attributes:
        pages: Pages with new records.
        records: Records that were returned.
        repeated: Records that came again within the partition and were left out.
        earlier_pages: Pages before the planned range that were read because records had been removed.
        further_pages: Pages after the planned range that were read because records had been added.
        reread_pages: Pages that the pager read again.
        unverified_boundaries: Page boundaries where the list kept changing; only there may one be missing.
        first_total: The server's total at the first page; None if it did not say.
        last_total: The same at the last page.
    """

    pages: int = 0
    records: int = 0
    repeated: int = 0
    earlier_pages: int = 0
    further_pages: int = 0
    reread_pages: int = 0
    unverified_boundaries: int = 0
    first_total: int | None = None
    last_total: int | None = None


class RangeReader:
    """One pass over the pages of a partition."""

    def __init__(self, planned: PageRange, make_pager: MakePager, key: str | None) -> None:
        self._planned = planned
        self._make_pager = make_pager
        self._key = key
        self._returned: set[Any] = set()
        self._last: tuple[Model, ...] = ()  # the records of the last page
        self._moved = False  # whether the list changed during the pass
        self._out_of_range = False  # whether the list no longer reaches the range
        self._least = planned.total  # the smallest total of such a pass
        self.seen = RangeCounts()

    async def pages(self) -> AsyncGenerator[tuple[Model, ...]]:
        """Read the records page by page."""
        planned = self._planned
        first, end = planned.first, self._end(planned.total)
        started = False
        while end is None or first < end:
            earlier = first
            self._moved = self._out_of_range = False
            async with aclosing(self._read(first, end)) as pages:
                async for page in pages:
                    self.seen.last_total = page.total_count
                    if not started:
                        earlier = min(first, self._earlier(page.total_count))
                        if earlier < first:
                            break
                        started = True
                        self.seen.first_total = page.total_count
                    self._last = page.items
                    fresh = self._fresh(page)
                    if fresh:
                        yield fresh
            if earlier == first and (self._moved or self._out_of_range or (planned.total and not started)):
                earlier = await self._restart(first)
            if self._out_of_range or earlier < first:
                first, started = earlier, False
                end = self._end(self.seen.last_total)
                self.seen.earlier_pages = max(0, planned.first - first)
                continue
            if end is None:
                return
            first, started = end, True
            end = self._end(self.seen.last_total)
            if planned.pages is None and end == first and await self._continues(first):
                end = self._end(self.seen.last_total)
                # A wrong total, such as a capped one, does not say where the end is.
                end = end if end is not None and end > first else None
            if planned.end is not None and end is not None:
                self.seen.further_pages = max(0, max(end, first) - planned.end)

    async def _restart(self, first: int) -> int:
        """The page to start at after so many removals that the range may be empty."""
        total = await self._total()
        if self._out_of_range:
            return min(max(0, first - 1), self._earlier(total))
        left = total is not None and total > first * self._planned.page_size
        return first if left else min(first, self._earlier(total))

    async def _continues(self, index: int) -> bool:
        """Whether the list continues past the end that its total implies."""
        size, total = self._planned.page_size, self.seen.last_total
        full = len(self._last) >= size
        if not self._last or (not full and total == (index - 1) * size + len(self._last)):
            return False
        try:
            page = await self._make_pager(self._number(index))
        except APIStatusError as error:
            if error.status_code in _PAST_THE_END:
                return False
            raise
        self.seen.last_total = page.total_count
        # Past the end, some servers return the last page.
        return page.items != self._last and not all(map(self._is_known, page.items))

    async def _read(self, first: int, end: int | None) -> AsyncGenerator[Page[Model]]:
        """Read from one page up to another; nothing if the first is past the end of the list."""
        pager = self._make_pager(self._number(first))
        limit = None if end is None else end - first
        try:
            async with pager.pages(limit) as pages:
                async for page in pages:
                    yield page
        except APIStatusError as error:
            # Without a base, pages are requested one after the other, never past the end.
            index = (error.page_number or 0) - (self._planned.base or 0)
            if error.status_code not in _PAST_THE_END or index < 1:
                raise
            before, total = self.seen.last_total, await self._total()
            if total is None or total > index * self._planned.page_size:
                raise
            self._out_of_range = index > first and before is not None and total < before
        except DecodeError:
            # The records read last are gone, or lie before the pages that the pager reads again. No page is
            # before the first: it is read again each time the total shrinks.
            total, planned = await self._total(), self._planned.total
            least = planned if first else self._least
            if total is None or planned is None or least is None or total >= least:
                raise
            self._least = total
            self._out_of_range = True
        finally:
            self._moved = pager.changes.total_changes > 0
            self.seen.repeated += pager.changes.repeated_records
            self.seen.reread_pages += pager.changes.reread_pages
            self.seen.unverified_boundaries += pager.changes.unverified_boundaries

    async def _total(self) -> int | None:
        total = (await self._make_pager(None)).total_count
        self.seen.first_total = self.seen.last_total = total
        return total

    def _number(self, index: int) -> int | None:
        """The server's number of a page; None for the first, which needs none."""
        return None if index == 0 or self._planned.base is None else self._planned.base + index

    def _end(self, total: int | None) -> int | None:
        """The page to end before, for a total; None for the end of the pager."""
        planned = self._planned
        total = planned.total if total is None else total
        if total is None or planned.total is None:
            return None
        end = max(1, ceil(total / planned.page_size))
        return end if planned.end is None else min(end, planned.end + self._pages(planned.total, total))

    def _earlier(self, total: int | None) -> int:
        """The page to start at, for a total."""
        return max(0, self._planned.first - self._pages(total, self._planned.total))

    def _pages(self, fewer: int | None, more: int | None) -> int:
        """Pages that the difference of two totals fills; 0 if unknown."""
        if fewer is None or more is None:
            return 0
        return ceil(max(0, more - fewer) / self._planned.page_size)

    def _fresh(self, page: Page[Model]) -> tuple[Model, ...]:
        """The records of a page that this partition has not returned yet."""
        fresh: list[Model] = []
        for record in page.items:
            if self._is_known(record):
                self.seen.repeated += 1
                continue
            if (uid := self._uid(record)) is not None:
                self._returned.add(uid)
            fresh.append(record)
        self.seen.pages += 1
        self.seen.records += len(fresh)
        return tuple(fresh)

    def _is_known(self, record: Model) -> bool:
        return self._uid(record) in self._returned

    def _uid(self, record: Model) -> str | int | None:
        uid = None if self._key is None else getattr(record, self._key, None)
        # A record without its key can't be identified, so it is never a repeat.
        return uid if isinstance(uid, str | int) and uid != "" else None
