"""Requests for single pages."""

from typing import Generic, TypeVar

from attrs import field, frozen

from flow_retail_core.errors import APIStatusError
from flow_retail_core.pagination.raw_page import FetchPage, RawPage, read_envelope

T = TypeVar("T")

_PAST_THE_END = frozenset({400, 404, 416, 422})


@frozen
class PageFetcher(Generic[T]):
    """One list of one operation.

    Attributes:
        operation: The operation's name, such as `customers.list`.
        key: The attribute that identifies a record; None if records have no identity.
    """

    operation: str
    key: str | None
    _fetch_page: FetchPage[T] = field(repr=False)

    async def fetch(self, number: int | None, size: int | None) -> RawPage[T]:
        """Send one request; a status that servers use past the end of a list is returned, not raised."""
        try:
            envelope = await self._fetch_page(number, size)
        except APIStatusError as error:
            if error.status_code not in _PAST_THE_END:
                raise
            return RawPage(refusal=error)
        return read_envelope(envelope, key=self.key, operation=self.operation)
