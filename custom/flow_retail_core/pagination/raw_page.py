"""A page as the server returned it, before any rule is applied."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import frozen

from flow_retail_core.errors import APIStatusError, DecodeError
from flow_retail_core.unset import UNSET

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Envelope(Protocol[T_co]):
    """The decoded response of a list operation.

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


_PAST_THE_END = frozenset({400, 404, 416, 422})

FetchPage = Callable[[int | None, int | None], Awaitable[Envelope[T]]]
"""Requests one page, given `page_number` and `page_size`; None leaves a parameter out of the request."""


@frozen(eq=False)
class RawPage(Generic[T]):
    """The records and figures of one response; a figure that is no count is None, as if it were missing."""

    items: tuple[T, ...] = ()
    keys: tuple[Hashable, ...] = ()
    total: int | None = None
    number: int | None = None
    size: int | None = None
    refusal: APIStatusError | None = None

    def repeats(self, other: "RawPage[T]") -> bool:
        """Whether it holds exactly the records of another page; those without keys are compared by value."""
        if not self.keys or self.keys != other.keys:
            return False
        return any(key is not None for key in self.keys) or self.items == other.items


async def fetch_raw_page(
    fetch: FetchPage[T], key: str | None, operation: str, number: int | None, size: int | None
) -> RawPage[T]:
    """Request one page, given the attribute that identifies a record; a refusal is a page, too."""
    try:
        envelope = await fetch(number, size)
    except APIStatusError as error:
        # Servers respond so past the end of a list, and elsewhere.
        if error.status_code not in _PAST_THE_END:
            raise
        return RawPage(refusal=error)
    items = cast("Any", getattr(envelope, "items", UNSET))
    if not isinstance(items, list | tuple):
        # Taking that for an empty page would end the list silently.
        found = "missing" if items is UNSET else f"{type(cast('object', items)).__name__}, not a list"
        raise DecodeError(f"{operation}: the page's items are {found}", path="$.items", operation=operation)
    records = cast("tuple[T, ...]", tuple(cast("Sequence[Any]", items)))
    keys: tuple[Hashable, ...] = (None,) * len(records)
    if key is not None:
        # A record whose key is missing or of another type is never taken for a repeat.
        found_keys = [getattr(record, key, None) for record in records]
        keys = tuple([one if isinstance(one, str | int) and one != "" else None for one in found_keys])
    paging = getattr(envelope, "paging", None)
    return RawPage(
        records,
        keys,
        # A total smaller than the page is wrong.
        _count(getattr(paging, "total_count", None), at_least=len(records)),
        _count(getattr(paging, "page_number", None), at_least=0),
        _count(getattr(paging, "page_size", None), at_least=1),
    )


def _count(value: object, *, at_least: int) -> int | None:
    return value if type(value) is int and value >= at_least else None
