"""What to do with a response: rules over plain values, without any I/O."""

from typing import TypeVar

from flow_retail_core.errors import DecodeError, FlowRetailError
from flow_retail_core.pagination.raw_page import RawPage
from flow_retail_core.pagination.state import Accept, End, Fetch, ListState, Mode

T = TypeVar("T")

REWINDS = 8
"""How often the reader goes back at one boundary before it goes on."""
KEPT_PAGES = 4
"""Pages that are kept while the reader goes back; those further right are read again."""
SHORT_PAGES = 3
"""After so many pages that stayed short the server is taken not to fill its pages, and short ones are believed."""
STALE_PAGES = 100
"""Pages in a row without a new record after which the server is taken to repeat itself."""

Decision = Accept[T] | Fetch[T] | End


def decide(state: ListState[T], page: RawPage[T]) -> Decision[T]:
    """Decide what the response to the page at `state.index` means."""
    index = state.index
    assert index is not None
    if state.pending is not None:
        return _compare(state, index, page)
    if state.mode is Mode.BACKWARD:
        return _go_back(state, index, page)
    if index == 0 and state.highest < 0 and (decision := _open(state, page)) is not None:
        return decision
    if _is_misnumbered(state, index, page):
        return Fetch(index, state.mode, kept=state.kept, start=state.start + 1)
    if not page.items and page.total is None:
        return _without_figures(state, index, page)
    if state.fallen:
        if state.mode is not Mode.CONFIRMING:
            return _heal(state, index, page)
        # Once the total was reached, nothing is left that could have moved.
        if not state.seen.new_records(page):
            return End()
    if state.is_short(index, page):
        first = state.asked_again
        if first is None and (not page.items or state.short_pages < SHORT_PAGES):
            return Fetch(index, state.mode, kept=state.kept, size=page.size if index == 0 else None)
        if first is not None and len(first.items) > len(page.items):
            page = first
    if index > state.highest:
        if (size := _new_size(state, index, page)) is not None:
            return _resize(state, index * (state.size or 0), size)
        if (other := state.seen.find(index, page)) is not None:
            return _repeated(state, index, page, other)
        if state.stale > STALE_PAGES:
            return End(_repeats_itself(state, index))
    return _accept(state, index, page)


def _accept(state: ListState[T], index: int, page: RawPage[T], *, verified: bool = True) -> Decision[T]:
    if index == 0 and state.highest < 0 and page.number is None and state.given is None and state.limit != 1:
        # Whether numbering starts at 0 or 1 is unknown, so a failure of the next page could not say where to
        # resume: this one is given out with the next.
        if page.items and (state.is_full(0, page) or page.total != len(page.items)):
            start, size = state.opening_figures(page)
            return Fetch(1, kept=((0, page),), start=start, size=size)
    if not page.items and state.base is None and state.given and state.limit is None:
        total = state.total if page.total is None else page.total
        if total is not None and total > state.before() + state.positions:
            return Fetch(None, pending=(index, page))
    return Accept((*state.kept, (index, page)), verified)


def _open(state: ListState[T], page: RawPage[T]) -> Decision[T] | None:
    """The rules of the page that a pass begins with."""
    given, number = state.given, page.number
    if page.refusal is not None:
        if not given or state.limit is not None:
            return End(page.refusal)
        if state.base is None:
            return Fetch(None, pending=(0, page))
        inside = state.total is not None and (given - state.base) * (state.size or 0) < state.total
        return End(page.refusal if inside or given < state.base else None)
    # Past the end some servers answer with the last page, under its own number or none. Others number the pages
    # that they return differently; the page of that number tells. A page 0 may not exist, so the next one is asked.
    if not page.items or not given or state.limit is not None or state.asked_again is not None:
        return None
    other = given - 1 if number is None else number or (given + 1 if given == 1 else 0)
    if number is None or number < given:
        if not other:
            return None
        return Fetch(other - given, pending=(0, page))
    return None


def _is_misnumbered(state: ListState[T], index: int, page: RawPage[T]) -> bool:
    """Whether index 1 is index 0 again because its number was wrong, not its content.

    So it is where the first page came without a number and numbering starts at 1, not at 0 as presumed, or
    where the numbers that come back run one behind those that are asked for.
    """
    opening = state.opening
    if opening is None or index != 1 or state.start != (state.given or opening.number or 0):
        return False
    unproven = opening.number is None or opening.number == page.number == 0
    outgrown = (
        page.total is not None and opening.total is not None and page.total - opening.total >= len(page.items)
    )
    return unproven and page.repeats(opening) and not outgrown


def _without_figures(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """The rules of a page that was refused, or came without records and total."""
    if state.highest < 0 and index == 0 and state.asked_again is None:
        return Fetch(0)
    if not state.fallen and (not state.is_inside(index) or state.lengths.get(index - 1) == 0):
        return _accept(state, index, page)
    if state.doubted != index:
        # The list may have shrunk: the page before has a total.
        if state.identified and index > state.lowest:
            if state.rewinds >= REWINDS:
                return _accept(state, index, page, verified=False)
            return Fetch(index - 1, Mode.BACKWARD)
        if state.asked_again is None:
            return Fetch(index, state.mode, kept=state.kept)
    # A short page before it shows that the list ends there, whatever its total says.
    if page.refusal is not None and state.lengths.get(index - 1, 0) >= (state.full or 1):
        return End(page.refusal)
    return _accept(state, index, page)


def _heal(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """Go back over a boundary that records may have moved over, unless that is of no use.

    Two pages that were in flight together may have been read in either order: then a fall of the total is
    growth, seen backwards. It hides records as well, and is healed in the same way: one by one.
    """
    if not state.identified or index <= state.lowest or state.rewinds >= REWINDS:
        return _accept(state, index, page, verified=False)
    if not page.items:
        return Fetch(_left_of(state, index, page), Mode.BACKWARD)
    past = state.before() + index * (state.full or 0) >= (page.total or 0)
    return Fetch(index - 1, Mode.BACKWARD, kept=() if past else ((index, page),))


def _go_back(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """Keep a page that was read after its right neighbour, and go on to the left until records are recognised.

    While a list only shrinks, reading right before left skips nothing, so what was kept stays good. If it grew,
    records may have moved over the boundary to the right: what was kept is read again.
    """
    kept = state.kept if state.fell is not None and state.fell >= 0 else ()
    if kept and page.repeats(kept[0][1]):
        if state.opening is not None and state.highest < 0 and index == 0:
            # Nothing moved: the number of the second page was wrong.
            return Fetch(1, kept=((0, page),), start=state.start + 1)
        kept = ()
    size = state.full
    unread = state.before() + state.border * (size or 0) - state.fallen
    if (new_size := _new_size(state, index, page)) is not None:
        return _resize(state, max(0, unread), new_size)
    left = _left_of(state, index, page)
    joins = left == index - 1 and (
        any(map(state.seen.knows, page.keys))
        or (page.total is not None and size is not None and state.before() + index * size <= unread)
    )
    if joins or index <= state.lowest:
        return Accept(((index, page), *kept))
    kept = ((index, page), *kept)[:KEPT_PAGES] if page.items and left == index - 1 else kept
    return Fetch(left, Mode.BACKWARD, kept=kept)


def _left_of(state: ListState[T], index: int, page: RawPage[T]) -> int:
    """The page to go back to: the one before, or the last that the total leaves."""
    # Past the end some servers answer with the last page.
    is_other = state.numbered and page.number is not None and page.number != state.start + index
    if page.total is None or not state.full or (page.items and not is_other):
        return max(state.lowest, index - 1)
    last = (page.total - state.before() - 1) // state.full
    return max(state.lowest, min(index - 1, last))


def _new_size(state: ListState[T], index: int, page: RawPage[T]) -> int | None:
    """The page size if the server changed it, so that this page does not follow the one before."""
    old, new, length = state.size, page.size, len(page.items)
    if index == 0 or old is None or new is None or new == old:
        return None
    # Some servers say how long the page is, where others say how long it may be. It is believed that a page is
    # smaller if it is full and not the last, and larger if more came than was asked for.
    end = state.before() + index * old + length
    smaller = new < old and length == new and page.total is not None and end < page.total
    return new if smaller or (new > old and length > old) else None


def _resize(state: ListState[T], position: int, size: int) -> Decision[T]:
    """Go on at the page that holds a position, of the new size."""
    # Where a part ends is counted in pages, so it has no end if these change.
    if state.resizes >= REWINDS or state.before() or state.limit is not None:
        return End(
            DecodeError(
                f"{state.operation}: the page size changed from {state.size} to {size} while reading",
                path="$.paging.pageSize",
                operation=state.operation,
            )
        )
    return Fetch(position // size, state.mode, size=size)


def _repeated(state: ListState[T], index: int, page: RawPage[T], other: int) -> Decision[T]:
    """A page with exactly the records of another: pushed there, or the server repeats itself."""
    renumbered = index == 1 and state.start != (state.given or (state.opening and state.opening.number) or 0)
    if (state.numbered and page.number == state.start + other) or renumbered:
        return _same_page(state, index, page, other, certain=True)
    return Fetch(other, state.mode, kept=state.kept, pending=(index, page))


def _compare(state: ListState[T], other: int, page: RawPage[T]) -> Decision[T]:
    """Whether the page at another index is the same as the one that waits, both read now."""
    assert state.pending is not None
    index, waiting = state.pending
    if page.repeats(waiting) and page.total == waiting.total:
        return _same_page(state, index, waiting, other, certain=False)
    return Accept((*state.kept, (index, waiting)))


def _same_page(
    state: ListState[T], index: int, page: RawPage[T], other: int, *, certain: bool
) -> Decision[T]:
    """The server returns one page under two numbers: the last one past the end, or it repeats itself."""
    total = state.total if page.total is None else page.total
    if index == 0:
        # A pass that was to begin past the end.
        most = (state.number(other) or 0) * (state.size or len(page.items)) + len(page.items)
        return End(_repeats_itself(state, index) if total is not None and total > most else None)
    full = (state.size if certain else state.full) or 0
    ended = len(page.items) < full or (not state.is_inside(index) and (total is not None or certain))
    if ended and (other == index - 1 or state.mode is Mode.CONFIRMING):
        return End()
    return End(_repeats_itself(state, index))


def _repeats_itself(state: ListState[T], index: int) -> FlowRetailError:
    return DecodeError(
        f"{state.operation}: the server returned page {state.number(index)} with the records of an earlier page",
        path="$.items",
        operation=state.operation,
    )
