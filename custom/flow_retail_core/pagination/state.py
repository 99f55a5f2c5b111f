"""What a pass over a list knows, and what follows from it; no I/O."""

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Generic, Self, TypeVar

from attrs import define, evolve, field

from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.page import Page
from flow_retail_core.pagination.raw_page import RawPage, SeenPages

T = TypeVar("T")


@define(eq=False)
class ListState(Generic[T]):
    """What a pass over a list knows. Pages are counted from the one that it begins with: index 0."""

    operation: str
    changes: ListChanges
    seen: SeenPages[T]
    follow: Callable[[Any, RawPage[T]], Awaitable[Page[T]]]
    """Asks for the page after one, given the state after that."""
    given: int | None = None  # the number that the caller gave index 0; None for the first page of the list
    size: int | None = None  # the page size to ask for; None to leave it to the server
    limit: int | None = None  # the index to stop at; None for the end of the list
    prefetch: int = 1

    ready: deque[Page[T]] = field(factory=deque[Page[Any]])  # pages to give out
    held: list[Page[T]] = field(factory=list[Page[Any]])  # those that wait until it is known where to resume
    index: int = 0  # the page wanted next
    highest: int = -1  # the last one ever accepted
    done: bool = False

    start: int = 0  # the number of index 0
    base: int | None = None  # the number of the list's first page, once it is known
    opening: RawPage[T] | None = None  # index 0, until index 1 has shown that `start` is right
    unproven: bool = False  # whether that page came without a number, so that the next one's is unknown

    total: int | None = None  # of the page accepted last
    read_total: int | None = None  # of the response read last
    falls: int = 0  # how often it fell
    fallen: bool = False  # whether it did since the page accepted last was read
    moved: int = 0  # how many came in or went

    ends: dict[int, int] = field(factory=dict[int, int])  # records from index 0 to the end of a page
    length: int = -1  # records on the page accepted last
    longest: int = 0  # records on the fullest page
    short_pages: int = 0  # pages that stayed shorter than the total says
    stale: int = 0  # pages in a row without a new record
    rewinds: int = 0  # how often it went back since a further page was accepted
    doubts: int = 0  # how often it asked again for an absent page since the list moved
    resizes: int = 0  # how often the page size changed

    # -- Questions, which change nothing

    @property
    def full(self) -> int:
        """Records on a full page, as far as is known; 0 if it is not."""
        return self.size or self.longest

    @property
    def pages_before(self) -> int:
        """Pages before index 0; at least, while it is unknown where numbering starts."""
        return 0 if self.given is None else max(0, self.start - (1 if self.base is None else self.base))

    @property
    def before(self) -> int:
        """Records before index 0; at least, too."""
        return self.pages_before * self.full

    @property
    def covered(self) -> int:
        """Records up to the page accepted last, at least."""
        return self.before + self.ends.get(self.index - 1, 0)

    @property
    def resume_number(self) -> int | None:
        """The page to resume at: everything before it was given out."""
        return self.given if self.unproven or self.highest < 0 else self.start + self.index

    def number(self, index: int) -> int | None:
        """What the server calls a page."""
        return self.given if index == 0 else self.start + index

    def room(self, index: int, total: int, size: int) -> int:
        """Records that a total leaves for a page if all pages have this size."""
        return max(0, min(size, total - self.before - index * size))

    def is_inside(self, index: int) -> bool:
        """Whether the total says that there are records on a page that is still to be read."""
        return (self.total or 0) > max(self.before + index * self.full, self.covered)

    def is_short(self, index: int, page: RawPage[T]) -> bool:
        """Whether a page holds fewer records than the total leaves for it."""
        total = self.total if page.total is None else page.total
        if self.size is None and page.size is None:
            return not page.items and self.is_inside(index)
        full = self.full or page.size or 0
        # The last page must not look short while it is unknown where numbering starts: there may be a page 0.
        before = 0 if self.given is None else max(0, self.start - (self.base or 0)) * full
        return len(page.items) < min(full, (total or 0) - before - index * full)

    def new_size(self, index: int, page: RawPage[T]) -> int | None:
        """The page size if the server changed it, so that this page does not follow the one before."""
        old, new, length = self.size, page.size, len(page.items)
        if self.highest < 0 or old is None or new is None or new == old:
            return None
        index = index if page.number is None else page.number - self.start
        fits_old, fits_new = (
            page.total is None or length == self.room(index, page.total, size) for size in (old, new)
        )
        if length == new <= old and fits_old:
            # Some servers say how long the page is, where others say how long it may be. A smaller page
            # begins with records that were on the page before it.
            return new if fits_new and length and self.seen.knows(page.keys[0]) else None
        return new if fits_new or (length != new and not fits_old) or length > old else None

    # -- Commands

    def accept(self, index: int, page: RawPage[T], *, verified: bool = True) -> None:
        """Take a page; `verified` if no record can have been skipped before it."""
        if self.highest < 0:
            if page.number is not None and (self.given is None or page.number > self.given):
                self.start = page.number
            # A default or a limit of the server that changes would shift all pages, so the size is pinned.
            self.size, self.opening = page.size or self.size, page
            self.unproven = page.number is None and not self.given
        elif index > 0:
            self.opening, self.unproven = None, False
        elif self.opening is not None:
            self.opening = page
        new = self.seen.add(index, page)
        if index > self.highest:
            self.changes.repeated_records += len(page.items) - len(new)
            self.stale = 0 if new else self.stale + 1
            self.highest, self.rewinds, self.doubts = index, 0, 0
        self.changes.unverified_boundaries += not verified
        self.short_pages += self.is_short(index, page)
        previous, self.length = self.length, len(page.items)
        if index >= 0:
            self.ends[index] = self.ends.get(index - 1, index * self.full) + self.length
            self.longest = max(self.longest, self.length)
        self.index, self.fallen = index + 1, self.falls > page.falls
        self.total = self.total if page.total is None else page.total
        if not page.items:
            # One page may be missing, but not two in a row.
            self.done = not self.is_inside(index + 1) or not previous
        elif not self.fallen and self.total is not None:
            self.changes.inconsistent_totals += self.covered > self.total
            # A page that is not full has reached the end; after a full one it takes another request to know.
            # Where less comes than the size says, the fullest page shows what "full" is.
            full = page.size or 0 if index == 0 else min(self.full, self.longest)
            self.done = self.covered == self.total and self.length < full
        if new:
            # The memory of the pages before it stays with this reader.
            state = evolve(self, seen=SeenPages(identified=self.seen.identified), ready=deque(), held=[])
            # The size of the pages that it lies among, not what a server made of a short one.
            size, has_next = page.size or self.size, self.covered != page.total
            follow = partial(self.follow, state, page)
            self.held.append(Page(new, page.total, page.number, size, has_next, follow))
        if not self.unproven or self.limit == 1:
            self.ready += self.held
            self.held.clear()

    def after(self, page: RawPage[T]) -> Self:
        """The state of a pass that has seen this page alone, the one accepted last, to read on from there."""
        index = self.index - 1
        seen: SeenPages[T] = SeenPages(identified=self.seen.identified)
        seen.add(index, page)
        return evolve(
            self,
            changes=ListChanges(),
            seen=seen,
            limit=None,
            ready=deque(),
            held=[],
            highest=index,
            ends={index: self.ends[index]} if index in self.ends else {},
            rewinds=0,
        )
