"""Reading a list page by page while it changes: which page is asked for next, and which records are new."""

from typing import Generic, TypeVar

from attrs import evolve

from flow_retail_core.errors import APIStatusError, DecodeError
from flow_retail_core.page import Page, Sheet
from flow_retail_core.page_drift import PageDrift, PageMemory
from flow_retail_core.page_source import (
    PageSource,
    Place,
    misnumbered,
    opening_place,
    repeated_page,
)
from flow_retail_core.prefetch import LookAhead

T = TypeVar("T")

REMEMBERED_PAGES = 16
REMEMBERED_RECORDS = 1000
"""At least so many pages and records are recognised when they come again."""
REWINDS = 8
"""How often the pages around one border are read again before the reader goes on."""
PATIENT_REWINDS = 3
"""After so many a page read before its predecessor is taken, if nothing came in between."""
STALE_PAGES = 100
"""Pages in a row without a new record after which the server is taken to repeat itself."""
_PAST_THE_END = frozenset({400, 404, 416, 422})


class PageReader(Generic[T]):
    """One pass over a list.

    Pages are counted from the one that reading begins with: index 0. What makes the pass safe is the border
    between two neighbours: if the total did not fall from one page to the next, at most so many records left
    the part already read as came in, so none slipped over the border unseen. If it fell, the reader steps
    back to a page that it recognises and goes on from there; `docs/pagination.md` says what that promises and
    what not.

    Args:
        source: Where pages come from.
        page_number: The page to begin with; None for the first.
        page_size: Records a page; None to leave it to the server.
        prefetch: Requests to keep in flight, at least 1.
        limit: Pages of the list after which to stop, and beyond which none is asked for; None for no limit.
        drift: Where to count what moved.
    """

    def __init__(
        self,
        source: PageSource[T],
        *,
        page_number: int | None,
        page_size: int | None,
        prefetch: int,
        limit: int | None,
        drift: PageDrift,
    ) -> None:
        self._source = source
        self._given_number = page_number
        self._size = page_size
        self._prefetch = prefetch
        self._limit = limit
        self._drift = drift
        self.ahead: LookAhead[Sheet[T]] = LookAhead(self._ask, prefetch)
        # Records without an identity can only be compared with the page before, by value.
        keyed = source.key is not None
        self._memory: PageMemory[T] = (
            PageMemory(REMEMBERED_PAGES, REMEMBERED_RECORDS) if keyed else PageMemory(1, 0)
        )

        self._index = 0  # the page wanted next
        self._highest = -1  # the last one accepted, ever
        self._accepted = 0  # how many were
        self._opening: Sheet[T] | None = None  # index 0, until the numbering is proven by index 1
        self._start = page_number  # the number of index 0
        self._lowest = 0  # the first index of the list itself, as far as is known
        self._before = 0  # records before index 0
        self._received = 0
        self._longest = 0  # records on the fullest page
        self._total: int | None = None  # of the page accepted last
        self._seen_total: int | None = None  # of the page read last
        self._total_is_wrong = False
        self._verifying = False
        self._stale = 0
        self._pushed = 0  # records that came in, and may still push known ones over a border

        self._rewinds = 0
        self._realignments = 0
        self._contested: int | None = None  # the page that has to be accepted before a border is settled
        self._linking = False  # stepping back until a page is recognised
        self._behind: tuple[int, Sheet[T]] | None = None  # read before the page to its left
        self._done = False

    async def read(self) -> Page[T] | None:
        """Read on until a page brings a new record.

        Returns:
            The page, without the records that were given before; None at the end of the list.

        Raises:
            DecodeError: The server repeats itself, or lost so much that the place can't be found again.
            FlowRetailError: A request failed; `page_number` is where to resume.
        """
        while not self._done:
            index = self._index
            if index == self._limit:
                break
            sheet = await self._obtain(index)
            if sheet is None:
                break
            if not self._accepted:
                self._open(sheet)
            elif self._goes_elsewhere(index, sheet):
                await self.ahead.clear()
                continue
            page = self._accept(index, sheet)
            if page.items:
                return page
        self._done = True
        await self.ahead.clear()
        return None

    async def _ask(self, index: int) -> Sheet[T]:
        number = self._number(index) if self._accepted else self._given_number
        return await self._source.ask(number, self._size)

    def _number(self, index: int) -> int:
        # Without any number from the server, 0 is presumed; index 1 will prove or correct that.
        return (self._start or 0) + index

    async def _obtain(self, index: int) -> Sheet[T] | None:
        if self._behind is not None:
            place, sheet = self._behind
            young = self._total is not None and sheet.total is not None and self._total <= sheet.total
            if place == index and self._rewinds >= PATIENT_REWINDS and young:
                self._behind = None
                return sheet
        if self._prefetch > 1 and self._contested is None and self._opening_is_proven():
            horizon = self._horizon(index)
            self.ahead.fill(index, horizon if self._limit is None else min(horizon, self._limit))
        try:
            sheet = await self.ahead.take(index)
        except APIStatusError as error:
            if self._verifying and error.status_code in _PAST_THE_END:
                return None
            raise
        if None not in {sheet.total, self._seen_total} and sheet.total != self._seen_total:
            self._drift.total_changes += 1
        # From page to page as they were read, and not as they were accepted: a page that is put back because
        # the total fell is followed by others that grow again.
        self._pushed += _growth(self._seen_total, sheet.total)
        self._seen_total = self._seen_total if sheet.total is None else sheet.total
        return sheet

    def _opening_is_proven(self) -> bool:
        return self._accepted > 0 and (self._opening is None or self._opening.number is not None)

    def _horizon(self, index: int) -> int:
        """The index before which pages are worth asking for ahead of time."""
        if self._verifying:
            return index + 1
        if self._total is None or self._size is None or self._total_is_wrong:
            return index + self._prefetch
        return max(index + 1, -(-(self._total - self._before) // self._size))

    def _open(self, sheet: Sheet[T]) -> None:
        self._start, self._before = opening_place(sheet, self._given_number, self._size)
        if self._given_number is not None:
            # Page 0 may not exist, so it is only gone back to by a reader that began there.
            self._lowest = min(0, 1 - self._start)
        # From now on the size is pinned: a default or a limit that changes would shift all pages.
        self._size = sheet.size or self._size
        self._opening = sheet

    def _goes_elsewhere(self, index: int, sheet: Sheet[T]) -> bool:
        """Whether another page has to be read before this one can be accepted, or instead of it."""
        if self._linking:
            return not self._links(index, sheet)
        opening, self._opening = self._opening, None
        if index == 1 and opening is not None and misnumbered(opening, sheet):
            self._start = self._number(1)
            return True
        if self._shrank(sheet):
            return self._heals(index, sheet)
        if self._realigns(index, sheet):
            return True
        self._check_repeats(index, sheet)
        return self._done

    def _shrank(self, sheet: Sheet[T]) -> bool:
        if self._total is None:
            return False
        if sheet.total is None:
            return not sheet.items and self._before + self._received < self._total
        return sheet.total < self._total and bool(sheet.total or sheet.items)

    def _heals(self, index: int, sheet: Sheet[T]) -> bool:
        """Step back over a border that records may have slipped over; False if that is of no use.

        Two pages that were in flight together may have been read in either order: then a fall of the total is
        growth, seen backwards. It hides records as well, and is healed in the same way: one by one.
        """
        self._contested = max(index, index if self._contested is None else self._contested)
        self._rewinds += 1
        if self._source.key is None or index <= self._lowest or self._rewinds > REWINDS:
            self._drift.unsettled_borders += 1
            return False
        self._behind = (index, sheet)
        self._linking = True
        self._index = index - 1
        return True

    def _links(self, index: int, sheet: Sheet[T]) -> bool:
        """Whether a page reaches back to records already given, so that none can lie between them and it.

        The order of records that stay is stable: whatever stands before a known record was read before it.
        """
        everything_known = not self._memory.forgetful and self._given_number is None
        if any(self._memory.knows(key) for key in sheet.keys) or (
            index <= self._lowest and (everything_known or not sheet.items)
        ):
            self._linking = False
            return True
        if index <= self._lowest:
            error = DecodeError(
                f"{self._source.operation}: none of the records read last is left in the list, "
                "so there is no place to go on from; read it again from the start",
                path="$.items",
                operation=self._source.operation,
            )
            error.page_number = None if self._given_number is None else self._number(index)
            raise error
        self._drift.reread_pages += 1
        self._behind = None
        self._index = index - 1
        if not sheet.items and sheet.total and self._size:
            last = (sheet.total - self._before - 1) // self._size
            self._index = max(self._lowest, min(self._index, last))
        return False

    def _realigns(self, index: int, sheet: Sheet[T]) -> bool:
        """Whether the server changed the page size, so that this page does not follow the one before."""
        old, new, length = self._size, sheet.size, len(sheet.items)
        if old is None or new is None or new == old or sheet.total is None:
            return False
        position = index * old
        # Some servers say how long the page is, where others say how long it may be. It is believed that a
        # page is smaller if it is full and not the last, and larger if more came than was asked for.
        smaller = new < old and length == new and self._before + position + length < sheet.total
        larger = new > old and length > old
        if not (smaller or larger):
            return False
        self._realignments += 1
        # Where a part ends is counted in pages, so it has no end if these change.
        if self._realignments > REWINDS or self._before or self._limit is not None:
            error = DecodeError(
                f"{self._source.operation}: the page size changed from {old} to {new} while reading",
                path="$.paging.pageSize",
                operation=self._source.operation,
            )
            error.page_number = self._number(index)
            raise error
        self._drift.reread_pages += 1
        self._size = new
        self._index = position // new
        self._highest = self._index - 1
        self._contested = self._behind = None
        # Where the sizes do not divide, the new page begins with records that are known.
        self._linking = position % new != 0
        return True

    def _check_repeats(self, index: int, sheet: Sheet[T]) -> None:
        # Up to the highest page accepted, it is the reader that repeats itself.
        if index <= self._highest:
            return
        if self._memory.holds(sheet) and self._pushed < len(sheet.items):
            if not self._verifying:
                raise repeated_page(self._source.operation, self._number(index))
            # Past the end some servers answer with the last page.
            self._done = True
        if self._stale > STALE_PAGES:
            raise repeated_page(self._source.operation, self._number(index))

    def _accept(self, index: int, sheet: Sheet[T]) -> Page[T]:
        known = [self._memory.knows(key) for key in sheet.keys]
        fresh = tuple(record for record, old in zip(sheet.items, known, strict=True) if not old)
        if index <= self._highest:
            self._drift.reread_pages += 1
        else:
            repeated = len(known) - len(fresh)
            self._drift.repeated_records += repeated
            self._pushed = max(0, self._pushed - repeated)
            self._stale = 0 if fresh else self._stale + 1
        self._memory.add(sheet)
        self._accepted += 1
        self._received += len(fresh)
        self._longest = max(self._longest, len(sheet.items))
        self._total = self._total if sheet.total is None else sheet.total
        if self._verifying and fresh:
            self._doubt_total()
        if self._contested is not None and index >= self._contested:
            self._contested = self._behind = None
            self._rewinds = 0
        place = self._place(index, sheet)
        self._decide_end(index, sheet, place)
        self._highest = max(self._highest, index)
        self._index = index + 1
        size = self._size
        # Told the size of the pages that it lies among, not what a server made of a short one.
        return self._source.page(evolve(sheet, size=sheet.size or size), place, size, fresh=fresh)

    def _place(self, index: int, sheet: Sheet[T]) -> Place:
        covered = self._received
        if self._size is not None:
            # The smaller of two estimates: one counts too much where records were removed, the other where
            # the server puts fewer on a page than it says. Too little can only cost a request.
            covered = min(covered, index * self._size + len(sheet.items))
        number = self._number(index)
        return Place(number, self._before + covered, opening=self._accepted == 1)

    def _decide_end(self, index: int, sheet: Sheet[T], place: Place) -> None:
        if not sheet.items:
            self._done = True
        elif self._total is not None and place.covered > self._total:
            self._doubt_total()
        elif place.covered == self._total and not self._total_is_wrong:
            # A total may be capped, as search engines do. On a page that is not full the list has ended;
            # after a full one it takes another request to know.
            self._done = not self._full(index, sheet)
            self._verifying = True

    def _doubt_total(self) -> None:
        self._verifying = False
        if not self._total_is_wrong:
            self._total_is_wrong = True
            self._drift.wrong_totals += 1

    def _full(self, index: int, sheet: Sheet[T]) -> bool:
        if index == 0:
            return sheet.size is None or len(sheet.items) >= sheet.size
        # Where less comes than the size says, the fullest page tells what "full" is.
        return len(sheet.items) >= min(self._size or self._longest, self._longest)


def _growth(before: int | None, now: int | None) -> int:
    return 0 if before is None or now is None else max(0, now - before)
