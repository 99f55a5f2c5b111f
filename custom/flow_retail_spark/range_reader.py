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
from flow_retail_core.errors import APIStatusError
from flow_retail_core.model import Model
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
        self.seen = Seen()

    async def pages(self) -> AsyncGenerator[tuple[Model, ...]]:
        """Read the records page by page.

        Yields:
            The records of a page that were not given before, at least one.

        Raises:
            FlowRetailError: A request failed.
        """
        planned = self._planned
        first, end = planned.first, planned.end
        begun = False
        while end is None or first < end:
            earlier = first
            async with aclosing(self._read(first, end)) as pages:
                async for page in pages:
                    if not begun:
                        earlier = self._earlier(page.total_count)
                        if earlier < first:
                            break
                        begun = True
                        self.seen.first_total = page.total_count
                    self.seen.last_total = page.total_count
                    fresh = self._fresh(page)
                    if fresh:
                        yield fresh
            if not begun and earlier == first:
                # Nothing is left where it should begin: only the list itself says how much went.
                earlier = self._earlier(await self._total()) if first else first
            if earlier < first:
                first = earlier
                self.seen.earlier_pages = planned.first - first
                continue
            if end is None or planned.end is None:
                return
            first, end = end, planned.end + self._pages(planned.total, self.seen.last_total)
            begun = True
            self.seen.further_pages = max(end, first) - planned.end

    async def _read(self, first: int, end: int | None) -> AsyncGenerator[Page[Model]]:
        """Read from one page up to another; nothing if the first lies behind the end of the list."""
        pager = self._make_pager(self._number(first))
        limit = None if end is None else end - first
        try:
            async with pager.pages(limit) as pages:
                async for page in pages:
                    yield page
        except APIStatusError as error:
            if not (
                first and error.status_code in _PAST_THE_END and error.page_number == self._number(first)
            ):
                raise
            total = await self._total()
            if total is None or total > first * self._planned.page_size:
                raise
        finally:
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
            uid = None if self._key is None else getattr(record, self._key, None)
            if isinstance(uid, str | int):
                if uid in self._given:
                    self.seen.repeated += 1
                    continue
                self._given.add(uid)
            fresh.append(record)
        self.seen.pages += 1
        self.seen.records += len(fresh)
        return tuple(fresh)
