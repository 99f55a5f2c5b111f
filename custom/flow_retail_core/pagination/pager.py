"""The lists of the API as callers see them: awaitable, and iterable with `async for`."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Generic, TypeVar

from flow_retail_core.async_closing import AsyncClosingIterator, abandon, cancel_and_forget
from flow_retail_core.errors import FlowRetailError
from flow_retail_core.pagination.changes import ListChanges
from flow_retail_core.pagination.page import Page
from flow_retail_core.pagination.raw_page import FetchPage, RawPage, SeenPages, fetch_raw_page
from flow_retail_core.pagination.reader import ListReader, Request
from flow_retail_core.validation import check_whole

T = TypeVar("T")
_FetchRawPage = Callable[[int | None, int | None], Coroutine[Any, Any, RawPage[T]]]


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
        """How the list changed while this pager read it, over all its uses so far."""
        return self._changes

    def __await__(self) -> Generator[Any, None, Page[T]]:
        """Ask for the page to begin with."""
        return self.pages(limit=1).read_one().__await__()

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
        fetch = partial(fetch_raw_page, self._fetch, self._key, self._operation)
        reader = ListReader[T](
            self._operation,
            self._changes,
            SeenPages(identified=self._key is not None),
            partial(_read_after, fetch),
            given=self._page_number,
            size=self._page_size,
            limit=limit,
            prefetch=self._prefetch,
            # Without any number from the server, 0 is presumed; the second page proves or corrects that.
            start=self._page_number or 0,
        )
        return PageIterator(fetch, reader)

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
        async with aclosing(self.pages()) as pages:
            while (page := await pages.read()) is not None:
                records.extend(page.items if limit is None else page.items[: limit - len(records)])
                if len(records) == limit:
                    break
        return records

    def __repr__(self) -> str:
        return f"<Pager of {self._operation}>"


class PageIterator(AsyncClosingIterator, AsyncIterator[Page[T]]):
    """The pages of one pass over a list; made by `Pager.pages()`. It makes the requests of a `ListReader`."""

    def __init__(self, fetch: _FetchRawPage[T], reader: ListReader[T]) -> None:
        self._fetch = fetch
        self._reader = reader
        self._steps = reader.read()
        self._requests: Sequence[Request] = next(self._steps)
        self._reading = False
        # Pages that are in flight, or have arrived and were not yet taken, by their requests.
        self._tasks: dict[Request, asyncio.Task[RawPage[T]]] = {}
        # The requests know nothing of this object, so it dies with the loop that uses it.
        self._finalizer = weakref.finalize(self, abandon, self._tasks.values())
        self._finalizer.atexit = False

    async def __anext__(self) -> Page[T]:
        """Read the next page.

        Raises:
            FlowRetailError: A request failed; `page_number` is where to resume.
            RuntimeError: Another task is reading this iterator.
        """
        page = await self.read()
        if page is None:
            raise StopAsyncIteration
        return page

    async def read(self) -> Page[T] | None:
        """Read on until a page brings a new record; None at the end of the list."""
        if self._reading:
            raise RuntimeError("another task is reading this iterator; give each task a pager of its own")
        ready, self._reading = self._reader.ready, True
        try:
            while self._requests and not ready:
                self._requests = self._steps.send(await self._receive())
            if not ready:
                await self.aclose()
        except BaseException as error:
            if isinstance(error, FlowRetailError):
                error.page_number = self._reader.resume_number
            await self.aclose()
            raise
        finally:
            self._reading = False
        return ready.popleft() if ready else None

    async def read_one(self) -> Page[T]:
        """Read one page that brings new records, or an empty one at the end of the list."""
        page = await self.read()
        if page is None:
            reader = self._reader
            page = Page((), reader.read_total, None, reader.size, has_next=False, follow=self.read_one)
        return page

    async def aclose(self) -> None:
        """Cancel the requests in flight and wait until they have ended; iterating is over then."""
        self._requests = ()
        self._reader.ready.clear()
        self._finalizer.detach()
        await self._cancel()

    async def _receive(self) -> RawPage[T]:
        """Return the page of the first request, and keep the others in flight."""
        requests, tasks = self._requests, self._tasks
        if tasks and requests[0] not in tasks:
            # What is in flight was asked for before the list was known to have moved.
            await self._cancel()
        if not tasks and len(requests) == 1:
            return await self._fetch(*requests[0])
        for request in requests:
            if request not in tasks:
                tasks[request] = task = asyncio.create_task(self._fetch(*request))
                task.add_done_callback(_retrieve_exception)
        return await tasks.pop(requests[0])

    async def _cancel(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            cancel_and_forget(task)
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_after(fetch: _FetchRawPage[T], reader: ListReader[T], page: RawPage[T]) -> Page[T]:
    return await PageIterator(fetch, reader.after(page)).read_one()


def _retrieve_exception(task: asyncio.Task[Any]) -> None:
    # asyncio would log the exception of a task that is never waited for.
    if not task.cancelled():
        task.exception()


class RecordIterator(AsyncClosingIterator, AsyncIterator[T]):
    """The records of one pass over a list; made by iterating a `Pager`."""

    def __init__(self, pages: PageIterator[T]) -> None:
        self._pages = pages
        self._records: Iterator[T] = iter(())

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
