"""What a response means: rules over plain values, without any I/O."""

from typing import TypeVar

from flow_retail_core.errors import DecodeError
from flow_retail_core.pagination.raw_page import RawPage
from flow_retail_core.pagination.state import Accept, End, Fetch, ListState, Mode

T = TypeVar("T")
Decision = Accept[T] | Fetch[T] | End

REWINDS = 8
"""How often the reader goes back at one boundary before it goes on."""
KEPT_PAGES = 4
"""Pages that are kept while the reader goes back; those further right are read again."""
SHORT_PAGES = 3
"""After so many pages that stayed short the server is taken not to fill its pages."""
STALE_PAGES = 100
"""Pages in a row without a new record after which the server is taken to repeat itself."""


def decide(state: ListState[T], page: RawPage[T]) -> Decision[T]:
    """Decide what the response to the request for the page at `state.index` leads to."""
    index, opening = state.index, state.opening
    if state.pending is not None:
        return _compare(state, page, *state.pending)
    if state.mode is Mode.BACKWARD:
        return _go_back(state, index, page)
    if state.given is not None and index == 0 and (decision := _begin(state, page)) is not None:
        return decision
    if opening is not None and not opening.number and (start := _corrected_start(state, page)) is not None:
        return Fetch(1, state.mode, kept=state.kept, start=start)
    if not page.items and page.total is None:
        return _without_figures(state, index, page)
    if state.fallen and index:
        return _turn_back(state, index, page)
    if state.is_short(index, page):
        first = state.asked_again
        if first is None and (not page.items or state.short_pages < SHORT_PAGES):
            return Fetch(index, state.mode, kept=state.kept, size=page.size if index == 0 else None)
        page = first if first is not None and len(first.items) > len(page.items) else page
    if page.size not in {None, state.size} and (size := _new_size(state, index, page)) is not None:
        return _resize(state, state.before + index * state.full, size)
    if (other := state.seen.find_left_of(index, page)) is not None:
        return _repeated(state, index, page, other)
    if state.stale > STALE_PAGES:
        return _repeats_itself(state, index)
    numbered = index or page.number is not None or state.given is not None
    if numbered and (page.items or not state.given):
        return Accept((*state.kept, (index, page)))
    return _accept(state, index, page)


def _accept(state: ListState[T], index: int, page: RawPage[T], *, verified: bool = True) -> Decision[T]:
    """Take a page that may be the last one, or the first without a number."""
    if page.items and index == 0 and page.number is None and state.given is None and state.limit != 1:
        if page.total != len(page.items) or page.size is None or page.size <= len(page.items):
            # Whether numbering starts at 0 or 1 is unknown, so a failure of the next page could not say where
            # to resume: this one is given out with the next.
            return Fetch(1, kept=((0, page),))
    elif not page.items and state.given and state.base is None and state.limit is None:
        total = state.total if page.total is None else page.total
        if total is not None and total > state.before + state.positions:
            # Whether any record is missing depends on where numbering starts.
            return Fetch(index, pending=(index, page), probe=True)
    return Accept((*state.kept, (index, page)), verified)


def _begin(state: ListState[T], page: RawPage[T]) -> Decision[T] | None:
    """The rules of a page that a pass begins with, where it was given by number."""
    given, number = state.given or 0, page.number
    if state.highest >= 0:
        return None
    if page.refusal is not None:
        if not given or state.limit is not None:
            return End(page.refusal)
        if state.base is None:
            return Fetch(0, pending=(0, page), probe=True)
        size = state.size or 0
        inside = state.total is not None and (given - state.base) * size < state.total
        if inside and state.asked_again is None:
            # The list may have grown meanwhile.
            return Fetch(0)
        return End(page.refusal if inside or given < state.base else None)
    if not page.items or not given or state.limit is not None:
        return None
    # Past the end some servers respond with the last page, under its own number or none. Others number the
    # pages that they return differently. The page of that number shows which; of 0,
    # which may not exist, the next.
    if number is None and given > 1:
        return Fetch(-1, pending=(0, page))
    if number is not None and number < given:
        return Fetch(number - given if number else 1, pending=(0, page))
    return None


def _corrected_start(state: ListState[T], page: RawPage[T]) -> int | None:
    """The number of index 0, if index 1 shows that it was not the one presumed.

    Index 1 is index 0 again where the first page came without a number and numbering starts at 1, not at 0,
    or where the numbers that come back run one behind those that are asked for.
    """
    opening = state.opening
    if opening is None or state.index != 1:
        return None
    presumed = state.given or opening.number or 0
    if state.start != presumed:
        # The numbers are right: what came before was the last page, over again.
        return presumed if opening.number == 0 and page.number == state.number(1) else None
    unproven = opening.number is None or opening.number == page.number == 0
    came = 0 if page.total is None or opening.total is None else page.total - opening.total
    return presumed + 1 if unproven and page.repeats(opening) and came < len(page.items) else None


def _without_figures(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """The rules of a page that was refused, or came without records and total."""
    if state.highest < 0 and index == 0:
        if page.refusal is not None:
            return End(page.refusal)
        if state.asked_again is None:
            return Fetch(0)
    inside = state.is_inside(index)
    # Without a total a refusal may as well be an error: the page before it shows which.
    vague = state.total is None and page.refusal is not None
    vague = (
        not state.kept
        and state.doubted != index
        and (vague or inside != state.is_inside(index, surely=False))
    )
    if not state.fallen and not vague and (not inside or state.lengths.get(index - 1) == 0):
        return _accept(state, index, page)
    if (state.doubted != index or not state.rewinds) and state.seen.identified and index > state.lowest():
        # The list may have shrunk: the page before has a total.
        if state.rewinds < REWINDS:
            return Fetch(index - 1, Mode.BACKWARD)
        return _accept(state, index, page, verified=False)
    if state.doubted != index and state.asked_again is None:
        return Fetch(index, state.mode, kept=state.kept)
    # A page before it that is not full shows that the list ends there, whatever its total says.
    if page.refusal is not None and state.lengths.get(index - 1, 0) >= (state.size or state.full):
        return End(page.refusal)
    return _accept(state, index, page)


def _turn_back(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """Go back over a boundary that records may have moved over, unless that is of no use.

    Two pages that were in flight together may have been read in either order: then a fall of the total is
    growth, seen backwards. It hides records as well, and is healed in the same way.
    """
    if not state.seen.identified or index <= state.lowest() or state.rewinds >= REWINDS:
        return _accept(state, index, page, verified=False)
    past = state.before + index * state.full >= (page.total or 0)
    unfit = past or state.is_short(index, page) or _new_size(state, index, page) is not None
    return Fetch(_left_of(state, index, page), Mode.BACKWARD, kept=() if unfit else ((index, page),))


def _go_back(state: ListState[T], index: int, page: RawPage[T]) -> Decision[T]:
    """Keep a page that was read after its right neighbour, and go further left until records are recognised.

    While a list only shrinks, reading right before left skips nothing, so what was kept stays good. If it
    grew, records may have moved over the boundary to the right: what was kept is read again.
    """
    kept = state.kept if state.fell is not None and state.fell >= 0 else ()
    if state.is_short(index, page) and state.asked_again is None:
        return Fetch(index, Mode.BACKWARD, kept=kept)
    if kept and page.repeats(kept[0][1]):
        unproven = state.opening is not None and not state.opening.number and not kept[0][1].number
        if index == 0 and unproven and state.start == (state.given or 0):
            # Nothing was skipped: the number of index 1 was wrong.
            return Fetch(1, kept=((0, page),), start=state.start + 1)
        kept = ()
    unread = state.before + state.boundary * state.full - state.fallen
    if (size := _new_size(state, index, page)) is not None:
        return _resize(state, max(0, unread), size)
    is_there = state.is_there(index, page)
    known = is_there and any(map(state.seen.knows, page.keys))
    if known or (is_there and state.full and state.before + index * state.full <= unread):
        return Accept(((index, page), *kept))
    if index <= state.lowest():
        if state.given and state.base is None:
            # Whether there is a page before this one depends on where numbering starts.
            return Fetch(index, Mode.BACKWARD, kept=kept, pending=(index, page), probe=True)
        # No page is there any more, so a refusal is about the list and not about its end.
        return End(page.refusal) if page.refusal is not None else Accept(((index, page), *kept))
    kept = ((index, page), *kept)[:KEPT_PAGES] if is_there else kept
    return Fetch(_left_of(state, index, page), Mode.BACKWARD, kept=kept)


def _left_of(state: ListState[T], index: int, page: RawPage[T]) -> int:
    """The page to go back to: the one before, or the last that the total leaves."""
    left = index - 1
    if page.total is not None and state.full and not state.is_there(index, page):
        left = min(left, (page.total - state.before - 1) // state.full)
    return max(state.lowest(), left)


def _new_size(state: ListState[T], index: int, page: RawPage[T]) -> int | None:
    """The page size if the server changed it, so that this page does not follow the one before."""
    old, new, length = state.size, page.size, len(page.items)
    if state.highest < 0 or old is None or new is None or new == old:
        return None
    if length > old:
        return new
    shown = state.shown_index(page)
    index = index if shown is None else shown
    fits_old, fits_new = _fits(state, index, page, old), _fits(state, index, page, new)
    if length == new and fits_old:
        # Some servers say how long the page is, where others say how long it may be. A page that is smaller
        # begins with records that were on the page before it.
        return new if fits_new and length and state.seen.knows(page.keys[0]) else None
    return new if fits_new or (length != new and not fits_old) else None


def _fits(state: ListState[T], index: int, page: RawPage[T], size: int) -> bool:
    """Whether a page is as long as it would be if all pages had this size."""
    if page.total is None:
        return True
    return len(page.items) == max(0, min(size, page.total - state.before - index * size))


def _resize(state: ListState[T], position: int, size: int) -> Decision[T]:
    # Where a part ends is counted in pages, so it has no end if these change.
    if state.resizes < REWINDS and not state.before and state.limit is None:
        return Fetch(position // size, state.mode, size=size)
    message = f"{state.operation}: the page size changed from {state.size} to {size} while reading"
    return End(DecodeError(message, path="$.paging.pageSize", operation=state.operation))


def _repeated(state: ListState[T], index: int, page: RawPage[T], other: int) -> Decision[T]:
    """A page with exactly the records of another: pushed there, or the server repeats itself."""
    shown, opening = state.shown_index(page), state.opening
    if shown is not None and shown < index:
        return _same_page(state, index, page, max(shown, other), certain=True)
    if index == 1 and opening is not None and state.start != (opening.number or 0):
        return _same_page(state, index, page, other, certain=True)
    return Fetch(other, state.mode, kept=state.kept, pending=(index, page))


def _compare(state: ListState[T], page: RawPage[T], index: int, waiting: RawPage[T]) -> Decision[T]:
    """Whether the page at another index is the same as the one that waits, both read now."""
    if page.repeats(waiting) and page.total == waiting.total:
        if index == 1 and state.opening is not None and state.start == (state.opening.number or 0) == 0:
            return Fetch(1, state.mode, kept=state.kept, start=1)
        return _same_page(state, index, waiting, state.index, certain=False)
    return Accept((*state.kept, (index, waiting)))


def _same_page(
    state: ListState[T], index: int, page: RawPage[T], other: int, *, certain: bool
) -> Decision[T]:
    """The server returns one page under two numbers: the last one past the end, or it repeats itself."""
    total, length = state.total if page.total is None else page.total, len(page.items)
    if index == 0:
        # A pass that was to begin past the end.
        most = (state.number(other) or 0) * (state.size or length) + length
        return End() if total is None or total <= most else _repeats_itself(state, index)
    is_short = length < ((state.size if certain else state.full) or 0)
    reached = not state.is_inside(index) and (total is not None or certain)
    is_last = other == index - 1 or state.mode is Mode.CONFIRMING or (certain and total is not None)
    return End() if (is_short or reached) and is_last else _repeats_itself(state, index)


def _repeats_itself(state: ListState[T], index: int) -> End:
    page = state.number(index)
    message = f"{state.operation}: the server returned page {page} with the records of an earlier page"
    return End(DecodeError(message, path="$.items", operation=state.operation))
