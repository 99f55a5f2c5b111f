"""Reading the pages of one partition while the list changes under all of them.

A partition is planned for a list of so many records. If there are fewer by the time it is read, its records
may have moved to pages before it: it begins so many pages earlier. If there are more at its end, its records
may have moved to pages behind it: it reads so many pages further. So a record that stays in the list is read
by one partition or the other as long as records only come or only go; it may be read by both, which
`deduplicate` mends. Within the range the pager does what it does everywhere.
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
"""Makes a pager from a page number on; None for the first page."""

_PAST_THE_END = frozenset({400, 404, 416, 422})


@define
class Seen:
    """What was seen while a partition was read.

    Attributes:
        pages: Pages that brought records.
        records: Records that were given.
        repeated: Records that came again within the partition and were left out.
        earlier_pages: Pages before the planned range that were read because records had gone.
        further_pages: Pages behind the planned range that were read because records had come.
        reread_pages: Pages that the pager read again.
        unsettled_borders: Borders between pages where the list kept changing; only there may one be missing.
        first_total: The server's total at the first page; None if it did not say.
        last_total: The same at the last page.
    """

    pages: int = 0
    records: int = 0
    repeated: int = 0
    earlier_pages: int = 0
    further_pages: int = 0
    reread_pages: int = 0
    unsettled_borders: int = 0
    first_total: int | None = None
    last_total: int | None = None


class RangeReader:
    """One pass over the pages of a partition.

    Args:
        planned: The range.
        make_pager: Makes pagers of the list, with the size of the plan.
        key: The attribute that identifies a record; None if records have no identity.
    """

    def __init__(self, planned: PageRange, make_pager: MakePager, key: str | None) -> None:
        self._planned = planned
        self._make_pager = make_pager
        self._key = key
        self._given: set[Any] = set()
        self._last: tuple[Model, ...] = ()  # the records of the last page
        self._moved = False  # whether the list was another one during the pass
        self._lost = False  # whether the pass ended because there was no place to go on from
        self._least = planned.total  # of the totals that a pass got lost with
        self.seen = Seen()

    async def pages(self) -> AsyncGenerator[tuple[Model, ...]]:
        """Read the records page by page.

        Yields:
            The records of a page that were not given before, at least one.

        Raises:
            FlowRetailError: A request failed.
        """
        planned = self._planned
        first, end = planned.first, self._end(planned.total)
        begun = False
        while end is None or first < end:
            earlier = first
            self._moved = self._lost = False
            async with aclosing(self._read(first, end)) as pages:
                async for page in pages:
                    self.seen.last_total = page.total_count
                    if not begun:
                        earlier = min(first, self._earlier(page.total_count))
                        if earlier < first:
                            break
                        begun = True
                        self.seen.first_total = page.total_count
                    self._last = page.items
                    fresh = self._fresh(page)
                    if fresh:
                        yield fresh
            if earlier == first and (self._moved or self._lost or (planned.total and not begun)):
                earlier = await self._begin_after_all(first)
            if self._lost or earlier < first:
                first, begun = earlier, False
                end = self._end(self.seen.last_total)
                self.seen.earlier_pages = max(0, planned.first - first)
                continue
            if end is None:
                return
            first, begun = end, True
            end = self._end(self.seen.last_total)
            if planned.pages is None and end == first and await self._goes_on(first):
                end = self._end(self.seen.last_total)
                # A total that is wrong, such as one that is capped, says nothing of where the end is.
                end = end if end is not None and end > first else None
            if planned.end is not None and end is not None:
                self.seen.further_pages = max(0, max(end, first) - planned.end)

    async def _begin_after_all(self, first: int) -> int:
        """The page to begin with, now that so much may have gone that nothing is left of the range."""
        total = await self._total()
        if self._lost:
            return min(max(0, first - 1), self._earlier(total))
        left = total is not None and total > first * self._planned.page_size
        return first if left else min(first, self._earlier(total))

    async def _goes_on(self, index: int) -> bool:
        """Whether the list goes on at a page that lies behind its end as its total tells."""
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
        # Behind the end some servers answer with the last page.
        return page.items != self._last and not all(map(self._is_known, page.items))

    async def _read(self, first: int, end: int | None) -> AsyncGenerator[Page[Model]]:
        """Read from one page up to another; nothing if the first lies behind the end of the list."""
        pager = self._make_pager(self._number(first))
        limit = None if end is None else end - first
        try:
            async with pager.pages(limit) as pages:
                async for page in pages:
                    yield page
        except APIStatusError as error:
            # Without a base, pages are asked for one after the other, and none behind the end.
            index = (error.page_number or 0) - (self._planned.base or 0)
            if error.status_code not in _PAST_THE_END or index < 1:
                raise
            before, total = self.seen.last_total, await self._total()
            if total is None or total > index * self._planned.page_size:
                raise
            self._lost = index > first and before is not None and total < before
        except DecodeError:
            # None of the records read last is left, or those that are lie before the pages that the pager
            # goes back to. At the first page there is no earlier one: once more for each time that more went.
            total, planned = await self._total(), self._planned.total
            least = planned if first else self._least
            if total is None or planned is None or least is None or total >= least:
                raise
            self._least = total
            self._lost = True
        finally:
            self._moved = pager.drift.total_changes > 0
            self.seen.repeated += pager.drift.repeated_records
            self.seen.reread_pages += pager.drift.reread_pages
            self.seen.unsettled_borders += pager.drift.unsettled_borders

    async def _total(self) -> int | None:
        total = (await self._make_pager(None)).total_count
        self.seen.first_total = self.seen.last_total = total
        return total

    def _number(self, index: int) -> int | None:
        """What the server calls a page; None for the first, which needs no number."""
        return None if index == 0 or self._planned.base is None else self._planned.base + index

    def _end(self, total: int | None) -> int | None:
        """The page before which to end if there are so many records; None for where the pager ends."""
        planned = self._planned
        total = planned.total if total is None else total
        if total is None or planned.total is None:
            return None
        end = max(1, ceil(total / planned.page_size))
        return end if planned.end is None else min(end, planned.end + self._pages(planned.total, total))

    def _earlier(self, total: int | None) -> int:
        """The page to begin with if there are so many records now."""
        return max(0, self._planned.first - self._pages(total, self._planned.total))

    def _pages(self, fewer: int | None, more: int | None) -> int:
        """Pages that the difference between two totals fills; 0 if it is none, or not known."""
        if fewer is None or more is None:
            return 0
        return ceil(max(0, more - fewer) / self._planned.page_size)

    def _fresh(self, page: Page[Model]) -> tuple[Model, ...]:
        """The records of a page that this partition has not given, and a note of them."""
        fresh: list[Model] = []
        for record in page.items:
            if self._is_known(record):
                self.seen.repeated += 1
                continue
            if (uid := self._uid(record)) is not None:
                self._given.add(uid)
            fresh.append(record)
        self.seen.pages += 1
        self.seen.records += len(fresh)
        return tuple(fresh)

    def _is_known(self, record: Model) -> bool:
        return self._uid(record) in self._given

    def _uid(self, record: Model) -> str | int | None:
        uid = None if self._key is None else getattr(record, self._key, None)
        # What came without its key can't be told from another, so it is never taken for a repeat.
        return uid if isinstance(uid, str | int) and uid != "" else None
