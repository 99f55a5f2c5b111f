"""The lists of the API as callers see them: awaitable, and iterable with `async for`."""

import weakref
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, Generic, Self, TypeVar

from flow_retail_core.async_closing import AsyncClosingIterator
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.page import Page
from flow_retail_core.pagination.raw_page import FetchPage
from flow_retail_core.pagination.reader import PageReader
from flow_retail_core.pagination.seen_pages import SeenPages
from flow_retail_core.pagination.state import ListState
from flow_retail_core.validation import check_whole

T = TypeVar("T")


class Pager(Generic[T]):
    """A list of records that the server returns in pages. Nothing is sent before it is awaited or iterated.

    `await pager` returns the first page, `async for record in pager` all records, `pager.pages()` all pages
    and `await pager.collect()` a list. Each of them begins anew, with requests of its own.

    Args:
        fetch: Makes one request, given page number and page size; None leaves a parameter out.
        operation: The operation's name, such as `customers.list`.
        key: The attribute that identifies a record; None if records have no identity, and then neither
            repeated nor skipped ones can be noticed.
        page_number: The page to begin with, as numbered by the server; None for the first.
        page_size: Records a page; None to leave it to the server.
        prefetch: Page requests to keep in flight, at least 1. The memory is bounded by so many pages and the
            one being looked at.

    Raises:
        TypeError: `page_number`, `page_size` or `prefetch` is not an int.
        ValueError: `page_number` is negative, or `page_size` or `prefetch` is below 1.
    """

    def __init__(
        self,
        fetch: FetchPage[T],
        *,
        operation: str,
        key: str | None = None,
        page_number: int | None = None,
        page_size: int | None = None,
        prefetch: int = 1,
    ) -> None:
        if page_number is not None:
            check_whole("page_number", page_number, at_least=0)
        if page_size is not None:
            check_whole("page_size", page_size, at_least=1)
        check_whole("prefetch", prefetch, at_least=1)
        self._fetch = fetch
        self._operation = operation
        self._key = key
        self._page_number = page_number
        self._page_size = page_size
        self._prefetch = prefetch
        self._changes = ListChanges()

    @property
    def changes(self) -> ListChanges:
        """How the list changed while this pager read it, over all its iterations so far."""
        return self._changes

    def __await__(self) -> Generator[Any, None, Page[T]]:
        """Ask for the page to begin with."""
        return self._reader(ListChanges(), limit=1, prefetch=1).read_one().__await__()

    def __aiter__(self) -> "RecordIterator[T]":
        return RecordIterator(self.pages())

    def pages(self, limit: int | None = None) -> "PageIterator[T]":
        """Iterate over the pages that bring new records.

        Records of an earlier page are left out, so the pages together hold each record once. Leaving
        the loop cancels what was prefetched; `async with` or `aclose()` also waits until that has ended.

        Args:
            limit: How many pages of the list to stop after, so that a part of it can be read without asking
                for more; None for all.

        Raises:
            TypeError: `limit` is not an int.
            ValueError: `limit` is below 1.
        """
        if limit is not None:
            check_whole("limit", limit, at_least=1)
        return PageIterator(self._reader(self._changes, limit, self._prefetch))

    async def collect(self, limit: int | None = None) -> list[T]:
        """Read the records into a list.

        Args:
            limit: How many records to stop after; None for all.

        Returns:
            The records, in the server's order.

        Raises:
            TypeError: `limit` is not an int.
            ValueError: `limit` is negative.
            FlowRetailError: A request failed; `page_number` is where to resume.
        """
        if limit is not None:
            check_whole("limit", limit, at_least=0)
        records: list[T] = []
        if limit == 0:
            return records
        async with self.pages() as pages:
            async for page in pages:
                records.extend(page.items if limit is None else page.items[: limit - len(records)])
                if len(records) == limit:
                    break
        return records

    def __repr__(self) -> str:
        return f"<Pager of {self._operation}>"

    def _reader(self, changes: ListChanges, limit: int | None, prefetch: int) -> PageReader[T]:
        state = ListState[T](
            self._operation,
            changes,
            SeenPages(identified=self._key is not None),
            given=self._page_number,
            size=self._page_size,
            limit=limit,
            # Without any number from the server, 0 is presumed; the second page proves or corrects that.
            start=self._page_number or 0,
        )
        return PageReader(self._fetch, self._key, state, prefetch)


class PageIterator(AsyncClosingIterator, AsyncIterator[Page[T]]):
    """The pages of one pass over a list; made by `Pager.pages()`."""

    def __init__(self, reader: PageReader[T]) -> None:
        self._reader: PageReader[T] | None = reader
        self._reading = False
        # The requests in flight know nothing of this object, so it dies with the loop that uses it.
        self._finalizer = weakref.finalize(self, reader.prefetcher.abandon)
        self._finalizer.atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        """Read the next page.

        Raises:
            FlowRetailError: A request failed; `page_number` is where to resume.
            RuntimeError: Another task is reading this iterator.
        """
        if self._reader is None:
            raise StopAsyncIteration
        if self._reading:
            raise RuntimeError("another task is reading this iterator; give each task a pager of its own")
        self._reading = True
        try:
            page = await self._reader.read()
        except BaseException:
            await self.aclose()
            raise
        finally:
            self._reading = False
        if page is None:
            await self.aclose()
            raise StopAsyncIteration
        return page

    async def aclose(self) -> None:
        """Cancel the requests in flight and wait until they have ended; iterating is over then."""
        reader, self._reader = self._reader, None
        self._finalizer.detach()
        if reader is not None:
            await reader.prefetcher.clear()


class RecordIterator(AsyncClosingIterator, AsyncIterator[T]):
    """The records of one pass over a list; made by iterating a `Pager`."""

    def __init__(self, pages: PageIterator[T]) -> None:
        self._pages = pages
        self._records: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Return the next record, from the next page if need be.

        Raises:
            FlowRetailError: A request failed; `page_number` is where to resume.
        """
        while True:
            for record in self._records:
                return record
            self._records = iter((await anext(self._pages)).items)

    async def aclose(self) -> None:
        """Cancel the requests in flight and wait until they have ended; iterating is over then."""
        self._records = iter(())
        await self._pages.aclose()
