"""A list on a server, whose records come and go between the requests of all partitions."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from attrs import define, field, frozen

from flow_retail_client import NotFoundError, Pager
from flow_retail_core.errors import APIStatusError
from flow_retail_spark.partitions import PageRange, divide
from flow_retail_spark.range_reader import RangeReader


@frozen
class Record:
    uid: Any


@frozen
class Paging:
    page_number: Any
    page_size: Any
    total_count: Any


@frozen
class Envelope:
    items: Any
    paging: Any


@define(eq=False)
class MovingList:
    """Serves `content`; `changes` run one at a time, each before the response to the request of its number.

    `past_the_end` is a status, `empty` for an empty page, or `last` for the last page over again; `capped`
    the most that it reports as a total; `repeated` a page that brings the one before again.
    Pages whose number is `refused` are not found, and none is if it is `gone`.
    """

    content: list[Any]
    base: int = 0
    past_the_end: int | str = "empty"
    changes: dict[int, Callable[[list[Any]], None]] = field(factory=dict)
    totals: bool = True
    capped: int | None = None
    repeated: int | None = None
    gone: bool = False
    refused: frozenset[int] = frozenset()
    asked: list[int | None] = field(factory=list)

    async def fetch(self, number: int | None, size: int | None) -> Envelope:
        assert size is not None
        self.asked.append(number)
        request = len(self.asked)
        await asyncio.sleep(0)
        if change := self.changes.get(request):
            change(self.content)
        if self.gone or number in self.refused:
            raise NotFoundError(status_code=404, operation="records.list")
        page = 0 if number is None else number - self.base
        last = max(0, -(-len(self.content) // size) - 1)
        if page > last or (page == last and page and not self.content):
            if isinstance(self.past_the_end, int):
                error = NotFoundError if self.past_the_end == 404 else APIStatusError
                raise error(status_code=self.past_the_end, operation="records.list")
            if self.past_the_end == "last":
                page = last
        shown = page - 1 if page == self.repeated else page
        items = self.content[shown * size : (shown + 1) * size]
        total = min(len(self.content), self.capped or len(self.content)) if self.totals else None
        return Envelope(items, Paging(page + self.base, size, total))

    def pager(self, number: int | None, size: int, *, key: str | None = "uid", prefetch: int = 3) -> Any:
        return Pager(
            self.fetch,
            operation="records.list",
            key=key,
            page_number=number,
            page_size=size,
            prefetch=prefetch,
        )

    async def plan(self, size: int, pages_per_partition: int, *, key: str | None = "uid") -> list[PageRange]:
        page = await self.pager(None, size, key=key)
        return divide(
            run="r",
            total=page.total_count,
            base=page.page_number,
            page_size=page.page_size,
            asked_size=size,
            pages_per_partition=pages_per_partition,
        )

    def reader(self, planned: PageRange, *, key: str | None = "uid", prefetch: int = 3) -> RangeReader:
        def make(number: int | None) -> Any:
            return self.pager(number, planned.page_size, key=key, prefetch=prefetch)

        return RangeReader(planned, make, key)


async def drain(pages: AsyncGenerator[tuple[Any, ...]]) -> list[Any]:
    """What a partition returns, by uid."""
    return [record.uid async for page in pages for record in page]
