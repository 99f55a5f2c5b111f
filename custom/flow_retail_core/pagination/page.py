"""One page of a list as the caller gets it."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from attrs import field, frozen

T = TypeVar("T")


@frozen
class Page(Generic[T]):
    """One page of records.

    Attributes:
        items: The records, in the server's order, without those that an earlier page held.
        total_count: Records in the whole list, as the server counts them; None if it did not say.
        page_number: The number under which the server knows this page; None if it did not say.
        page_size: The most records that the server puts on a page; None if it did not say.
        has_next: Whether the server's figures leave room for a page after this one. It takes the server's
            total at its word; iterating the pager does not, so read a whole list that way.
    """

    # Records are personal data, and a thousand of them tell no reader anything.
    items: tuple[T, ...] = field(repr=lambda items: f"<{len(items)} records>")
    total_count: int | None
    page_number: int | None
    page_size: int | None
    has_next: bool
    _follow: Callable[[], Awaitable[Any]] = field(alias="follow", repr=False, eq=False)

    async def next_page(self) -> "Page[T]":
        """Ask for the page after this one, by the rules of iterating, remembering this page alone.

        Returns:
            The next page that brings new records; an empty one at the end of the list.

        Raises:
            DecodeError: The server returned the same page again, or something that is no page.
            FlowRetailError: The request failed; its `page_number` is that of the page asked for.
        """
        page: Page[T] = await self._follow()
        return page
