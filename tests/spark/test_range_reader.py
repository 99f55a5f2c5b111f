"""The partitions of a list that changes: whatever stays is read, whatever the order and the server's ways."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_list import MovingList, Record, drain

from flow_retail_client import APIStatusError, DecodeError, NotFoundError

Change = Callable[[list[Any]], None]
PAST_THE_END = ["empty", "last", 400, 404, 416, 422]


def join_names(count: int, **options: Any) -> MovingList:
    return MovingList([Record(f"r{place}") for place in range(count)], **options)


def deleting(share: float, count: int) -> Change:
    def delete(content: list[Any]) -> None:
        place = int(share * max(0, len(content) - count))
        del content[place : place + count]

    return delete


def inserting(share: float, count: int, names: str) -> Change:
    def insert(content: list[Any]) -> None:
        place = int(share * len(content))
        content[place:place] = [Record(f"{names}-{number}") for number in range(count)]

    return insert


async def read_all(
    server: MovingList,
    size: int,
    pages: int,
    *,
    order: list[int] | None = None,
    abreast: int = 1,
    prefetch: int = 3,
) -> list[list[Any]]:
    """Plan, and read the partitions, some at once, in an order."""
    planned = await server.plan(size, pages)
    ways = asyncio.Semaphore(abreast)

    async def one(number: int) -> list[Any]:
        async with ways:
            return await drain(server.reader(planned[number], prefetch=prefetch).pages())

    chosen = sorted(range(len(planned)), key=lambda number: (order or [])[number : number + 1] or [number])
    return await asyncio.gather(*map(one, chosen))


ways = st.fixed_dictionaries(
    {
        "count": st.integers(0, 60),
        "size": st.integers(1, 7),
        "pages": st.integers(1, 4),
        "base": st.integers(0, 1),
        "past_the_end": st.sampled_from(PAST_THE_END),
        "order": st.lists(st.integers(0, 60), min_size=60, max_size=60),
        "abreast": st.integers(1, 4),
        "prefetch": st.integers(1, 4),
    }
)
# So few that no boundary is given up as one that never stops changing.
moments = st.lists(
    st.tuples(st.integers(2, 40), st.floats(0, 1), st.integers(1, 30)),
    max_size=5,
    unique_by=lambda moment: moment[0],
)


def run(way: dict[str, Any], changes: dict[int, Change]) -> tuple[set[Any], list[list[Any]]]:
    """Read while it changes; what is there from the plan to the end, and what each partition gave."""
    server = join_names(way["count"], base=way["base"], past_the_end=way["past_the_end"], changes=changes)
    before = {record.uid for record in server.content}
    options = {name: way[name] for name in ("order", "abreast", "prefetch")}
    given = asyncio.run(read_all(server, way["size"], way["pages"], **options))
    return before & {record.uid for record in server.content}, given


class TestMoving:
    @settings(max_examples=500, deadline=None)
    @given(way=ways, moments=moments)
    def test_what_stays_while_others_go_is_read(self, way: dict[str, Any], moments: list[Any]) -> None:
        staying, given = run(way, {at: deleting(share, count) for at, share, count in moments})
        assert staying <= {uid for part in given for uid in part}
        assert all(len(part) == len(set(part)) for part in given)

    @settings(max_examples=500, deadline=None)
    @given(way=ways, moments=moments)
    def test_what_stays_while_others_come_is_read(self, way: dict[str, Any], moments: list[Any]) -> None:
        changes = {at: inserting(share, count, f"n{at}") for at, share, count in moments}
        staying, given = run(way, changes)
        assert len(staying) == way["count"]
        assert staying <= {uid for part in given for uid in part}
        assert all(len(part) == len(set(part)) for part in given)

    @settings(max_examples=300, deadline=None)
    @given(way=ways)
    def test_a_list_that_stands_still_is_read_once_and_with_one_request_a_page(
        self, way: dict[str, Any]
    ) -> None:
        server = join_names(way["count"], base=way["base"], past_the_end=way["past_the_end"])
        options = {name: way[name] for name in ("order", "abreast", "prefetch")}
        given = asyncio.run(read_all(server, way["size"], way["pages"], **options))
        assert sorted(uid for part in given for uid in part) == sorted(
            record.uid for record in server.content
        )
        # The plan, each page, and a look behind a last page that is full: the total may be capped. Where that
        # is refused, or the last page comes again, further requests show that the list ends there.
        full = way["count"] % way["size"] == 0
        behind = {"empty": 1, "last": 3}.get(way["past_the_end"], 2)
        assert len(server.asked) <= max(1, -(-way["count"] // way["size"])) + 1 + full * behind


class TestEnds:
    @pytest.mark.parametrize("past_the_end", PAST_THE_END)
    @pytest.mark.parametrize("base", [0, 1])
    async def test_a_list_that_shrinks_to_nothing_ends(self, base: int, past_the_end: int | str) -> None:
        server = join_names(40, base=base, past_the_end=past_the_end)
        planned = await server.plan(5, 2)
        server.content.clear()
        for part in planned:
            reader = server.reader(part)
            assert await drain(reader.pages()) == []
            assert reader.seen.last_total == 0

    async def test_what_slid_before_all_pages_of_a_partition_is_found_there(self) -> None:
        """The pager goes back to page number 1, but the server has a page 0 as well."""
        server = join_names(30, changes={3: lambda content: content.__delitem__(slice(0, 20))})
        planned = await server.plan(10, 1)
        assert await drain(server.reader(planned[-1], prefetch=1).pages()) == [f"r{n}" for n in range(20, 30)]

    @pytest.mark.parametrize("past_the_end", [404, 422])
    async def test_a_page_that_is_gone_in_the_middle_of_a_partition_is_no_failure(
        self, past_the_end: int
    ) -> None:
        changes = {4: lambda content: content.__delitem__(slice(0, 25))}
        server = join_names(40, past_the_end=past_the_end, changes=changes)
        (part,) = await server.plan(5, 100)
        given = await drain(server.reader(part, prefetch=1).pages())
        assert {f"r{n}" for n in range(25, 40)} <= set(given)

    # Not for one that returns the last page again: its end could not be recognised.
    @pytest.mark.parametrize("past_the_end", ["empty", 400, 404, 416, 422])
    @pytest.mark.parametrize("size", [5, 7])
    async def test_a_list_that_is_longer_than_its_total_is_read_to_its_end(
        self, size: int, past_the_end: int | str
    ) -> None:
        """As search engines cap theirs."""
        server = join_names(61, base=1, past_the_end=past_the_end, capped=4 * size)
        given = [await drain(server.reader(part).pages()) for part in await server.plan(size, 2)]
        assert sorted(uid for part in given for uid in part) == sorted(
            record.uid for record in server.content
        )

    async def test_a_list_that_grew_behind_its_end_is_read_to_its_new_end(self) -> None:
        changes = {3: lambda content: content.extend([Record("late"), Record("later")])}
        server = join_names(10, changes=changes)
        (part,) = await server.plan(5, 9)
        given = await drain(server.reader(part).pages())
        assert given == [record.uid for record in server.content]

    @pytest.mark.parametrize("status", [403, 500])
    async def test_what_the_server_refuses_behind_the_end_for_another_reason_is_raised(
        self, status: int
    ) -> None:
        server = join_names(10, past_the_end=status)
        (part,) = await server.plan(5, 9)
        with pytest.raises(APIStatusError):
            await drain(server.reader(part).pages())

    async def test_an_address_that_is_gone_is_raised_and_not_taken_for_the_end(self) -> None:
        server = join_names(40)
        planned = await server.plan(5, 2)
        server.gone = True
        for part in planned:
            with pytest.raises(NotFoundError):
                await drain(server.reader(part).pages())

    async def test_a_page_that_is_refused_though_the_list_reaches_that_far_is_raised(self) -> None:
        server = join_names(40)
        planned = await server.plan(5, 2)
        server.refused = frozenset({4})
        with pytest.raises(NotFoundError):
            await drain(server.reader(planned[2]).pages())

    async def test_a_server_that_repeats_a_page_is_an_error(self) -> None:
        server = join_names(40, repeated=6)
        planned = await server.plan(5, 4)
        with pytest.raises(DecodeError, match="records of an earlier page"):
            await drain(server.reader(planned[1], prefetch=1).pages())


class TestWithoutMuchKnowledge:
    @pytest.mark.parametrize("count", [0, 3, 40])
    async def test_a_list_without_a_total_is_one_partition_that_is_read_to_its_end(self, count: int) -> None:
        server = join_names(count, totals=False)
        (part,) = await server.plan(5, 1)
        reader = server.reader(part)
        assert await drain(reader.pages()) == [f"r{number}" for number in range(count)]
        assert (reader.seen.first_total, reader.seen.last_total) == (None, None)

    @pytest.mark.parametrize("past_the_end", PAST_THE_END)
    @pytest.mark.parametrize("count", [0, 4, 20, 23])
    async def test_records_without_a_key_are_read_once(self, count: int, past_the_end: int | str) -> None:
        server = join_names(count, past_the_end=past_the_end)
        given = [
            await drain(server.reader(part, key=None).pages()) for part in await server.plan(5, 2, key=None)
        ]
        assert [uid for part in given for uid in part] == [f"r{number}" for number in range(count)]

    async def test_records_that_came_without_their_key_are_all_kept(self) -> None:
        server = MovingList([Record(uid) for uid in (None, "", "a", "", None, 7, ["b"], ["b"])])
        given = [await drain(server.reader(part).pages()) for part in await server.plan(2, 2)]
        assert [uid for part in given for uid in part] == [record.uid for record in server.content]


class TestSeen:
    async def test_it_says_how_far_a_partition_went_out_of_its_range(self) -> None:
        server = join_names(40)
        planned = await server.plan(5, 2)
        del server.content[:8]
        reader = server.reader(planned[2])
        await drain(reader.pages())
        assert (reader.seen.earlier_pages, reader.seen.further_pages) == (2, 0)
        assert (reader.seen.first_total, reader.seen.last_total) == (32, 32)

        server = join_names(40)
        planned = await server.plan(5, 2)
        server.content[:0] = [Record(f"n{number}") for number in range(6)]
        reader = server.reader(planned[1])
        await drain(reader.pages())
        assert (reader.seen.earlier_pages, reader.seen.further_pages) == (0, 2)
        assert (reader.seen.pages, reader.seen.records) == (4, 20)

    async def test_records_that_come_again_within_a_partition_are_counted_and_left_out(self) -> None:
        changes = {3: inserting(0, 2, "n")}
        server = join_names(20, changes=changes)
        (part,) = await server.plan(5, 9)
        reader = server.reader(part, prefetch=1)
        given = await drain(reader.pages())
        assert len(given) == len(set(given)) == reader.seen.records
        assert reader.seen.repeated == 2
