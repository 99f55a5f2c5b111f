"""A page as the server returned it, before any rule is applied, and the pages seen so far."""

from array import array
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import define

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

REMEMBERED_PAGES = 16
REMEMBERED_RECORDS = 1000

FetchPage = Callable[[int | None, int | None], Awaitable[Envelope[T]]]
"""Requests one page, given `page_number` and `page_size`; None leaves a parameter out of the request."""


@define(eq=False)
class RawPage(Generic[T]):
    """The records and figures of one response; a figure that is no count is None, as if it were missing."""

    items: tuple[T, ...] = ()
    keys: tuple[Hashable, ...] = ()
    total: int | None = None
    number: int | None = None
    size: int | None = None
    refusal: APIStatusError | None = None
    falls: int = 0  # how often the total had fallen when the page was read

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
        keys = tuple(
            [
                value if isinstance(value := getattr(record, key, None), str | int) and value != "" else None
                for record in records
            ]
        )
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


class SeenPages(Generic[T]):
    """The keys of the last pages, and of all other records and of every page a hash of 8 bytes.

    A record moves over one boundary at a time, so the last pages are enough to recognise it unless the list
    moves by as many records as they hold; the hashes are looked at from then on.
    """

    def __init__(self, *, identified: bool = True) -> None:
        self.identified = identified
        # By the hash of all its keys, where a page was seen last.
        self._indexes: dict[int, int] = {}
        # Pages without keys are compared by value: the first one, and the last.
        self._nameless: list[tuple[int, RawPage[T]]] = []
        self._keys: dict[Hashable, None] = {}
        self._forgotten = array("q")
        self._recalled: set[int] | None = None

    def add(self, index: int, page: RawPage[T]) -> tuple[T, ...]:
        """Remember a page, and return those of its records that were on no page before, each once."""
        new, keys = page.items, dict.fromkeys(page.keys)
        if self._recalled is not None or len(keys) < len(page.keys) or not self._keys.keys().isdisjoint(keys):
            met: set[Hashable] = set()
            fresh: list[T] = []
            for record, key in zip(page.items, page.keys, strict=True):
                if key is None or not (key in met or self.knows(key)):
                    met.add(key)
                    fresh.append(record)
            new = tuple(fresh)
        if page.keys.count(None) == len(page.keys):
            self._nameless[1:] = [(index, page)]
            return new
        self._indexes[hash(page.keys)] = index
        for key in keys.keys() & self._keys.keys():
            del self._keys[key]
        self._keys |= keys
        excess = len(self._keys) - max(REMEMBERED_RECORDS, REMEMBERED_PAGES * len(keys))
        oldest = list(islice(self._keys, max(0, excess)))
        for key in oldest:
            del self._keys[key]
        if self._recalled is None:
            self._forgotten.extend(map(hash, oldest))
        else:
            self._recalled.update(map(hash, oldest))
        return new

    def knows(self, key: Hashable) -> bool:
        """Whether a record with this key was on an earlier page."""
        if key is None:
            return False
        return key in self._keys or (self._recalled is not None and hash(key) in self._recalled)

    def find_left_of(self, index: int, page: RawPage[T]) -> int | None:
        """The index of a page further left that held exactly these records; None if none is remembered."""
        if page.keys.count(None) == len(page.keys):
            for seen, known in reversed(self._nameless):
                if seen < index and page.repeats(known):
                    return seen
            return None
        seen = self._indexes.get(hash(page.keys), index)
        return seen if seen < index else None

    def recall(self) -> None:
        """Recognise every record from now on, at some 80 bytes each."""
        if self._recalled is None:
            self._recalled = set(self._forgotten)
            self._forgotten = array("q")
