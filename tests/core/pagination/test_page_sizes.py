"""A page size that the server changes while a list is read."""

import asyncio
from typing import Any

import pager_fakes as fakes
import pytest

from flow_retail_core.errors import DecodeError
from flow_retail_core.pagination.pager import Pager


def pager_of(server: Any, **options: Any) -> Pager[Any]:
    return Pager(server.fetch, operation="things.list", key="uid", **options)


def read(server: Any, **options: Any) -> tuple[list[Any], Any]:
    pager = pager_of(server, **options)
    return asyncio.run(pager.collect()), pager.changes


def test_a_page_size_that_falls_while_reading_loses_nothing() -> None:
    def clamp(request: int) -> None:
        if request == 4:
            server.most = 4

    server = fakes.ListServer(fakes.records(53), before=clamp)
    got, _ = read(server)
    assert got == server.content


def test_a_page_size_that_rises_while_reading_loses_nothing() -> None:
    def ignore_size(request: int) -> None:
        if request == 4:
            server.least = 14

    server = fakes.ListServer(fakes.records(153), before=ignore_size)
    got, _ = read(server)
    assert got == server.content


def test_a_page_size_that_keeps_changing_is_an_error() -> None:
    def clamp(request: int) -> None:
        server.most = max(1, 100 - 5 * request)

    server = fakes.ListServer(fakes.records(2000), default=100, before=clamp)
    with pytest.raises(DecodeError, match="page size changed"):
        read(server)


def test_a_resumed_list_does_not_guess_where_a_new_page_size_begins() -> None:
    def clamp(request: int) -> None:
        if request == 2:
            server.most = 4

    server = fakes.ListServer(fakes.records(100), before=clamp)
    with pytest.raises(DecodeError, match="page size changed") as caught:
        read(server, page_number=3)
    assert caught.value.page_number == 4


def test_a_size_that_only_says_how_long_the_page_is_is_not_a_change() -> None:
    server = fakes.ListServer(
        fakes.records(35), echo_size=lambda size: min(size, 35 - 10 * (len(server.asked) - 1))
    )
    got, changes = read(server)
    assert got == server.content
    assert not changes


@pytest.mark.parametrize(
    ("count", "size", "request_", "new"),
    [(11, 4, 3, 3), (9, 4, 3, 1), (6, 2, 2, 5), (25, 3, 7, 9), (20, 5, 3, 9), (37, 7, 6, 5)],
    ids=["smaller on the last", "far smaller", "larger, short", "larger, empty", "largest", "overlapping"],
)
@pytest.mark.parametrize("past", ["empty", "last", 400])
@pytest.mark.parametrize("prefetch", [1, 4])
def test_a_page_size_that_changes_near_the_end_loses_nothing(
    count: int, size: int, request_: int, new: int, past: Any, prefetch: int
) -> None:
    def change(request: int) -> None:
        if request == request_:
            server.most = server.least = new

    server = fakes.ListServer(fakes.records(count), past_the_end=past, before=change)
    got, _ = read(server, page_size=size, prefetch=prefetch)
    assert got == server.content
