"""A list in memory that is served in pages, with every way in which a server may deviate."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field, frozen

from flow_retail_core.errors import APIStatusError


@frozen
class Record:
    uid: str


@frozen
class Paging:
    page_number: Any = None
    page_size: Any = None
    total_count: Any = None


@frozen
class Envelope:
    items: Any
    paging: Any


def records(count: int, prefix: str = "r") -> list[Record]:
    return [Record(f"{prefix}{position}") for position in range(count)]


@define(eq=False)
class ListServer:
    """Serves `content`; `before` runs before each answer with the count of requests so far."""

    content: list[Any]
    base: int = 1
    most: int = 100
    least: int = 1
    default: int = 10
    echoes: Callable[[int], int | None] = lambda number: number
    echo_size: Callable[[int], Any] = lambda size: size
    total: Callable[[int], Any] = lambda total: total
    before: Callable[[int], Any] = lambda request: None
    past_the_end: Callable[[int, int], int] | str | int = lambda page, last: page
    """Which page is returned instead, given the one asked for and the last; "empty", "last", or a status."""
    cut: dict[int, tuple[int, int]] = field(factory=dict[int, tuple[int, int]])
    """By page from 0: how many records it is returned with, and how often."""
    paging: bool = True
    wait: Callable[[int], Awaitable[None]] | None = None
    inserted: int = 0
    patience: int = 2000
    asked: list[tuple[int | None, int | None]] = field(factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    cancelled: int = 0

    async def fetch(self, number: int | None, size: int | None) -> Envelope:
        self.asked.append((number, size))
        request = len(self.asked)
        assert request < self.patience, "endless"
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.wait is not None:
                await self.wait(request)
            else:
                await asyncio.sleep(0)
            self.before(request)
            return self._answer(number, size)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1

    def _past(self, page: int, last: int) -> int:
        if isinstance(self.past_the_end, int):
            raise APIStatusError(status_code=self.past_the_end)
        if isinstance(self.past_the_end, str):
            return last if self.past_the_end == "last" else page
        return self.past_the_end(page, last)

    def _answer(self, number: int | None, size: int | None) -> Envelope:
        size = max(self.least, min(self.default if size is None else size, self.most))
        last = max(0, -(-len(self.content) // size) - 1)
        page = 0 if number is None else max(0, number - self.base)
        if page > last:
            page = self._past(page, last)
        items = self.content[page * size : (page + 1) * size]
        keep, times = self.cut.get(page, (0, 0))
        if times and len(items) > keep:
            self.cut[page] = keep, times - 1
            items = items[:keep]
        if not self.paging:
            return Envelope(items, None)
        return Envelope(
            items, Paging(self.echoes(page + self.base), self.echo_size(size), self.total(len(self.content)))
        )
