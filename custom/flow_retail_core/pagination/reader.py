"""Reading a list page by page while it changes."""

from collections import deque
from functools import partial
from typing import Generic, TypeVar

from flow_retail_core.errors import FlowRetailError
from flow_retail_core.pagination.decisions import decide
from flow_retail_core.pagination.fetcher import PageFetcher
from flow_retail_core.pagination.page import Page
from flow_retail_core.pagination.prefetcher import Prefetcher
from flow_retail_core.pagination.raw_page import RawPage
from flow_retail_core.pagination.state import Accept, Fetch, ListState, Mode

T = TypeVar("T")


class PageReader(Generic[T]):
    """One pass over a list: carries out what `decide` says.

    Args:
        fetcher: Where pages come from.
        state: Where to begin.
        prefetch: Requests to keep in flight, at least 1.
        last: The page read before.
    """

    def __init__(
        self, fetcher: PageFetcher[T], state: ListState[T], prefetch: int = 1, last: RawPage[T] = RawPage()
    ) -> None:
        self._fetcher = fetcher
        self._state = state
        self._prefetch = prefetch
        self._ready: deque[Page[T]] = deque()
        self._last = last
        self.prefetcher: Prefetcher[RawPage[T]] = Prefetcher(self._fetch, prefetch)

    async def read(self) -> Page[T] | None:
        """Read on until a page brings a new record; None at the end of the list."""
        state = self._state
        while not self._ready:
            if state.mode is Mode.DONE or state.index == state.limit:
                await self.prefetcher.clear()
                state.changes.missing_records = state.missing()
                return None
            page = self._last = await self._obtain()
            if state.probing:
                page = state.learn_base(page)
            else:
                state.observe(page)
            decision = decide(state, page)
            if isinstance(decision, Accept):
                self._accept(decision)
            elif isinstance(decision, Fetch):
                if decision.mode is Mode.BACKWARD or decision.start is not None or decision.size is not None:
                    await self.prefetcher.clear()
                state.follow(decision, page)
            else:
                state.mode = Mode.DONE
                if decision.error is not None:
                    decision.error.page_number = state.resume_number
                    raise decision.error
        return self._ready.popleft()

    async def read_one(self) -> Page[T]:
        """Read one page that brings new records, or an empty one at the end of the list."""
        page = await self.read()
        if page is None:
            last = self._last
            page = Page((), last.total, None, last.size or self._state.size, False, self.read_one)
        await self.prefetcher.clear()
        return page

    async def _obtain(self) -> RawPage[T]:
        state = self._state
        try:
            if state.probing:
                return await self._fetcher.fetch(None, state.size)
            if self._prefetch > 1 and state.is_steady():
                self.prefetcher.fill(state.index, self._horizon(state.index))
            return await self.prefetcher.take(state.index)
        except FlowRetailError as error:
            error.page_number = state.resume_number
            raise

    async def _fetch(self, index: int) -> RawPage[T]:
        return await self._fetcher.fetch(self._state.number(index), self._state.size)

    def _horizon(self, index: int) -> int:
        """The index before which pages are worth asking for ahead of time."""
        state = self._state
        if state.mode is Mode.CONFIRMING:
            horizon = index + 1
        elif state.total is None or state.size is None or not state.trusted:
            horizon = index + self._prefetch
        else:
            horizon = max(index + 1, -(-(state.total - state.before(0)) // state.size))
        return horizon if state.limit is None else min(horizon, state.limit)

    def _accept(self, decision: Accept[T]) -> None:
        state = self._state
        for index, page in decision.pages:
            new = state.accept(index, page, verified=decision.verified)
            if new:
                self._ready.append(
                    Page(
                        new,
                        page.total,
                        page.number,
                        # The size of the pages that it lies among, not what a server made of a short one.
                        page.size or state.size,
                        bool(page.items) and state.covered() != page.total,
                        partial(_read_on, self._fetcher, state.after(index, page), index, page),
                    )
                )


async def _read_on(fetcher: PageFetcher[T], state: ListState[T], index: int, page: RawPage[T]) -> Page[T]:
    state.seen.add(index, page)
    return await PageReader(fetcher, state, last=page).read_one()
