"""The rules of reading a list page by page, whatever moves meanwhile; no I/O."""

from collections.abc import Generator, Sequence
from itertools import repeat
from typing import Generic, TypeVar

from attrs import define

from flow_retail_core.errors import DecodeError
from flow_retail_core.pagination.raw_page import REMEMBERED_RECORDS, RawPage
from flow_retail_core.pagination.state import ListState

T = TypeVar("T")
R = TypeVar("R")

Request = tuple[int | None, int | None]
"""The number and size of the page to ask for; None leaves a parameter out of the request."""
Reading = Generator[Sequence[Request], RawPage[T], R]
"""Yields the request whose page it goes on with, and after it those worth making ahead of time."""

REWINDS = 8
"""How often the reader goes back at one boundary before it goes on."""
KEPT_PAGES = 4
"""Pages that are kept while the reader goes back; those further right are read again."""
SHORT_PAGES = 3
"""After so many pages that stayed short the server is taken not to fill its pages."""
STALE_PAGES = 100
"""Pages in a row without a new record after which the server is taken to repeat itself."""


@define(eq=False)
class ListReader(ListState[T], Generic[T]):
    """One pass over a list."""

    def read(self) -> Reading[T, None]:
        """Read to the end; pages with new records go to `ready`. At last no request is wanted."""
        while not self.done and self.index != self.limit:
            ahead = 1 if self.highest < 0 or self.unproven or self.rewinds or self.fallen else self.prefetch
            if self.size is not None and self.total is not None and self.covered <= self.total:
                ahead = min(ahead, -(-(self.total - self.before) // self.size) - self.index)
            if self.limit is not None:
                ahead = min(ahead, self.limit - self.index)
            requests = [(self.number(self.index), self.size)]
            place = self.start + self.index
            requests += zip(range(place + 1, place + ahead), repeat(self.size), strict=False)
            page = yield from self._receive(requests)
            yield from self._place(page)
        counted = self.total or 0 if self.short_pages else 0
        if self.limit is not None:
            counted = min(counted, self.before + self.limit * self.full)
        self.changes.missing_records = max(0, counted - self.covered)
        self.ready += self.held
        yield ()

    def _receive(self, requests: Sequence[Request]) -> Reading[T, RawPage[T]]:
        """Return the page of the first request, and note its total, in the order of reading."""
        page = yield requests
        if page.total is not None:
            change = 0 if self.read_total is None else page.total - self.read_total
            self.read_total = page.total
            self.moved += abs(change)
            if change:
                self.changes.total_changes += 1
                self.doubts = 0
            if change < 0:
                self.falls, self.fallen = self.falls + 1, True
            if self.moved >= REMEMBERED_RECORDS // 2:
                self.seen.recall()
        page.falls = self.falls
        return page

    def _reread(self, index: int) -> Reading[T, RawPage[T]]:
        self.changes.reread_pages += 1
        return (yield from self._receive([(self.number(index), self.size)]))

    def _learn_base(self) -> Reading[T, None]:
        """Ask for the first page of the list, to learn its number."""
        if self.given and self.base is None:
            first = yield from self._receive([(None, self.size)])
            # If the list itself is refused, no page of it exists.
            self.base = self.start + 1 if first.refusal is not None else first.number or 0
            self.size = self.size or first.size or len(first.items) or None
            self.total = self.total if first.total is None else first.total

    def _place(self, page: RawPage[T]) -> Reading[T, None]:
        """Do what the page at `index` leads to; what is neither accepted nor the end is asked for again."""
        if self.highest < 0 and self.given and not (yield from self._begins(page)):
            return
        index, other = self.index, self.seen.find_left_of(self.index, page)
        ends = page.refusal is not None or other is not None or (not page.items and self.limit is None)
        if ends or self.is_short(index, page):
            # Whether anything is missing depends on where numbering starts.
            yield from self._learn_base()
        opening = self.opening if index == 1 else None
        if opening is not None and not opening.number and (yield from self._corrects_start(page, opening)):
            return
        filled = self.short_pages < SHORT_PAGES or not page.items
        if filled and page.refusal is None and not self.fallen and self.is_short(index, page):
            self.size = (page.size if index == 0 else None) or self.size
            page = yield from self._reread(index)
            other = self.seen.find_left_of(index, page)
        if not page.items and page.total is None:
            yield from self._place_absent(page)
        elif self.fallen and index:
            # Two pages that were in flight together may have been read in either order: then a fall of the
            # total is growth, seen backwards. It hides records as well, and is healed in the same way.
            yield from self._go_back(page)
        elif page.size != self.size and (size := self.new_size(index, page)) is not None:
            self._resize(index, size)
        elif other is not None and (yield from self._is_end_again(page, other)):
            self.done = True
        elif self.stale > STALE_PAGES:
            raise self._repeats_itself(index)
        else:
            self.accept(index, page)

    def _begins(self, page: RawPage[T]) -> Reading[T, bool]:
        """Whether a response is the page of the number that the caller gave, which may be past the end."""
        given, number = self.given or 0, page.number
        absent = page.refusal is not None
        # Past the end some servers respond with the last page, under its own number or none. Others number
        # pages differently. The page of that number shows which; of 0, which may not exist, the next.
        other = given - 1 if number is None else number or given + 1
        if page.items and other and (number is None or number < given):
            again = yield from self._receive([(other, self.size)])
            absent = page.repeats(again) and page.total == again.total
        if not absent:
            return True
        yield from self._learn_base()
        base = self.base or 0
        inside = self.total is not None and (given - base) * (self.size or 0) < self.total
        if inside and not self.doubts:
            # The list may have grown meanwhile.
            self.doubts += 1
        elif inside or given < base:
            raise page.refusal or self._repeats_itself(0)
        else:
            self.done = True
        return False

    def _corrects_start(self, page: RawPage[T], opening: RawPage[T]) -> Reading[T, bool]:
        """Correct the number of index 0 if index 1 shows that it was not the one presumed.

        Index 1 is index 0 again where no number came and numbering starts at 1, or where the numbers that
        come back run one behind those that are asked for.
        """
        if self.given:
            return False
        if self.start:
            # The numbers are right: what came before was the last page, over again.
            wrong = opening.number == 0 and page.number == self.number(1)
            if wrong:
                self.start, self.opening = 0, None
            return wrong
        if opening.number is not None and page.number != 0:
            return False
        came = None if page.total is None or opening.total is None else page.total - opening.total
        if came is not None and page.repeats(opening) and came >= len(page.items):
            # It may have been pushed there.
            opening = yield from self._reread(0)
        # No record of index 0 is on index 1 of a list that did not grow.
        shrank = opening.number is None and came is not None and came <= 0
        shared = set(page.keys).intersection(opening.keys) - {None}
        self.start = int(page.repeats(opening) or (shrank and bool(shared)))
        return self.start == 1

    def _place_absent(self, page: RawPage[T]) -> Reading[T, None]:
        """Tell what a page without records and total is: the end, a list that moved, or an error."""
        index = self.index
        if self.highest < 0 and page.refusal is not None:
            raise page.refusal
        # Without a total a refusal may as well be an error: the page before it shows which.
        vague = self.total is None and page.refusal is not None and not self.doubts
        is_end = not (self.is_inside(index) or vague) or not self.length
        if is_end and not self.fallen and self.highest >= 0:
            self.accept(index, page)
        elif self.highest >= 0 and self.doubts < 2 and self.seen.identified and index > -self.pages_before:
            # The list may have shrunk: the page before has a total.
            self.doubts += 1
            yield from self._go_back(page)
        elif not self.doubts:
            self.doubts += 1
            self.changes.reread_pages += 1
        elif page.refusal is not None and self.length >= (self.size or self.full):
            # After a page that is not full the list ends, whatever its total says.
            raise page.refusal
        else:
            self.accept(index, page)

    def _is_end_again(self, page: RawPage[T], other: int) -> Reading[T, bool]:
        """Whether a page with exactly the records of another is the last one, come again past the end."""
        index = self.index
        inside, adjacent = self.is_inside(index), other == index - 1
        named = page.number is not None and page.number < (self.number(index) or 0)
        if named and adjacent and not inside and page.total == self.total:
            # Under its own number it needs no second look.
            return True
        again = yield from self._reread(other)
        if not again.repeats(page) or again.total != page.total:
            # It was pushed there.
            return False
        if (self.total is None or inside) and not (adjacent and len(page.items) < self.full):
            raise self._repeats_itself(index)
        return True

    def _go_back(self, page: RawPage[T]) -> Reading[T, None]:
        """Go back over a boundary that records may have moved over, until some are recognised.

        While a list only shrinks, reading right before left skips nothing, so what was read stays good. If it
        grew, records may have moved over the boundary to the right: what was read is read again.
        """
        index = self.index
        if not self.seen.identified or index <= -self.pages_before or self.rewinds >= REWINDS:
            self.accept(index, page, verified=False)
            return
        self.rewinds += 1
        kept: list[tuple[int, RawPage[T]]] = []
        while True:
            fits = len(page.items) == self.room(index, page.total or 0, self.full)
            resized = self.new_size(index, page) is not None
            kept = [(index, page), *kept][:KEPT_PAGES] if page.items and fits and not resized else []
            index -= 1
            if not page.items and page.total is not None and self.full:
                # The last page that the total leaves.
                index = min(index, (page.total - self.before - 1) // self.full)
            index = max(-self.pages_before, index)
            if self.fallen:
                self.index = index
            total = self.read_total
            page = yield from self._reread(index)
            opens = index == 0 and self.opening is not None and not self.opening.number
            again = opens and kept and page.repeats(kept[0][1])  # so it is not index 1 that was kept
            if again or (self.read_total or 0) > (total or 0):
                kept = []
            if (size := self.new_size(index, page)) is not None:
                self._resize(index, size)
                return
            if any(map(self.seen.knows, page.keys)):
                break
            if index <= -self.pages_before:
                # Whether there is a page before this one depends on where numbering starts.
                yield from self._learn_base()
            if index <= -self.pages_before:
                if page.refusal is not None:
                    # No page is there any more, so a refusal is about the list and not about its end.
                    raise page.refusal
                break
        for one in ((index, page), *kept):
            self.accept(*one)

    def _resize(self, index: int, size: int) -> None:
        """Go on where the page at an index begins, with pages of another size."""
        # Where a part ends is counted in pages, so it has no end if these change.
        if self.resizes >= REWINDS or self.before or self.limit is not None:
            message = f"{self.operation}: the page size changed from {self.size} to {size} while reading"
            raise DecodeError(message, path="$.paging.pageSize", operation=self.operation)
        position = index * self.full
        self.index, self.size, self.longest = position // size, size, size
        self.ends = {self.index - 1: self.index * size}
        # Where the sizes do not divide, the page begins with records that are known.
        self.highest = self.index - (position % size == 0)
        self.resizes += 1

    def _repeats_itself(self, index: int) -> DecodeError:
        page = self.number(index)
        message = f"{self.operation}: the server returned page {page} with the records of an earlier page"
        return DecodeError(message, path="$.items", operation=self.operation)
