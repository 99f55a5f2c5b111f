"""How far a pass over a list has come, and what a response may lead to; no I/O."""

from enum import Enum
from typing import Generic, TypeVar

from attrs import define, evolve, field, frozen

from flow_retail_core.errors import FlowRetailError
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.raw_page import REMEMBERED_RECORDS, RawPage, SeenPages

T = TypeVar("T")
Placed = tuple[int, RawPage[T]]
"""A page with its index. Pages are counted from the one that the pass begins with: index 0."""


class Mode(Enum):
    """What a pass is doing."""

    FORWARD = "reading on, page by page"
    BACKWARD = "going back over pages that records may have moved to, until one is recognised"
    CONFIRMING = "asking for the page after a full one that reached the total, which may be capped"
    DONE = "nothing: the list is read"


@frozen
class Accept(Generic[T]):
    """Take these pages in this order; `verified` if no record can have been skipped before them."""

    pages: tuple[Placed[T], ...]
    verified: bool = True


@frozen
class Fetch(Generic[T]):
    """Ask for another page before anything is accepted."""

    index: int
    mode: Mode = Mode.FORWARD
    kept: tuple[Placed[T], ...] = ()  # pages to accept once what comes back proves to join them
    pending: Placed[T] | None = None  # the page whose meaning depends on what comes back
    probe: bool = False  # whether to ask for the list's first page instead, to learn its number
    start: int | None = None  # the number of index 0, if it turned out to be another one
    size: int | None = None  # the page size to ask for, if it turned out to be another one


@frozen
class End:
    """The list is read to its end; with an error, to where it can't be read on."""

    error: FlowRetailError | None = None


@define(eq=False)
class ListState(Generic[T]):
    """What a pass over a list knows."""

    operation: str
    changes: ListChanges
    seen: SeenPages[T]
    given: int | None = None  # the number that the caller gave index 0; None for the first page of the list
    size: int | None = None  # the page size to ask for; None to leave it to the server
    limit: int | None = None  # the index to stop at; None for the end of the list

    mode: Mode = Mode.FORWARD
    index: int = 0  # the page wanted next
    highest: int = -1  # the last one ever accepted
    kept: tuple[Placed[T], ...] = ()
    pending: Placed[T] | None = None
    probing: bool = False
    asked_again: RawPage[T] | None = None  # the page at `index` as it came first, if it was asked for again
    doubted: int | None = None  # the index of a page without records and total that is asked for again
    latest: RawPage[T] | None = None  # the response read last

    start: int = 0  # the number of index 0
    base: int | None = None  # the number of the list's first page, once it is known
    opening: RawPage[T] | None = None  # index 0, until index 1 has shown that `start` is right
    numbered: bool = False  # whether pages come back with the number that they were asked for

    total: int | None = None  # of the page accepted last
    trusted: bool = True  # whether no more records came than that
    read_total: int | None = None  # of the response read last
    fell: int | None = None  # by how much it is lower than that of the response before
    fallen: int = 0  # the same summed up since the page accepted last was read
    fallen_after: int = 0  # the same since the rightmost of the pages was read that wait to be accepted
    grown: int = 0  # how many records came in
    moved: int = 0  # how many came in or went

    since: int = 0  # the first page whose length is known; those before it count as full
    lengths: dict[int, int] = field(factory=dict[int, int])  # records on each page from there to the last
    positions: int = 0  # their sum
    longest: int = 0  # records on the fullest page
    full: int = 0  # records on a full page, as far as is known; 0 if it is not
    before: int = 0  # records before index 0, at least
    most_before: int = 0  # the same if pages are counted from 0, where that is unknown
    covered: int = 0  # records up to the page accepted last, at least
    repeated: int = 0  # records on other pages that came again
    short_pages: int = 0  # pages that stayed shorter than the total says
    stale: int = 0  # pages in a row without a new record
    boundary: int = 0  # the index at which going back began
    rewinds: int = 0  # how often it began without getting further, other than for fewer and fewer records
    rewind_total: int | None = None  # the lowest total at which it did
    resizes: int = 0  # how often the page size changed

    # -- Questions, which change nothing

    def number(self, index: int) -> int | None:
        """What the server calls a page."""
        return self.given if index == 0 else self.start + index

    def shown_index(self, page: RawPage[T]) -> int | None:
        """The page that a response says it is, if its numbers can be relied on."""
        return page.number - self.start if self.numbered and page.number is not None else None

    def resume_number(self) -> int | None:
        """The page to resume at: everything before it was given out."""
        if self.opening is not None and self.opening.number is None:
            return self.given
        index = self.index if self.pending is None else self.pending[0]
        if self.mode is Mode.BACKWARD and self.doubted is not None:
            index = self.doubted
        return self.number(index) if self.highest < 0 else self.start + index

    def lowest(self) -> int:
        """The first index that surely exists: a page 0 may not."""
        return 0 if self.given is None else min(0, (1 if self.base is None else self.base) - self.start)

    def horizon(self, prefetch: int) -> int:
        """The index before which pages are worth asking for ahead of time."""
        unproven = self.highest < 0 or (self.opening is not None and self.opening.number is None)
        if (
            unproven
            or self.mode is not Mode.FORWARD
            or self.boundary > self.highest
            or self.pending
            or self.kept
        ):
            return 0
        horizon = self.index + prefetch
        if self.total is not None and self.size is not None and self.trusted:
            horizon = max(self.index + 1, -(-(self.total - self.before) // self.size))
        return horizon if self.limit is None else min(horizon, self.limit)

    def is_there(self, index: int, page: RawPage[T]) -> bool:
        """Whether a response is the page at this index, as far as its number tells."""
        return bool(page.items) and self.shown_index(page) in {None, index}

    def is_inside(self, index: int, *, surely: bool = True) -> bool:
        """Whether the total says that there are records on a page that is still to be read, or may be."""
        if self.total is None or not self.trusted:
            return False
        before = self.most_before if surely else self.before
        return self.total - before > max(index * self.full, self.positions)

    def is_short(self, index: int, page: RawPage[T]) -> bool:
        """Whether a page holds fewer records than the total leaves for it."""
        total = self.total if page.total is None else page.total
        if total is None or not self.trusted:
            return False
        if self.size is None and page.size is None:
            return not page.items and total > self.positions + self.grown
        full = self.full or page.size or 0
        return len(page.items) < min(full, total - self.most_before - index * full)

    def missing(self) -> int:
        """How many records the server counts but did not return."""
        if self.total is None or not self.trusted or not self.short_pages:
            return 0
        count = self.total - self.most_before
        if self.limit is not None:
            count = min(count, self.limit * (self.longest or self.size or 0))
        return max(0, count - self.positions)

    def after(self, index: int, page: RawPage[T]) -> "ListState[T]":
        """The state of a pass that has seen this page alone, to read on from there."""
        seen: SeenPages[T] = SeenPages(identified=self.seen.identified)
        seen.add(index, page)
        return evolve(
            self,
            changes=ListChanges(),
            seen=seen,
            limit=None,
            kept=(),
            latest=page,
            since=index,
            lengths={index: len(page.items)},
        )

    # -- Commands

    def observe(self, page: RawPage[T]) -> None:
        """Note the total of a response, in the order of reading."""
        self.fell, self.latest = None, page
        if page.total is not None and self.read_total is not None:
            self.fell = self.read_total - page.total
            self.fallen += max(0, self.fell)
            self.fallen_after += max(0, self.fell)
            self.grown += max(0, -self.fell)
            self.moved += abs(self.fell)
            if self.fell:
                self.changes.total_changes += 1
                self.doubted = None
            if self.moved >= REMEMBERED_RECORDS // 2:
                self.seen.recall()
        elif self.mode is Mode.BACKWARD and not page.items and self.read_total is not None:
            # The list was shorter than that for a moment, whatever the next total says.
            gone = max(0, self.read_total - self.before - self.index * self.full)
            self.fallen += gone
            self.fallen_after += gone
        self.read_total = self.read_total if page.total is None else page.total
        size, longest = self.size or self.longest, self.longest
        self.full = min(size, longest) if self.short_pages and longest else size
        if self.given is not None:
            base = self.base or 0
            self.most_before = max(0, self.start - base) * self.full
            self.before = max(0, self.start - (1 if self.base is None else base)) * self.full

    def learn_base(self, first: RawPage[T]) -> RawPage[T]:
        """Note what the first page of the list says, and return the page that waited for it."""
        # If the list itself is refused, no page of it exists.
        self.base = self.start + 1 if first.refusal is not None else first.number or 0
        self.size = self.size or first.size or len(first.items) or None
        self.total = self.total if first.total is None else first.total
        self.observe(first)
        waiting = first if self.pending is None else self.pending[1]
        self.pending, self.probing = None, False
        return waiting

    def open(self, page: RawPage[T]) -> None:
        """Note the number to count on from, and the size to ask for, given the page at index 0."""
        if page.number is not None and (self.given is None or page.number > self.given):
            self.start = page.number
        # A default or a limit of the server that changes would shift all pages, so the size is pinned.
        self.size, self.opening, self.total = page.size or self.size, page, page.total

    def follow(self, fetch: Fetch[T], page: RawPage[T]) -> None:
        """Go where a decision says, after the page that led to it."""
        if fetch.mode is Mode.BACKWARD and self.mode is not Mode.BACKWARD:
            self._turn_back(page)
        waits = fetch.pending[1] if fetch.pending else fetch.kept[-1][1] if fetch.kept else page
        if waits is page:
            self.fallen_after = 0
        if self.highest < 0 and self.opening is None and fetch.kept:
            self.open(page)
        elif fetch.start is None and not fetch.probe and (fetch.index >= 0 or fetch.mode is Mode.BACKWARD):
            self.changes.reread_pages += 1
        if fetch.size is not None and self.highest >= 0:
            self._resize(fetch, fetch.size)
        again = fetch.index == self.index and fetch.start is None and fetch.pending is None
        self.asked_again = page if again else None
        self.mode, self.index, self.probing = fetch.mode, fetch.index, fetch.probe
        self.kept, self.pending = fetch.kept, fetch.pending
        if fetch.start is not None:
            # Corrected back, the numbering is settled.
            self.opening = None if fetch.start < self.start else self.opening
            self.start = fetch.start
        self.size = fetch.size or self.size

    def accept(self, index: int, page: RawPage[T], *, verified: bool = True) -> tuple[T, ...]:
        """Take a page, and return the records that were on no page before."""
        if self.highest < 0 and self.opening is None:
            self.open(page)
        new = self.seen.new_records(page)
        if index > self.highest:
            repeats = len(page.items) - len(new)
            # A first page 0 proves nothing: the numbers that come back may run one behind.
            if page.number == self.start + index > 0:
                self.numbered = True
            elif index == 1:
                self.numbered = False
            self.changes.repeated_records += repeats
            self.repeated += repeats
            self.stale = 0 if new else self.stale + 1
            self.rewinds, self.rewind_total = 0, None
        elif new:
            # The list moves, so what was asked again is not confirmed.
            self.doubted = None
        self.changes.unverified_boundaries += not verified
        self.short_pages += self.is_short(index, page)
        self.seen.add(index, page)
        if index >= 0:
            for further in range(index, self.highest + 1):
                self.positions -= self.lengths.pop(further, self.full if further < self.since else 0)
            self.lengths[index] = len(page.items)
            self.positions += len(page.items)
            self.longest = max(self.longest, len(page.items))
        self.highest = max(self.highest, index)
        self.total = self.total if page.total is None else page.total
        self.fallen = 0 if page is self.latest else self.fallen_after
        self.kept, self.pending, self.asked_again = (), None, None
        self.opening = self.opening if index <= 0 else None
        self.index = index + 1
        # Records that came again are not counted twice, unless the list grew: too little costs a request, too
        # much could cost records.
        self.covered = self.before + self.positions - max(0, self.repeated - self.grown)
        self.mode = Mode.FORWARD
        if not page.items:
            # One page may be missing, but not two in a row.
            ends = not self.fallen and not self.is_inside(index + 1)
            self.mode = Mode.DONE if ends or self.lengths.get(index - 1) == 0 else Mode.FORWARD
        elif not self.fallen and self.total is not None:
            if self.covered != self.total:
                self.changes.inconsistent_totals += self.trusted and self.covered > self.total
                self.trusted = self.covered < self.total
            elif self.trusted:
                # A page that is not full has reached the end; after a full one it takes another request to
                # know. Where less comes than the size says, the fullest page shows what "full" is.
                full = page.size if index == 0 else min(self.size or self.longest, self.longest)
                is_full = full is None or len(page.items) >= full
                self.mode = Mode.CONFIRMING if is_full else Mode.DONE
        return new

    def _turn_back(self, page: RawPage[T]) -> None:
        self.boundary = self.index
        total = self.read_total or 0
        if self.rewind_total is not None and total >= self.rewind_total:
            self.rewinds += 1
        self.rewind_total = min(total, self.rewind_total or total)
        if not page.items and page.total is None:
            self.doubted = self.index
            # How far the total fell in between is unknown.
            self.fallen += total

    def _resize(self, fetch: Fetch[T], size: int) -> None:
        old, self.resizes = self.size or size, self.resizes + 1
        self.lengths = dict.fromkeys(range(fetch.index), size)
        self.positions, self.longest = size * fetch.index, size
        # Where the sizes do not divide, the page begins with records that are known.
        fits = fetch.mode is Mode.FORWARD and self.index * old % size == 0
        self.highest = fetch.index - fits
        self.boundary = self.boundary * old // size
