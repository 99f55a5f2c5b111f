"""How far a pass over a list has come, without any I/O."""

from enum import Enum
from typing import Generic, TypeVar

from attrs import define, evolve, field, frozen

from flow_retail_core.errors import FlowRetailError
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.raw_page import RawPage
from flow_retail_core.pagination.seen_pages import REMEMBERED_RECORDS, SeenPages

T = TypeVar("T")


class Mode(Enum):
    """What a pass is doing."""

    FORWARD = "forward"
    """Reading on, page by page."""
    BACKWARD = "backward"
    """Going back over pages that records may have moved to, until one is recognised."""
    CONFIRMING = "confirming"
    """Asking for the page after a full one that reached the total, which may be capped."""
    DONE = "done"


@frozen
class Accept(Generic[T]):
    """Take these pages, in this order.

    Attributes:
        pages: Each with its index.
        verified: Whether no record can have been skipped at the boundary before them.
    """

    pages: "tuple[tuple[int, RawPage[T]], ...]"
    verified: bool = True


@frozen
class Fetch(Generic[T]):
    """Ask for another page before anything is accepted.

    Attributes:
        index: The page; None for the first of the list, whatever its number.
        mode: What for.
        kept: Pages to accept with it, once it proves to join them.
        pending: The page whose acceptance hangs on what comes back.
        start: The number of index 0, if it turned out to be another one.
        size: The page size to ask for, if it turned out to be another one.
    """

    index: int | None
    mode: Mode = Mode.FORWARD
    kept: "tuple[tuple[int, RawPage[T]], ...]" = ()
    pending: "tuple[int, RawPage[T]] | None" = None
    start: int | None = None
    size: int | None = None


@frozen
class End:
    """The list is read to its end, or to where it can't be read on: then there is an error."""

    error: FlowRetailError | None = None


@define(eq=False)
class ListState(Generic[T]):
    """How far a pass over a list has come. Pages are counted from the one that it begins with: index 0.

    Attributes:
        operation: The operation's name, for errors.
        given: The number that the caller gave index 0; None for the first page of the list.
        size: The page size to ask for; None to leave it to the server.
        limit: The index at which to stop; None for the end of the list.
        identified: Whether records have an identity.
        changes: Where to count what moved.
        index: The page wanted next; None for the first of the list, to learn how pages are numbered.
        start: The number of index 0.
        base: The number of the list's first page, once that is known.
        opening: The page at index 0 until index 1 has shown that `start` is right.
        lengths: Records on each page up to the one accepted last.
        positions: Their sum.
        longest: Records on the fullest page.
        total: `totalCount` of the page accepted last.
        trusted: Whether no more records came than the total allows.
        read_total: `totalCount` of the response read last.
        fell: By how much the last response's total was lower than that of the response before.
        fallen: The same summed up since the last page was accepted.
        fallen_after: The same since the rightmost of the pages was read that wait to be accepted.
        latest: The response read last.
        grown: How many records came in, by the totals.
        rewind_total: The lowest total at which the reader went back since it got further.
        moved: How many came or went.
        repeated: How many records came again on pages read for the first time.
        kept: See `Fetch`.
        pending: See `Fetch`.
        border: The index at which going back began.
        rewinds: How often the reader went back without getting further, other than because fewer records were left.
        asked_again: The page at `index` as it came the first time, if it has been asked for again.
        doubted: The index of a page without figures that was asked for again after going back.
        short_pages: How many pages stayed shorter than their own total says.
        has_gaps: Whether any page was, so that records are missing if the totals say so in the end, too.
        resizes: How often the page size changed.
        stale: How many pages in a row brought no new record.
        highest: The last index ever accepted.
        numbered: Whether the page accepted last came back with the number that it was asked for.
        seen: The pages and records accepted.
    """

    operation: str
    given: int | None
    size: int | None
    limit: int | None
    identified: bool
    changes: ListChanges
    mode: Mode = Mode.FORWARD
    index: int | None = 0
    start: int = 0
    base: int | None = None
    opening: RawPage[T] | None = None
    lengths: dict[int, int] = field(factory=dict[int, int])
    positions: int = 0
    longest: int = 0
    total: int | None = None
    trusted: bool = True
    read_total: int | None = None
    fell: int | None = None
    fallen: int = 0
    fallen_after: int = 0
    latest: RawPage[T] | None = None
    grown: int = 0
    rewind_total: int | None = None
    moved: int = 0
    repeated: int = 0
    kept: tuple[tuple[int, RawPage[T]], ...] = ()
    pending: tuple[int, RawPage[T]] | None = None
    border: int = 0
    rewinds: int = 0
    asked_again: RawPage[T] | None = None
    doubted: int | None = None
    short_pages: int = 0
    has_gaps: bool = False
    resizes: int = 0
    stale: int = 0
    highest: int = -1
    numbered: bool = False
    seen: SeenPages[T] = field(factory=SeenPages[T])

    # -- Questions, which change nothing

    def number(self, index: int | None) -> int | None:
        """What the server calls a page."""
        if index is None:
            return None
        return self.given if index == 0 else self.start + index

    @property
    def resume_number(self) -> int | None:
        """The page to resume at: everything before it has been given."""
        if self.opening is not None and self.opening.number is None:
            return self.given
        return self.number(self.index if self.pending is None else self.pending[0])

    @property
    def lowest(self) -> int:
        """The first index that surely exists: a page 0 may not."""
        return 0 if self.given is None else min(0, 1 - self.start)

    @property
    def full(self) -> int | None:
        """Records on a full page, as far as is known."""
        if self.size is None:
            return self.longest or None
        return min(self.size, self.longest) if self.short_pages and self.longest else self.size

    @property
    def is_steady(self) -> bool:
        """Whether pages may be asked for ahead of time: the numbering is proven, and nothing is being healed."""
        return (
            self.mode is not Mode.BACKWARD
            and self.highest >= 0
            and self.border <= self.highest
            and (self.opening is None or self.opening.number is not None)
        )

    def before(self, *, most: bool = False) -> int:
        """Records before index 0: fewest, or most if it is unknown whether pages are counted from 0 or 1."""
        if self.given is None:
            return 0
        base = self.base if self.base is not None else 0 if most else 1
        return max(0, self.start - base) * (self.full or 0)

    def missing(self, total: int | None, index: int | None = None) -> int:
        """How many records before the page at an index the server counts but did not return."""
        if total is None or not self.trusted or not self.has_gaps:
            return 0
        count = total - self.before(most=True)
        if index is not None:
            count = min(count, index * (self.longest or self.size or 0))
        return max(0, count - self.positions)

    def covered(self) -> int:
        """Records up to the last page accepted.

        Repeated records that the growth of the list does not explain are not counted twice: too little costs a
        request, too much could cost records.
        """
        return self.before() + self.positions - max(0, self.repeated - self.grown)

    def opening_figures(self, page: RawPage[T]) -> tuple[int, int | None]:
        """The number to count on from, and the size to ask for, given the page at index 0."""
        size = page.size or self.size
        if page.number is None or (self.given is not None and page.number < self.given):
            return self.given or 0, size
        return page.number, size

    def is_full(self, index: int, page: RawPage[T]) -> bool:
        """Whether no more records would fit on a page."""
        if index == 0:
            return page.size is None or len(page.items) >= page.size
        # Where less comes than the size says, the fullest page tells what "full" is.
        return len(page.items) >= min(self.size or self.longest, self.longest)

    def is_inside(self, index: int) -> bool:
        """Whether the total says that there are records on a page."""
        return (
            self.total is not None
            and self.trusted
            and self.before(most=True) + index * (self.full or 0) < self.total
            and self.before(most=True) + self.positions < self.total
        )

    def is_short(self, index: int, page: RawPage[T]) -> bool:
        """Whether a page holds fewer records than the total leaves for it."""
        total = self.total if page.total is None else page.total
        if total is None or not self.trusted:
            return False
        full = self.full or page.size
        if full is None:
            return not page.items and total > self.before(most=True) + self.positions
        return len(page.items) < min(full, total - self.before(most=True) - index * full)

    def after(self, index: int, page: RawPage[T]) -> "ListState[T]":
        """The state of a pass that has seen one page only, to read on from there."""
        return evolve(
            self,
            changes=ListChanges(),
            limit=None,
            lengths={index: len(page.items)},
            kept=(),
            seen=SeenPages(identified=self.identified),
        )

    # -- Commands

    def observe(self, page: RawPage[T]) -> None:
        """Note the total of a response, in the order of reading."""
        self.fell = None
        self.latest = page
        if page.total is None:
            return
        if self.read_total is not None:
            self.fell = self.read_total - page.total
            self.fallen += max(0, self.fell)
            self.fallen_after += max(0, self.fell)
            self.grown += max(0, -self.fell)
            self.moved += abs(self.fell)
            # What was asked again while the list moved is no confirmation.
            self.doubted = None if self.fell else self.doubted
            self.changes.total_changes += self.fell != 0
            if self.moved >= REMEMBERED_RECORDS // 2:
                self.seen.recall()
        self.read_total = page.total

    def learn_base(self, first: RawPage[T]) -> RawPage[T]:
        """Note what the first page of the list says, and return the page that waited for that."""
        assert self.pending is not None
        # If the list itself is refused, no page of it exists.
        self.base = (first.number or 0) if first.refusal is None else self.start + 1
        self.total = self.total if first.total is None else first.total
        self.size = self.size or first.size or len(first.items) or None
        (self.index, waiting), self.pending = self.pending, None
        return waiting

    def follow(self, fetch: Fetch[T], page: RawPage[T]) -> None:
        """Go where a decision says, after the response that led to it."""
        if fetch.mode is Mode.BACKWARD and self.mode is not Mode.BACKWARD:
            assert self.index is not None
            self.border = self.index
            # A list that only shrinks comes to an end by itself.
            total = self.read_total or 0
            self.rewinds += self.rewind_total is not None and total >= self.rewind_total
            self.rewind_total = total if self.rewind_total is None else min(total, self.rewind_total)
            if not page.items and page.total is None:
                self.doubted = self.index
        if fetch.size is not None and self.highest >= 0:
            self._resize(fetch)
        if (
            fetch.start is None
            and fetch.index is not None
            and (fetch.index >= 0 or fetch.mode is Mode.BACKWARD)
        ):
            self.changes.reread_pages += 1
        self.asked_again = page if fetch.index == self.index and fetch.start is None else None
        if self.index == 0 and fetch.index == 1 and fetch.kept:
            self.opening, self.total = page, page.total
        waiting = fetch.pending or (fetch.kept[-1] if fetch.kept else None)
        if waiting is None or waiting[1] is page:
            self.fallen_after = 0
        self.mode, self.index = fetch.mode, fetch.index
        self.kept, self.pending = fetch.kept, fetch.pending
        self.start = self.start if fetch.start is None else fetch.start
        self.size = fetch.size or self.size

    def accept(self, index: int, page: RawPage[T], *, verified: bool) -> tuple[T, ...]:
        """Take a page, and return the records that were on no page before."""
        if self.highest < 0 and index >= 0 and self.opening is None:
            self.start, self.size = self.opening_figures(page)
            self.opening = page
        new = self.seen.new_records(page)
        if new and index <= self.highest:
            # The list moves, so what was asked again is not confirmed.
            self.doubted = None
        if index > self.highest:
            self.numbered = page.number is not None and page.number == self.start + index
            repeats = len(page.items) - len(new)
            self.changes.repeated_records += repeats
            # A page that holds a record twice still takes as many positions.
            self.repeated += repeats - (len(page.keys) - len(set(page.keys)) if repeats else 0)
            self.stale = 0 if new else self.stale + 1
            self.rewinds, self.rewind_total = 0, None
        self.changes.unverified_boundaries += not verified
        short = self.is_short(index, page)
        self.short_pages += short and self.asked_again is not None
        self.has_gaps = self.has_gaps or short
        self.seen.add(index, page)
        self._measure(index, len(page.items))
        self.highest = max(self.highest, index)
        self.total = self.total if page.total is None else page.total
        self.read_total = self.total
        self.fallen = 0 if page is self.latest else self.fallen_after
        self.kept, self.pending, self.asked_again = (), None, None
        if index > 0:
            self.opening = None
        self.index = index + 1
        self._choose_mode(index, page)
        return new

    def _measure(self, index: int, length: int) -> None:
        if index < 0:
            return
        for further in range(index, self.highest + 1):
            self.positions -= self.lengths.pop(further, 0)
        self.lengths[index] = length
        self.positions += length
        self.longest = max(self.longest, length)

    def _choose_mode(self, index: int, page: RawPage[T]) -> None:
        covered = self.covered()
        self.mode = Mode.FORWARD
        if not page.items:
            # One page may be missing, but not two in a row.
            if (not self.fallen and not self.is_inside(index + 1)) or self.lengths.get(index - 1) == 0:
                self.mode = Mode.DONE
        elif self.fallen:
            pass
        elif self.total is None or covered < self.total:
            self.trusted = True
        elif covered > self.total:
            self.changes.inconsistent_totals += self.trusted
            self.trusted = False
        elif self.trusted:
            # On a page that is not full the list has ended; after a full one it takes another request to know.
            self.mode = Mode.CONFIRMING if self.is_full(index, page) else Mode.DONE

    def _resize(self, fetch: Fetch[T]) -> None:
        assert (
            fetch.size is not None
            and fetch.index is not None
            and self.index is not None
            and self.size is not None
        )
        self.resizes += 1
        self.lengths = dict.fromkeys(range(fetch.index), fetch.size)
        self.positions = fetch.size * fetch.index
        self.longest = fetch.size
        self.border = self.border * self.size // fetch.size
        # Where the sizes do not divide, the page begins with records that are known.
        is_joint = fetch.mode is not Mode.BACKWARD and self.index * self.size % fetch.size == 0
        self.highest = fetch.index - is_joint
