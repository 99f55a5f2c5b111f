"""One page of a list: as the server answered it, and as the caller gets it."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import field, frozen

from flow_retail_core.errors import DecodeError
from flow_retail_core.unset import UNSET

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Envelope(Protocol[T_co]):
    """What a list operation answers, already decoded.

    The spec promises both fields; at run time either may be `UNSET`, `None` or of another type.
    """

    @property
    def items(self) -> Sequence[T_co]:
        """The records of the page, in the server's order."""
        ...

    @property
    def paging(self) -> object:
        """An object with `page_number`, `page_size` and `total_count`."""
        ...


Fetch = Callable[[int | None, int | None], Awaitable[Envelope[T]]]
"""Asks for one page, given `page_number` and `page_size`; None leaves a parameter out of the request."""


@frozen
class Page(Generic[T]):
    """One page of records.

    Attributes:
        items: The records, in the server's order. A page of `Pager.pages()` leaves out those that an earlier
            page already gave.
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
    _follow: "Callable[[], Awaitable[Page[T]]]" = field(alias="follow", repr=False, eq=False)

    async def next_page(self) -> "Page[T]":
        """Ask for the page after this one: one request, no healing of drift.

        Returns:
            The next page; an empty one past the end of the list.

        Raises:
            DecodeError: The server gave the same page again, or something that is no page.
            FlowRetailError: The request failed; its `page_number` is that of the page asked for.
        """
        return await self._follow()


@frozen(eq=False)
class Sheet(Generic[T]):
    """A page as the server answered it, each figure checked: a wrong one is None, as if it were missing.

    Attributes:
        items: The records.
        keys: The identity of each record; None where it has none.
        total: The server's `totalCount`.
        number: The server's `pageNumber`.
        size: The server's `pageSize`.
    """

    items: tuple[T, ...]
    keys: tuple[Hashable, ...]
    total: int | None
    number: int | None
    size: int | None

    def repeats(self, other: "Sheet[T]") -> bool:
        """Whether it holds the very records of another page; those without keys are compared by value."""
        if not self.keys or self.keys != other.keys:
            return False
        return self.identified or self.items == other.items

    @property
    def identified(self) -> bool:
        """Whether its records have an identity."""
        return any(key is not None for key in self.keys)


def read_sheet(envelope: Envelope[T], *, key: str | None, operation: str) -> Sheet[T]:
    """Read a decoded answer.

    Args:
        envelope: The answer.
        key: The attribute that identifies a record; None if records have no identity.
        operation: The operation's name, for the error.

    Raises:
        DecodeError: There is no list of items. Taking that for an empty page would end the list silently.
    """
    items = cast("Any", getattr(envelope, "items", UNSET))
    if not isinstance(items, list | tuple):
        found = "missing" if items is UNSET else f"{type(cast('object', items)).__name__}, not a list"
        raise DecodeError(f"{operation}: the page's items are {found}", path="$.items", operation=operation)
    records = cast("tuple[T, ...]", tuple(cast("Sequence[Any]", items)))
    paging = getattr(envelope, "paging", None)
    return Sheet(
        items=records,
        keys=tuple(_key(record, key) for record in records),
        total=_whole(getattr(paging, "total_count", None), at_least=0),
        number=_whole(getattr(paging, "page_number", None), at_least=0),
        size=_whole(getattr(paging, "page_size", None), at_least=1),
    )


def _key(record: object, key: str | None) -> Hashable:
    if key is None:
        return None
    value = getattr(record, key, None)
    # Anything else is a deviation; such a record can't be told from another, so it is never taken for a
    # repeat.
    return value if isinstance(value, str | int) and value != "" else None


def _whole(value: object, *, at_least: int) -> int | None:
    return value if type(value) is int and value >= at_least else None
