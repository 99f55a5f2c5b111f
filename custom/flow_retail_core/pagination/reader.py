"""Reading a list page by page while it changes."""

from collections import deque
from functools import partial
from typing import Generic, TypeVar

from flow_retail_core.errors import APIStatusError, FlowRetailError
from flow_retail_core.pagination.decisions import decide
from flow_retail_core.pagination.page import Page
from flow_retail_core.pagination.prefetcher import Prefetcher
from flow_retail_core.pagination.raw_page import FetchPage, RawPage, read_envelope
from flow_retail_core.pagination.state import Accept, Fetch, ListState, Mode

T = TypeVar("T")

_PAST_THE_END = frozenset({400, 404, 416, 422})


class PageReader(Generic[T]):
    """One pass over a list: makes the requests and carries out what `decide` says."""

    def __init__(
        self,
        fetch_page: FetchPage[T],
        key: str | None,
        state: ListState[T],
        prefetch: int = 1,
        last: RawPage[T] | None = None,
    ) -> None:
        self._fetch_page = fetch_page
        self._key = key
        self._state = state
        self._prefetch = prefetch
        self._last = last
        self._ready: deque[Page[T]] = deque()
        self.prefetcher: Prefetcher[RawPage[T]] = Prefetcher(self._fetch, prefetch)

    async def read(self) -> Page[T] | None:
        """Read on until a page brings a new record; None at the end of the list."""
        state = self._state
        while not self._ready:
            if state.mode is Mode.DONE or state.index == state.limit:
                await self.prefetcher.clear()
                state.changes.missing_records = state.missing()
                return None
            try:
                if self._prefetch > 1:
                    self.prefetcher.fill(state.index, state.horizon(self._prefetch))
                page = self._last = await self.prefetcher.take(state.index)
            except FlowRetailError as error:
                error.page_number = state.resume_number()
                raise
            if state.probing:
                page = state.learn_base(page)
            else:
                state.observe(page)
            decision = decide(state, page)
            if isinstance(decision, Accept):
                for index, one in decision.pages:
                    self._accept(index, one, verified=decision.verified)
            elif isinstance(decision, Fetch):
                if decision.mode is Mode.BACKWARD or decision.start is not None or decision.size is not None:
                    await self.prefetcher.clear()
                state.follow(decision, page)
            else:
                if decision.error is not None:
                    decision.error.page_number = state.resume_number()
                    raise decision.error
                state.mode = Mode.DONE
        return self._ready.popleft()

    async def read_one(self) -> Page[T]:
        """Read one page that brings new records, or an empty one at the end of the list."""
        page = await self.read()
        if page is None:
            total, size = (None, None) if self._last is None else (self._last.total, self._last.size)
            page = Page((), total, None, size or self._state.size, has_next=False, follow=self.read_one)
        return page

    async def _fetch(self, index: int) -> RawPage[T]:
        state = self._state
        try:
            envelope = await self._fetch_page(None if state.probing else state.number(index), state.size)
        except APIStatusError as error:
            # Servers respond so past the end of a list, and elsewhere.
            if error.status_code not in _PAST_THE_END:
                raise
            return RawPage(refusal=error)
        return read_envelope(envelope, key=self._key, operation=state.operation)

    def _accept(self, index: int, page: RawPage[T], *, verified: bool) -> None:
        state = self._state
        new = state.accept(index, page, verified=verified)
        if new:
            # The size of the pages that it lies among, not what a server made of a short one.
            size, has_next = page.size or state.size, state.covered != page.total
            follow = partial(self._read_on, state.after(index, page), index, page)
            self._ready.append(Page(new, page.total, page.number, size, has_next, follow))

    async def _read_on(self, state: ListState[T], index: int, page: RawPage[T]) -> Page[T]:
        state = state.after(index, page)
        state.seen.add(index, page)
        return await PageReader(self._fetch_page, self._key, state, last=page).read_one()
