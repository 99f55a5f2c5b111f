"""While records come and go, no surviving record is skipped and none is given twice."""

import asyncio
from typing import Any

import pager_fakes as fakes
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flow_retail_core.pagination.pager import Pager
from flow_retail_core.pagination.raw_page import REMEMBERED_PAGES, REMEMBERED_RECORDS
from flow_retail_core.pagination.reader import REWINDS

pinned = settings(derandomize=True, deadline=None, database=None, max_examples=250)

SIZES = st.integers(1, 7)
CHANGES = st.lists(st.tuples(st.integers(1, 14), st.integers(0, 60), st.integers(1, 9)), max_size=8)
"""At which request, where in the list, how many records."""


def pager_of(server: Any, **options: Any) -> Pager[Any]:
    return Pager(server.fetch, operation="things.list", key="uid", **options)


def read(server: Any, **options: Any) -> tuple[list[Any], Any]:
    pager = pager_of(server, **options)

    async def main() -> list[Any]:
        return [record async for record in pager]

    return asyncio.run(main()), pager.changes


def insert(server: Any, at: int, count: int) -> None:
    server.inserted += 1
    server.content[at:at] = fakes.records(count, f"new-{server.inserted}-")


def assert_none_lost_or_doubled(before: list[Any], server: Any, got: list[Any]) -> None:
    assert len(set(got)) == len(got)
    left = set(server.content)
    survivors = [record for record in before if record in left]
    left = set(survivors)
    assert [record for record in got if record in left] == survivors


@given(st.integers(0, 60), st.integers(0, 1), SIZES, st.integers(1, 5), CHANGES)
@example(12, 0, 3, 1, [(3, 0, 9)])
@example(12, 1, 3, 2, [(4, 0, 12)])
@pinned
def test_deletions_hide_no_record(count: int, base: int, size: int, prefetch: int, moves: Any) -> None:
    def delete(request: int) -> None:
        for when, at, many in moves:
            if when == request:
                del server.content[at : at + many]

    server = fakes.ListServer(fakes.records(count), base=base, before=delete)
    before = list(server.content)
    got, changes = read(server, page_size=size, prefetch=prefetch)
    assert not changes.unverified_boundaries
    assert_none_lost_or_doubled(before, server, got)


@given(st.integers(0, 60), st.integers(0, 1), SIZES, st.integers(1, 5), CHANGES)
@pinned
def test_insertions_double_and_hide_no_record(
    count: int, base: int, size: int, prefetch: int, moves: Any
) -> None:
    def grow(request: int) -> None:
        for when, at, many in moves:
            if when == request:
                insert(server, at, many)

    server = fakes.ListServer(fakes.records(count), base=base, before=grow)
    before = list(server.content)
    got, _ = read(server, page_size=size, prefetch=prefetch)
    assert_none_lost_or_doubled(before, server, got)


@given(st.integers(0, 60), st.integers(0, 1), SIZES, CHANGES, CHANGES)
@pinned
def test_newest_first_nothing_is_hidden_even_by_equal_insertions_and_deletions(
    count: int, base: int, size: int, deletions: Any, insertions: Any
) -> None:
    # As many come as go, all of them at the front: the total alone tells nothing.
    def change(request: int) -> None:
        for when, at, many in deletions:
            if when == request:
                gone = len(server.content[at : at + many])
                del server.content[at : at + many]
                insert(server, 0, gone)
        for when, _, many in insertions:
            if when == request:
                insert(server, 0, many)

    server = fakes.ListServer(fakes.records(count), base=base, before=change)
    before = list(server.content)
    got, _ = read(server, page_size=size)
    assert_none_lost_or_doubled(before, server, got)


@given(st.integers(0, 60), SIZES, st.integers(1, 4), st.integers(1, 4))
@pinned
def test_a_list_that_shrinks_at_every_request_is_read_to_its_end(
    count: int, more: int, many: int, prefetch: int
) -> None:
    size = 3 * many + more

    def delete(request: int) -> None:
        del server.content[:many]

    server = fakes.ListServer(fakes.records(count), before=delete)
    before = list(server.content)
    got, changes = read(server, page_size=size, prefetch=prefetch)
    assert not changes.unverified_boundaries
    assert_none_lost_or_doubled(before, server, got)


@given(st.integers(0, 60), SIZES, st.integers(1, 4), st.lists(st.integers(-2, 70), min_size=1, max_size=6))
@pinned
def test_totals_that_say_anything_lose_nothing_of_a_still_list(
    count: int, size: int, prefetch: int, totals: list[int]
) -> None:
    server = fakes.ListServer(
        fakes.records(count), total=lambda total: totals[len(server.asked) % len(totals)]
    )
    got, _ = read(server, page_size=size, prefetch=prefetch)
    # Only the last page is not full here: on another one, a wrong total that is reached exactly would end it.
    assert got == server.content


def test_one_deleted_record_costs_one_page_read_again() -> None:
    def delete(request: int) -> None:
        if request == 3:
            del server.content[0]

    server = fakes.ListServer(fakes.records(35), before=delete)
    before = server.content[:]
    got, changes = read(server)
    assert got == before
    assert [number for number, _ in server.asked] == [None, 2, 3, 2, 4]
    assert (changes.total_changes, changes.reread_pages, changes.repeated_records) == (1, 1, 0)
    assert changes


def test_inserted_records_are_counted_as_repeated() -> None:
    def grow(request: int) -> None:
        if request == 2:
            insert(server, 0, 3)

    server = fakes.ListServer(fakes.records(35), before=grow)
    before = server.content[:]
    got, changes = read(server)
    assert got == before
    assert (changes.total_changes, changes.reread_pages, changes.repeated_records) == (1, 0, 3)


def test_a_whole_page_pushed_to_the_next_is_no_repeated_page() -> None:
    def grow(request: int) -> None:
        if request == 2:
            insert(server, 0, 10)

    server = fakes.ListServer(fakes.records(35), before=grow)
    before = server.content[:]
    got, changes = read(server)
    assert got == before
    assert changes.repeated_records == 10


def test_a_purge_of_more_pages_than_are_remembered_skips_and_doubles_nothing() -> None:
    def purge(request: int) -> None:
        if request == 2 * pages:
            # Of the first records some stay; all that are remembered go.
            del server.content[size : (2 * pages - 1) * size]

    size = 100
    pages = max(REMEMBERED_PAGES, REMEMBERED_RECORDS // size)
    server = fakes.ListServer(fakes.records(4 * pages * size), before=purge)
    before = server.content[:]
    got, _ = read(server, page_size=size)
    assert_none_lost_or_doubled(before, server, got)


def test_a_purge_of_everything_is_the_end() -> None:
    def purge(request: int) -> None:
        if request == 4:
            server.content.clear()

    server = fakes.ListServer(fakes.records(100), before=purge)
    got, _ = read(server)
    assert len(got) == 30
    assert len(server.asked) == 5


def test_a_purge_of_most_jumps_back_without_asking_for_each_page() -> None:
    def purge(request: int) -> None:
        if request == 11:
            del server.content[:95]

    server = fakes.ListServer(fakes.records(120), before=purge)
    before = server.content[:]
    got, _ = read(server)
    assert [record for record in got if record in set(server.content)] == before[95:]
    assert len(server.asked) <= 18


def test_an_empty_page_without_a_total_is_looked_behind() -> None:
    def delete(request: int) -> None:
        if request == 3:
            del server.content[:10]

    server = fakes.ListServer(
        fakes.records(25), before=delete, total=lambda total: None if len(server.asked) == 3 else total
    )
    server.content = fakes.records(25)
    before = server.content[:]
    got, _ = read(server)
    assert got == before


def test_a_border_that_never_settles_is_given_up_and_reported() -> None:
    server = fakes.ListServer(
        fakes.records(35), total=lambda total: 1000 if server.asked[-1][0] in {None, 1} else 500
    )
    got, changes = read(server)
    assert got == server.content
    assert changes.unverified_boundaries == 1
    assert len(server.asked) <= 4 + 2 * REWINDS + 8


def test_a_page_read_before_its_left_neighbour_is_not_taken_if_records_came_in_between() -> None:
    def to_and_fro(request: int) -> None:
        if request in {3, 5, 7}:
            del server.content[0]
        if request in {4, 6, 8}:
            insert(server, 0, 1)

    server = fakes.ListServer(fakes.records(35), before=to_and_fro)
    before = server.content[:]
    got, _ = read(server)
    assert_none_lost_or_doubled(before, server, got)


@pytest.mark.parametrize("prefetch", [2, 3, 5])
def test_pages_that_overtake_each_other_while_records_come_in_lose_nothing(prefetch: int) -> None:
    async def last_first(request: int) -> None:
        for _ in range(20 - 3 * request):
            await asyncio.sleep(0)

    def grow(request: int) -> None:
        if request == 3:
            answered.append(request)
        elif answered and request == 2:
            insert(server, 0, 2)

    answered: list[int] = []
    server = fakes.ListServer(fakes.records(35), before=grow, wait=last_first)
    before = server.content[:]
    got, changes = read(server, prefetch=prefetch)
    assert_none_lost_or_doubled(before, server, got)
    assert server.inserted == 1
    assert changes.reread_pages


def test_records_without_identity_are_read_on_and_the_doubt_is_reported() -> None:
    def delete(request: int) -> None:
        if request == 2:
            del server.content[0]

    server = fakes.ListServer(fakes.records(30), before=delete)
    pager = Pager(server.fetch, operation="things.list", key=None)
    got = asyncio.run(pager.collect())
    assert len(got) == 29
    assert pager.changes.unverified_boundaries == 1


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("past_the_end", ["empty", 400, 404])
@pytest.mark.parametrize(
    ("count", "size", "first", "gone"), [(13, 2, 4, (5, 8)), (15, 4, 2, (2, 13)), (60, 10, 3, (0, 13))]
)
@pytest.mark.parametrize("limit", [3, None])
def test_a_resumed_list_steps_back_before_its_first_page(
    base: int, past_the_end: Any, count: int, size: int, first: int, gone: tuple[int, int], limit: int | None
) -> None:
    def delete(request: int) -> None:
        if request == len(fakes.records(count)[first * size :: size]):
            del server.content[slice(*gone)]

    server = fakes.ListServer(fakes.records(count), base=base, past_the_end=past_the_end, before=delete)
    wanted = [
        record for record in server.content[first * size :] if record not in server.content[slice(*gone)]
    ]

    async def main() -> list[Any]:
        pages = pager_of(server, page_number=base + first, page_size=size).pages(limit)
        return [record async for page in pages for record in page.items]

    assert [record for record in asyncio.run(main()) if record in wanted] == wanted


def test_a_total_that_falls_after_a_page_waited_to_be_confirmed_is_looked_behind() -> None:
    def move(request: int) -> None:
        if request in {2, 3}:
            insert(server, 0, request)
        elif request == 4:
            del server.content[0]

    server = fakes.ListServer(fakes.records(4), base=0, before=move)
    before = list(server.content)
    got, _ = read(server, page_size=2)
    assert_none_lost_or_doubled(before, server, got)


def test_a_list_that_grew_to_the_page_to_begin_with_is_read_from_there() -> None:
    def grow(request: int) -> None:
        if request == 2:
            insert(server, 0, 2)

    server = fakes.ListServer(fakes.records(12), past_the_end=400, before=grow)
    got, _ = read(server, page_number=3, page_size=6)
    assert got == server.content[12:]


def test_a_page_kept_while_going_back_is_read_again_after_a_refusal_between() -> None:
    def move(request: int) -> None:
        if request == 4:
            del server.content[0]
        elif request == 5:
            del server.content[:3]
        elif request == 6:
            insert(server, 4, 3)

    server = fakes.ListServer(
        fakes.records(8), base=0, past_the_end=416, before=move, echoes=lambda number: None
    )
    before = list(server.content)
    got, _ = read(server, page_size=2)
    assert_none_lost_or_doubled(before, server, got)
