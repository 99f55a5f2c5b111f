"""However a list moves and its server errs: what docs/pagination.md promises, against a list in memory."""

import asyncio
from collections.abc import Callable
from typing import Any

import pager_fakes as fakes
from hypothesis import event, given, settings
from hypothesis import strategies as st

from flow_retail_core.errors import APIConnectionError, APIStatusError, DecodeError
from flow_retail_core.pagination.pager import Pager

pinned = settings(derandomize=True, deadline=None, database=None, max_examples=150)

PAST_THE_END = ["empty", "last", 400, 404, 416, 422]
PREFETCH = st.sampled_from([1, 1, 2, 3, 8])


@st.composite
def servers(draw: Any) -> fakes.ListServer:
    """A server with a list, whose last page is full as often as not."""
    size = draw(st.integers(1, 7))
    count = draw(st.one_of(st.integers(0, 60), st.integers(0, 4).map(lambda pages: pages * size)))
    return fakes.ListServer(
        fakes.records(count),
        base=draw(st.sampled_from([0, 1])),
        default=size,
        past_the_end=draw(st.sampled_from(PAST_THE_END)),
    )


@st.composite
def movements(draw: Any, ways: tuple[str, ...]) -> list[tuple[int, str, int, int]]:
    """At which request, whether records come or go, where, how many: one way between two requests."""
    way = draw(st.sampled_from(ways))
    steps = draw(st.lists(st.integers(2, 24), max_size=8, unique=True))
    if draw(st.integers(0, 9)) == 0:
        # At every request, for long.
        steps = list(range(2, 60))
    return [
        (
            request,
            way if way != "both" else draw(st.sampled_from(["come", "go"])),
            draw(st.sampled_from([0, 0, draw(st.integers(0, 60)), 1000])),
            draw(st.integers(1, 3 if len(steps) > 8 else 15)),
        )
        for request in steps
    ]


class Reading:
    """What came of reading a list that moved."""

    def __init__(
        self,
        server: fakes.ListServer,
        moves: list[tuple[int, str, int, int]],
        *,
        also: Callable[[int], None] = lambda request: None,
        smallest: int | None = None,
        **options: Any,
    ) -> None:
        self.server, self.moves, self.gone = server, moves, set[Any]()
        self.before, self.also, self.smallest = list(server.content), also, smallest or server.default
        server.before = self._move
        options = {"key": "uid", "page_size": server.default, **options}
        self.pager = Pager[Any](server.fetch, operation="things.list", **options)
        self.got: list[Any] = []
        self.error: Exception | None = None
        try:
            asyncio.run(self._read())
        except (DecodeError, APIStatusError) as error:
            self.error = error

    async def _read(self) -> None:
        async for page in self.pager.pages():
            self.got += page.items

    def _move(self, request: int) -> None:
        self.also(request)
        content = self.server.content
        for when, way, at, many in self.moves:
            if when == request and way == "come":
                self.server.inserted += 1
                content[at:at] = fakes.records(many, f"new-{self.server.inserted}-")
            elif when == request:
                self.gone.update(content[at : at + many])
                del content[at : at + many]

    def assert_promise(self, *, missing: int = 0) -> None:
        """Every record that stayed was given once, in order; nothing was raised, and no request wasted."""
        changes = self.pager.changes
        event(f"healed: {bool(changes.reread_pages)}, repeated: {bool(changes.repeated_records)}")
        assert self.error is None
        assert len(set(self.got)) == len(self.got)
        survivors = [one for one in self.before if one not in self.gone]
        if not changes.unverified_boundaries:
            assert [one for one in self.got if one in set(survivors)] == survivors
        assert changes.missing_records == missing
        self.assert_bounded()

    def assert_bounded(self) -> None:
        """At most a few requests a page, and for each change as many as the reader may have to go back."""
        pages = 2 + max(len(self.before), len(self.got)) // self.smallest
        assert len(self.server.asked) <= 8 + (pages + 8) * 3 + len(self.moves) * (pages + 20)


@given(servers(), movements(("come", "go", "both")))
@pinned
def test_a_list_that_moves_one_way_between_two_requests_is_read_whole_and_ends_well(
    server: fakes.ListServer, moves: Any
) -> None:
    reading = Reading(server, moves)
    reading.assert_promise()
    # Only a list that comes and goes by turns at one boundary is ever given up there.
    assert not reading.pager.changes.unverified_boundaries or len(moves) > 8


@given(servers(), movements(("come", "go")), PREFETCH, st.randoms(use_true_random=False))
@pinned
def test_a_list_that_only_grows_or_only_shrinks_is_read_whole_in_whatever_order_pages_are_served(
    server: fakes.ListServer, moves: Any, prefetch: int, random: Any
) -> None:
    async def wait(request: int) -> None:
        for _ in range(random.randrange(6)):
            await asyncio.sleep(0)

    server.wait = wait
    reading = Reading(server, moves, prefetch=prefetch)
    reading.assert_promise()
    assert not reading.pager.changes.unverified_boundaries


@given(
    servers(),
    movements(("come", "go", "both")),
    st.sampled_from(["right", "missing"]),
    st.sampled_from(["right", "missing", "asked for"]),
    st.booleans(),
)
@pinned
def test_a_list_that_moves_is_read_whole_whatever_figures_the_server_leaves_out(
    server: fakes.ListServer, moves: Any, number: str, size: str, asks: bool
) -> None:
    server.echoes = (lambda number: number) if number == "right" else (lambda number: None)
    if size != "right":
        server.echo_size = lambda size: None
    reading = Reading(server, moves, page_size=server.default if asks or size == "asked for" else None)
    reading.assert_promise()


@given(
    servers(),
    movements(("come", "go")),
    st.lists(st.tuples(st.integers(2, 9), st.integers(1, 9)), min_size=1, max_size=3),
    st.booleans(),
    PREFETCH,
)
@pinned
def test_a_page_size_that_the_server_changes_loses_and_doubles_nothing(
    server: fakes.ListServer, moves: Any, sizes: Any, forces: bool, prefetch: int
) -> None:
    def resize(request: int) -> None:
        for when, size in sizes:
            if when == request:
                server.most = size
                server.least = size if forces else 1

    smallest = min(server.default, *(size for _, size in sizes))
    Reading(server, moves, also=resize, smallest=smallest, prefetch=prefetch).assert_promise()


@given(servers(), st.sampled_from(["come", "still"]), st.data(), PREFETCH)
@pinned
def test_without_totals_a_list_that_does_not_shrink_is_read_whole(
    server: fakes.ListServer, way: str, data: Any, prefetch: int
) -> None:
    server.total = lambda total: None
    moves = data.draw(movements(("come",))) if way == "come" else []
    # Pages in flight together may be served in any order, and then only totals tell that the list grew.
    Reading(server, moves, prefetch=1 if moves else prefetch).assert_promise()


@given(servers(), st.integers(1, 40), st.sampled_from(["come", "still"]), st.data(), PREFETCH)
@pinned
def test_with_a_capped_total_a_list_that_does_not_shrink_is_read_whole(
    server: fakes.ListServer, most: int, way: str, data: Any, prefetch: int
) -> None:
    pages = -(-most // server.default)
    # A total that a page which is not full reaches exactly ends the list there.
    server.total = lambda total: min(total, pages * server.default)
    moves = data.draw(movements(("come",))) if way == "come" else []
    Reading(server, moves, prefetch=1 if moves else prefetch).assert_promise()


@given(servers(), st.integers(1, 20), PREFETCH)
@pinned
def test_a_total_that_is_too_large_costs_no_record_and_is_reported(
    server: fakes.ListServer, more: int, prefetch: int
) -> None:
    server.total = lambda total: total + more
    reading = Reading(server, [], prefetch=prefetch)
    assert reading.got == reading.before
    reading.assert_bounded()
    if reading.error is None:
        assert reading.pager.changes.missing_records == more
    else:
        # The server refuses or repeats pages that it says are there, after one that is full.
        assert server.past_the_end != "empty"
        assert len(reading.before) % server.default == 0


@given(
    servers(),
    movements(("come", "go")),
    st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from([1, 1, 1000]),
    PREFETCH,
)
@pinned
def test_a_page_that_comes_short_is_asked_for_again_and_what_never_comes_is_counted(
    server: fakes.ListServer, moves: Any, page: int, keep: int, times: int, prefetch: int
) -> None:
    server.cut = {page: (keep, times)}
    if times == 1:
        Reading(server, moves, prefetch=prefetch).assert_promise()
        return
    content = server.content
    size = server.default
    whole = content[page * size : (page + 1) * size]
    reading = Reading(server, [], prefetch=prefetch)
    assert reading.error is None
    assert reading.got == [one for one in content if one not in whole[keep:]]
    assert reading.pager.changes.missing_records == len(whole[keep:])
    reading.assert_bounded()


@given(servers(), st.integers(0, 59), st.integers(0, 59), PREFETCH)
@pinned
def test_a_record_that_a_page_holds_twice_is_given_once(
    server: fakes.ListServer, first: int, second: int, prefetch: int
) -> None:
    if max(first, second) < len(server.content) and first // server.default == second // server.default:
        server.content[second] = server.content[first]
    reading = Reading(server, [], prefetch=prefetch)
    assert reading.error is None
    assert reading.got == list(dict.fromkeys(reading.before))
    assert reading.pager.changes.missing_records == 0


@given(servers(), st.integers(1, 12), st.booleans(), PREFETCH)
@pinned
def test_a_list_that_broke_off_anywhere_is_read_whole_by_going_on_from_there(
    server: fakes.ListServer, fails: int, numbers: bool, prefetch: int
) -> None:
    def fail(request: int) -> None:
        if request == fails:
            raise APIConnectionError("no")

    async def read(number: int | None) -> None:
        pager = Pager[Any](
            server.fetch,
            operation="things.list",
            key="uid",
            page_number=number,
            page_size=server.default,
            prefetch=prefetch,
        )
        async for page in pager.pages():
            got.extend(page.items)
        assert pager.changes.missing_records == 0

    got: list[Any] = []
    server.before = fail
    server.echoes = (lambda number: number) if numbers else (lambda number: None)
    try:
        asyncio.run(read(None))
    except APIConnectionError as error:
        asyncio.run(read(error.page_number))
    assert got == server.content


@given(servers(), movements(("come", "go")))
@pinned
def test_leafing_from_page_to_page_skips_nothing_and_ends(server: fakes.ListServer, moves: Any) -> None:
    reading = Reading(server, [])
    server.asked.clear()
    server.inserted = 0
    reading.moves, reading.got = moves, []

    async def leaf() -> None:
        page = await reading.pager
        while page.items:
            reading.got += page.items
            page = await page.next_page()

    asyncio.run(leaf())
    survivors = [one for one in reading.before if one not in reading.gone]
    assert set(reading.got) >= set(survivors)
    if not moves:
        assert reading.got == reading.before
