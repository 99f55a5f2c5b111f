"""Each rule of reading a list, over plain values: no server, no loop."""

from typing import Any

import pytest

from flow_retail_core.errors import APIStatusError, DecodeError
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.decisions import KEPT_PAGES, REWINDS, SHORT_PAGES, STALE_PAGES, decide
from flow_retail_core.pagination.raw_page import RawPage, SeenPages
from flow_retail_core.pagination.state import Accept, End, Fetch, ListState, Mode

SIZE = 10


def state(*, identified: bool = True, **known: Any) -> ListState[str]:
    """A pass that begins, or the one that is described."""
    return ListState(
        "things.list", ListChanges(), SeenPages(identified=identified), size=SIZE, **{"start": 1, **known}
    )


def page(number: int | None, *names: Any, total: int | None = 45, size: int | None = SIZE) -> RawPage[str]:
    return RawPage(tuple(map(str, names)), tuple(map(str, names)), total, number, size)


def full(number: int | None, first: int, total: int | None = 45) -> RawPage[str]:
    return page(number, *range(first, first + SIZE), total=total)


def refused() -> RawPage[str]:
    return RawPage(refusal=APIStatusError(status_code=404))


def read(pages: list[RawPage[str]], **known: Any) -> ListState[str]:
    """The state after these pages were accepted one after the other."""
    after = state(**known)
    for one in pages:
        after.observe(one)
        after.accept(after.index, one)
    return after


def decided(after: ListState[str], one: RawPage[str]) -> Any:
    """What one more response leads to; the state follows a request for another page."""
    after.observe(one)
    decision = decide(after, one)
    if isinstance(decision, Fetch):
        after.follow(decision, one)
    return decision


def three(total: int | None = 45) -> list[RawPage[str]]:
    return [full(1, 0, total), full(2, 10, total), full(3, 20, total)]


def test_a_page_that_follows_is_taken() -> None:
    after = read(three())
    one = full(4, 30)
    assert decided(after, one) == Accept(((3, one),))


def test_a_page_that_is_not_full_and_reaches_the_total_is_the_last() -> None:
    assert read([*three(), full(4, 30), page(5, 40, 41, 42, 43, 44)]).mode is Mode.DONE


def test_after_a_full_page_that_reaches_the_total_one_more_is_asked_for() -> None:
    after = read(three(total=30))
    assert (after.mode, after.index) == (Mode.CONFIRMING, 3)
    for last in (refused(), page(4, total=30), page(4, total=None)):
        confirming = read(three(total=30))
        decision = decided(confirming, last)
        confirming.accept(*decision.pages[0])
        assert confirming.mode is Mode.DONE


def test_records_behind_a_total_that_was_reached_are_read_on() -> None:
    after = read([*three(total=30), full(4, 30, total=30)])
    assert after.mode is Mode.FORWARD
    assert after.changes.inconsistent_totals == 1


def test_a_total_that_fell_is_looked_behind_and_what_was_read_is_kept() -> None:
    after = read(three())
    fallen = full(4, 31, total=44)
    assert decided(after, fallen) == Fetch(2, Mode.BACKWARD, kept=((3, fallen),))
    shifted = full(3, 21, total=44)
    assert decided(after, shifted) == Accept(((2, shifted), (3, fallen)))


def test_what_was_kept_is_read_again_if_the_list_grew_meanwhile() -> None:
    after = read(three())
    decided(after, full(4, 31, total=44))
    grown = full(3, 20, total=46)
    assert decided(after, grown) == Accept(((2, grown),))


def test_going_back_ends_at_a_page_that_holds_a_known_record() -> None:
    after = read([*three(95), full(4, 30, 95)])
    decided(after, full(5, 70, total=65))
    assert decided(after, full(4, 60, total=65)).index == 2
    known = page(3, 39, *range(51, 60), total=65)
    assert [index for index, _ in decided(after, known).pages] == [2, 3, 4]


def test_no_more_than_a_few_pages_are_kept() -> None:
    after = read([full(number, SIZE * (number - 1), 200) for number in range(1, 11)])
    decided(after, full(11, 180, total=120))
    for number in range(10, 5, -1):
        assert len(decided(after, full(number, SIZE * (number + 7), total=120)).kept) <= KEPT_PAGES


def test_going_back_ends_where_no_record_can_have_moved_further() -> None:
    after = read(three(), total=None)
    decided(after, full(4, 60, total=40))
    # Five records went, so the first that was not read stands on the third page now.
    strange = full(3, 50, total=40)
    assert isinstance(decided(after, strange), Accept)


def test_pages_that_the_total_leaves_none_of_are_jumped_over() -> None:
    after = read([*three(total=95), full(4, 30, 95), full(5, 40, 95), full(6, 50, 95)])
    assert decided(after, page(7, total=12)) == Fetch(1, Mode.BACKWARD)


def test_a_boundary_that_keeps_changing_is_given_up() -> None:
    after = read(three())
    for _ in range(REWINDS + 1):
        assert isinstance(decided(after, full(4, 30, total=44)), Fetch)
        again = full(3, 20, total=45)
        for index, one in decided(after, again).pages:
            after.accept(index, one)
    last = full(4, 30, total=44)
    assert decided(after, last) == Accept(((3, last),), verified=False)


def test_without_identity_a_fall_is_reported_and_not_healed() -> None:
    after = read(three(), identified=False)
    one = full(4, 31, total=44)
    assert decided(after, one) == Accept(((3, one),), verified=False)


@pytest.mark.parametrize("short", [page(3), page(3, 20, 21), page(3, 20, 21, total=None)])
def test_a_page_that_is_shorter_than_the_total_says_is_asked_for_again_and_then_taken(
    short: RawPage[str],
) -> None:
    after = read(three()[:2])
    assert decided(after, short) == Fetch(2)
    assert decided(after, short) == Accept(((2, short),))
    after.accept(2, short)
    assert after.mode is Mode.FORWARD
    assert after.changes.reread_pages == 1


def test_the_longer_of_two_short_pages_is_taken() -> None:
    after = read(three()[:2])
    longer = page(3, 20, 21, 22)
    decided(after, longer)
    assert decided(after, page(3, 20)) == Accept(((2, longer),))


def test_a_server_that_does_not_fill_its_pages_is_believed_in_the_end() -> None:
    after = read(three()[:1])
    for number in range(2, 2 + SHORT_PAGES):
        short = page(number, number * SIZE)
        assert isinstance(decided(after, short), Fetch)
        after.accept(after.index, short)
    short = page(5, 50)
    assert isinstance(decided(after, short), Accept)


def test_two_empty_pages_in_a_row_are_the_end_and_the_rest_is_missing() -> None:
    after = read([*three()[:2], page(3)])
    assert after.mode is Mode.FORWARD
    after.accept(3, page(4))
    assert after.mode is Mode.DONE
    assert after.missing() == 25


def test_a_refusal_is_the_end_unless_the_total_says_that_there_is_more() -> None:
    nothing = refused()
    assert decided(read(three(total=30)), nothing) == Accept(((3, nothing),))
    after = read(three())
    # The list may have shrunk; the page before tells. Twice, and then it is an error.
    for _ in range(2):
        assert decided(after, refused()) == Fetch(2, Mode.BACKWARD)
        for index, one in decided(after, full(3, 20)).pages:
            after.accept(index, one)
    assert decided(after, nothing) == End(nothing.refusal)


def test_without_a_total_a_refusal_is_the_end_if_the_page_before_is_still_there() -> None:
    after = read(three(total=None))
    assert decided(after, refused()) == Fetch(2, Mode.BACKWARD)
    for index, one in decided(after, full(3, 20, None)).pages:
        after.accept(index, one)
    nothing = refused()
    assert decided(after, nothing) == Accept(((3, nothing),))
    after = read(three(total=None))
    for _ in range(4):
        decision = decided(after, nothing)
    assert decision == End(nothing.refusal)


def test_a_refusal_after_a_page_that_is_not_full_is_the_end() -> None:
    short = page(2, 10, 11)
    after = read([full(1, 0), short])
    for _ in range(10):
        decision = decided(after, short if after.index == 1 else refused())
        for index, one in decision.pages if isinstance(decision, Accept) else ():
            after.accept(index, one)
        if after.mode is Mode.DONE:
            break
    assert (after.mode, after.missing()) == (Mode.DONE, 33)


def test_the_first_page_is_refused_for_good() -> None:
    nothing = refused()
    assert decided(state(), nothing) == End(nothing.refusal)


def test_a_page_that_repeats_another_is_compared_with_it_as_it_is_now() -> None:
    after = read(three())
    again = full(4, 20)
    assert decided(after, again) == Fetch(2, pending=(3, again))
    assert decided(after, full(3, 10)) == Accept(((3, again),))


def test_two_numbers_for_one_page_are_an_error_while_the_total_says_that_there_is_more() -> None:
    after = read(three())
    decided(after, full(4, 20))
    decision = decided(after, full(3, 20))
    assert isinstance(decision.error, DecodeError)
    assert "page 4 with the records of an earlier page" in str(decision.error)


def test_the_last_page_again_is_the_end_once_the_total_is_reached() -> None:
    for number in (3, None):
        after = read(three(total=30))
        last = full(number, 20, total=30)
        decision = decided(after, last)
        # Under its own number it needs no second look.
        assert decision == (End() if number else Fetch(2, Mode.CONFIRMING, pending=(3, last)))
        assert number or decided(after, last) == End()


def test_pages_without_anything_new_end_in_an_error() -> None:
    after = read(three())
    after.stale = STALE_PAGES + 1
    assert isinstance(decided(after, full(4, 30)).error, DecodeError)


@pytest.mark.parametrize(("size", "length", "index"), [(4, 4, 7), (15, 15, 2)])
def test_a_page_of_another_size_is_read_again_where_it_has_to_begin(
    size: int, length: int, index: int
) -> None:
    after = read([*three(total=100)])
    one = page(4, *range(60, 60 + length), total=100, size=size)
    decision = decided(after, one)
    if size < SIZE:
        # It is shorter than was asked for, so it is asked for again first.
        assert decision == Fetch(3)
        decision = decided(after, one)
    assert decision == Fetch(index, size=size)


def test_a_size_that_only_says_how_long_the_last_page_is_changes_nothing() -> None:
    after = read([*three(), full(4, 30)])
    assert isinstance(decided(after, page(5, 40, 41, 42, 43, 44, size=5)), Accept)


def test_a_first_page_without_a_number_is_given_out_with_the_second() -> None:
    after = state(start=0)
    opening = full(None, 0)
    assert decided(after, opening) == Fetch(1, kept=((0, opening),))
    assert after.resume_number() is None
    # Numbering starts at 1: number 1 is the first page over again.
    assert decided(after, opening) == Fetch(1, kept=((0, opening),), start=1)
    second = full(None, 10)
    assert decided(after, second) == Accept(((0, opening), (1, second)))


def test_a_first_page_without_a_number_that_is_the_whole_list_is_given_out_at_once() -> None:
    opening = page(None, 1, 2, 3, total=3)
    assert decided(state(start=0), opening) == Accept(((0, opening),))


def test_numbers_that_come_back_one_behind_are_counted_on_from_what_was_asked_for() -> None:
    after = read([full(0, 0)], start=0)
    assert decided(after, full(0, 0)) == Fetch(1, start=1)


def test_a_pass_that_begins_past_the_end_is_empty() -> None:
    after = state(given=9, start=9)
    last = full(3, 20, total=30)
    assert decided(after, last) == Fetch(-6, pending=(0, last))
    assert decided(after, last) == End()


def test_a_pass_that_begins_under_a_number_that_comes_back_otherwise_is_read() -> None:
    after = state(given=3, start=3)
    first = full(2, 20)
    decided(after, first)
    assert decided(after, full(1, 10)) == Accept(((0, first),))


@pytest.mark.parametrize(("total", "ends"), [(30, True), (45, False)])
def test_a_refused_first_page_is_past_the_end_if_the_list_says_so(total: int, ends: bool) -> None:
    after = state(given=4, start=4)
    nothing = refused()
    assert decided(after, nothing) == Fetch(0, pending=(0, nothing), probe=True)
    assert after.probing
    waiting = after.learn_base(full(1, 0, total))
    if not ends:
        # The list may have grown meanwhile.
        assert decided(after, waiting) == Fetch(0)
    assert decide(after, waiting) == End(None if ends else nothing.refusal)


def test_what_is_missing_of_a_list_read_from_a_page_on_depends_on_where_numbering_starts() -> None:
    for base, missing in ((1, 10), (0, 0)):
        after = read([full(4, 30, total=50)], given=4, start=4)
        empty = page(5, total=50)
        assert decided(after, empty) == Fetch(1, pending=(1, empty), probe=True)
        waiting = after.learn_base(full(base, 0, total=50))
        decision = decide(after, waiting)
        assert isinstance(decision, Fetch if missing else Accept)
        after.accept(1, empty)
        assert after.missing() == missing


def test_a_failure_while_going_back_says_where_to_resume() -> None:
    after = read(three())
    assert after.resume_number() == 4
    decided(after, refused())
    # Nothing shows that the list shrank: all that stood before the page in doubt was given out.
    assert (after.index, after.resume_number()) == (2, 4)
    after = read([full(1, 0)])
    decided(after, full(2, 11, total=44))
    assert (after.index, after.number(0), after.resume_number()) == (0, None, 1)


def test_deciding_changes_nothing() -> None:
    after = read(three())
    one = full(4, 31, total=44)
    after.observe(one)
    assert decide(after, one) == decide(after, one)
    assert (after.mode, after.index, after.kept, after.rewinds) == (Mode.FORWARD, 3, (), 0)
