"""Each rule of reading a list, over plain values: no server, no loop."""

from typing import Any

import pytest

from flow_retail_core.errors import APIStatusError, DecodeError, NotFoundError
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.raw_page import RawPage, SeenPages
from flow_retail_core.pagination.reader import KEPT_PAGES, REWINDS, SHORT_PAGES, STALE_PAGES, ListReader

SIZE = 10
END = "end"


class Reading:
    """A pass over a list, whose requests are answered by hand."""

    def __init__(self, *pages: RawPage[str], identified: bool = True, **known: Any) -> None:
        async def follow(state: Any, page: RawPage[str]) -> Any:
            raise NotImplementedError

        seen = SeenPages[str](identified=identified)
        self.reader = ListReader[str](
            "things.list", ListChanges(), seen, follow, size=SIZE, start=known.get("given", 0), **known
        )
        self.changes = self.reader.changes
        self._steps = self.reader.read()
        self.wanted = next(self._steps)
        for one in pages:
            self.answer(one)

    def answer(self, page: RawPage[str]) -> Any:
        """Answer a request; returns the number of the page asked for next."""
        self.wanted = self._steps.send(page)
        return self.wanted[0][0] if self.wanted else END

    @property
    def got(self) -> list[str]:
        return [item for one in self.reader.ready for item in one.items]


def names(*numbers: int) -> list[str]:
    return list(map(str, numbers))


def page(number: int | None, *numbers: int, total: int | None = 45, size: int | None = SIZE) -> RawPage[str]:
    return RawPage(tuple(names(*numbers)), tuple(names(*numbers)), total, number, size)


def full(number: int | None, first: int, total: int | None = 45) -> RawPage[str]:
    return page(number, *range(first, first + SIZE), total=total)


def refused() -> RawPage[str]:
    return RawPage(refusal=NotFoundError(status_code=404))


def three(total: int | None = 45) -> list[RawPage[str]]:
    return [full(1, 0, total), full(2, 10, total), full(3, 20, total)]


def test_a_page_that_follows_is_taken() -> None:
    reading = Reading(*three())
    assert reading.answer(full(4, 30)) == 5
    assert reading.got == names(*range(40))


def test_a_page_that_is_not_full_and_reaches_the_total_is_the_last() -> None:
    assert Reading(*three(), full(4, 30)).answer(page(5, 40, 41, 42, 43, 44)) == END


@pytest.mark.parametrize("last", [refused(), page(4, total=30), page(4, total=None)])
def test_after_a_full_page_that_reaches_the_total_one_more_is_asked_for(last: RawPage[str]) -> None:
    reading = Reading(*three(total=30))
    assert reading.wanted[0] == (4, SIZE)
    assert reading.answer(last) == END


def test_records_behind_a_total_that_was_reached_are_read_on() -> None:
    reading = Reading(*three(total=30))
    assert reading.answer(full(4, 30, total=30)) == 5
    assert reading.changes.inconsistent_totals == 1


def test_a_total_that_fell_is_looked_behind_and_what_was_read_is_kept() -> None:
    reading = Reading(*three())
    assert reading.answer(full(4, 31, total=44)) == 3
    assert reading.answer(full(3, 21, total=44)) == 5
    assert reading.got == names(*range(41))


def test_what_was_kept_is_read_again_if_the_list_grew_meanwhile() -> None:
    reading = Reading(*three())
    assert reading.answer(full(4, 31, total=44)) == 3
    assert reading.answer(full(3, 20, total=46)) == 4


def test_going_back_ends_at_a_page_that_holds_a_known_record() -> None:
    reading = Reading(*three(95), full(4, 30, 95))
    assert reading.answer(full(5, 70, total=65)) == 4
    assert reading.answer(full(4, 60, total=65)) == 3
    assert reading.answer(page(3, 39, *range(51, 60), total=65)) == 6
    assert reading.got[40:] == names(*range(51, 80))


def test_no_more_than_a_few_pages_are_kept() -> None:
    reading = Reading(*[full(number, SIZE * (number - 1), 200) for number in range(1, 11)])
    for number in range(11, 5, -1):
        assert reading.answer(full(number, SIZE * (number + 7), total=120)) == number - 1
    assert reading.answer(page(5, 99, *range(121, 130), total=120)) == 6 + KEPT_PAGES


def test_pages_that_the_total_leaves_none_of_are_jumped_over() -> None:
    reading = Reading(*three(total=95), full(4, 30, 95), full(5, 40, 95), full(6, 50, 95))
    assert reading.answer(page(7, total=12)) == 2


def test_a_boundary_that_keeps_changing_is_given_up() -> None:
    reading = Reading(*three())
    for _ in range(REWINDS):
        assert reading.answer(full(4, 30, total=44)) == 3
        assert reading.answer(full(3, 20, total=45)) == 4
    assert reading.answer(full(4, 30, total=44)) == 5
    assert reading.changes.unverified_boundaries == 1


def test_without_identity_a_fall_is_reported_and_not_healed() -> None:
    reading = Reading(*three(), identified=False)
    assert reading.answer(full(4, 31, total=44)) == 5
    assert reading.changes.unverified_boundaries == 1


@pytest.mark.parametrize("short", [page(3), page(3, 20, 21), page(3, 20, 21, total=None)])
def test_a_page_that_is_shorter_than_the_total_says_is_asked_for_again_and_then_taken(
    short: RawPage[str],
) -> None:
    reading = Reading(*three()[:2])
    assert reading.answer(short) == 3
    assert reading.answer(short) == 4
    assert reading.changes.reread_pages == 1


def test_a_server_that_does_not_fill_its_pages_is_believed_in_the_end() -> None:
    reading = Reading(full(1, 0))
    for number in range(2, 2 + SHORT_PAGES):
        assert reading.answer(page(number, number * SIZE)) == number
        assert reading.answer(page(number, number * SIZE)) == number + 1
    assert reading.answer(page(5, 50)) == 6


def test_two_empty_pages_in_a_row_are_the_end_and_the_rest_is_missing() -> None:
    reading = Reading(*three()[:2])
    assert [reading.answer(page(number)) for number in (3, 3, 4, 4)] == [3, 4, 4, END]
    assert reading.changes.missing_records == 25


def test_a_refusal_is_the_end_unless_the_total_says_that_there_is_more() -> None:
    assert Reading(*three(total=30)).answer(refused()) == END
    reading = Reading(*three())
    # The list may have shrunk; the page before tells. Twice, and then it is an error.
    for _ in range(2):
        assert reading.answer(refused()) == 3
        assert reading.answer(full(3, 20)) == 4
    with pytest.raises(NotFoundError):
        reading.answer(refused())


def test_without_a_total_a_refusal_is_the_end_if_the_page_before_is_still_there() -> None:
    reading = Reading(*three(total=None))
    assert reading.answer(refused()) == 3
    assert reading.answer(full(3, 20, None)) == 4
    assert reading.answer(refused()) == END
    reading = Reading(*three(total=None))
    assert [reading.answer(refused()) for _ in range(3)] == [3, 2, None]
    with pytest.raises(NotFoundError):
        reading.answer(refused())


def test_a_refusal_after_a_page_that_is_not_full_is_the_end() -> None:
    short = page(2, 10, 11)
    reading = Reading(full(1, 0), short, short)
    while reading.wanted:
        reading.answer(short if reading.wanted[0][0] == 2 else refused())
    assert reading.changes.missing_records == 33


def test_the_first_page_is_refused_for_good() -> None:
    with pytest.raises(APIStatusError):
        Reading(refused())


def test_a_page_that_repeats_another_is_compared_with_it_as_it_is_now() -> None:
    reading = Reading(*three())
    assert reading.answer(full(4, 20)) == 3
    assert reading.answer(full(3, 10)) == 5


def test_two_numbers_for_one_page_are_an_error_while_the_total_says_that_there_is_more() -> None:
    reading = Reading(*three(), full(4, 20))
    with pytest.raises(DecodeError, match="page 4 with the records of an earlier page"):
        reading.answer(full(3, 20))


def test_the_last_page_again_is_the_end_once_the_total_is_reached() -> None:
    # Under its own number it needs no second look.
    assert Reading(*three(total=30)).answer(full(3, 20, total=30)) == END
    reading = Reading(*three(total=30))
    assert reading.answer(full(None, 20, total=30)) == 3
    assert reading.answer(full(None, 20, total=30)) == END


def test_pages_without_anything_new_end_in_an_error() -> None:
    reading = Reading(*three(total=None))
    with pytest.raises(DecodeError, match="earlier page"):
        for number in range(4, 5 + STALE_PAGES + 1):
            # Never the same page, so none is compared with another.
            reading.answer(page(number, number % 30, number // 30, total=None))


@pytest.mark.parametrize(("size", "request_"), [(4, (8, 4)), (15, (3, 15))])
def test_a_page_of_another_size_is_read_again_where_it_has_to_begin(
    size: int, request_: tuple[int, int]
) -> None:
    reading = Reading(*three(total=100))
    one = page(4, *range(60, 60 + size), total=100, size=size)
    if size < SIZE:
        # It is shorter than was asked for, so it is asked for again first.
        assert reading.answer(one) == 4
    reading.answer(one)
    assert reading.wanted[0] == request_


def test_a_size_that_only_says_how_long_the_last_page_is_changes_nothing() -> None:
    reading = Reading(*three(), full(4, 30))
    assert reading.answer(page(5, 40, 41, 42, 43, 44, size=5)) == END


def test_a_first_page_without_a_number_is_given_out_with_the_second() -> None:
    reading = Reading()
    assert reading.answer(full(None, 0)) == 1
    assert (reading.got, reading.reader.resume_number) == ([], None)
    # Numbering starts at 1: number 1 is the first page over again.
    assert reading.answer(full(None, 0)) == 2
    assert reading.answer(full(None, 10)) == 3
    assert reading.got == names(*range(20))


def test_a_first_page_without_a_number_that_is_the_whole_list_is_given_out_at_once() -> None:
    reading = Reading()
    assert reading.answer(page(None, 1, 2, 3, total=3)) == END
    assert reading.got == names(1, 2, 3)


def test_numbers_that_come_back_one_behind_are_counted_on_from_what_was_asked_for() -> None:
    reading = Reading(full(0, 0))
    assert reading.answer(full(0, 0)) == 2


def test_a_pass_that_begins_past_the_end_is_empty() -> None:
    reading = Reading(given=9)
    last = full(3, 20, total=30)
    assert reading.answer(last) == 3
    assert reading.answer(last) is None
    assert reading.answer(full(1, 0, total=30)) == END
    assert reading.got == []


def test_a_pass_that_begins_under_a_number_that_comes_back_otherwise_is_read() -> None:
    reading = Reading(given=3)
    assert reading.answer(full(2, 20)) == 2
    assert reading.answer(full(1, 10)) == 4
    assert reading.got == names(*range(20, 30))


def test_a_refused_first_page_is_past_the_end_if_the_list_says_so() -> None:
    reading = Reading(refused(), given=4)
    assert reading.wanted == [(None, SIZE)]
    assert reading.answer(full(1, 0, total=30)) == END
    reading = Reading(refused(), given=4)
    # The list may have grown meanwhile.
    assert reading.answer(full(1, 0, total=45)) == 4
    with pytest.raises(NotFoundError):
        reading.answer(refused())


@pytest.mark.parametrize(("base", "missing"), [(1, 10), (0, 0)])
def test_what_is_missing_of_a_list_read_from_a_page_on_depends_on_where_numbering_starts(
    base: int, missing: int
) -> None:
    reading = Reading(full(4, 30, total=50), given=4)
    assert reading.answer(page(5, total=50)) is None
    assert reading.answer(full(base, 0, total=50)) == (5 if missing else END)
    assert not missing or reading.answer(page(5, total=50)) == END
    assert reading.changes.missing_records == missing


def test_a_failure_while_going_back_says_where_to_resume() -> None:
    reading = Reading(*three())
    assert reading.reader.resume_number == 4
    # Nothing shows that the list shrank: all that stood before the page in doubt was given out.
    assert (reading.answer(refused()), reading.reader.resume_number) == (3, 4)
    reading = Reading(full(1, 0))
    assert (reading.answer(full(2, 11, total=44)), reading.reader.resume_number) == (None, 1)
