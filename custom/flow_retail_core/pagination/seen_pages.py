"""The pages and records that a pass over a list has seen."""

from array import array
from collections import Counter, deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from attrs import evolve

from flow_retail_core.pagination.raw_page import RawPage

T = TypeVar("T")

REMEMBERED_PAGES = 16
REMEMBERED_RECORDS = 1000


class SeenPages(Generic[T]):
    """The first page and the last ones whole, and of all other records a hash of 8 bytes.

    A record moves over one boundary at a time, so the last pages are enough to recognise it unless the list
    moves by as many records as they hold; the hashes are looked at from then on.
    """

    def __init__(self, *, identified: bool = True) -> None:
        self.identified = identified
        self._most_pages = REMEMBERED_PAGES if identified else 1
        self._least_records = REMEMBERED_RECORDS if identified else 0
        self._records = 0
        self._pages: deque[tuple[int, RawPage[T]]] = deque()
        self._first: tuple[int, RawPage[T]] | None = None
        self._keys: Counter[Hashable] = Counter()
        self._forgotten = array("q")
        self._recalled: set[int] | None = None

    def add(self, index: int, page: RawPage[T]) -> None:
        """Remember a page, and forget the oldest if there are too many."""
        # The keys are enough where there are any; the records themselves would keep whole pages alive.
        slim = page if set(page.keys) <= {None} else evolve(page, items=())
        self._first = self._first or (index, slim)
        self._pages.append((index, slim))
        self._keys.update(page.keys)
        self._records += len(page.keys)
        while len(self._pages) > self._most_pages and (
            self._records - len(self._pages[0][1].keys) >= self._least_records
        ):
            self._forget(self._pages.popleft()[1])

    def knows(self, key: Hashable) -> bool:
        """Whether a record with this key was on an earlier page."""
        if key is None:
            return False
        return key in self._keys or (self._recalled is not None and hash(key) in self._recalled)

    def new_records(self, page: RawPage[T]) -> tuple[T, ...]:
        """The records of a page that were on no page before, each once."""
        keys = set(page.keys)
        if self._recalled is None and len(keys) == len(page.keys) and keys.isdisjoint(self._keys):
            return page.items
        new: list[T] = []
        met: set[Hashable] = set()
        for record, key in zip(page.items, page.keys, strict=True):
            if key is None:
                new.append(record)
            elif key not in met and not self.knows(key):
                met.add(key)
                new.append(record)
        return tuple(new)

    def find_left_of(self, index: int, page: RawPage[T]) -> int | None:
        """The index of a page further left that held exactly these records; None if none is remembered."""
        first = () if self._first is None else (self._first,)
        remembered: Iterable[tuple[int, RawPage[T]]] = (*reversed(self._pages), *first)
        for seen, known in remembered:
            if seen < index and known.keys == page.keys and page.repeats(known):
                return seen
        return None

    def recall(self) -> None:
        """Recognise every record from now on, at some 80 bytes each."""
        if self._recalled is None:
            self._recalled = set(self._forgotten)
            self._forgotten = array("q")

    def _forget(self, page: RawPage[T]) -> None:
        self._records -= len(page.keys)
        for key in page.keys:
            self._keys[key] -= 1
            # A Counter keeps its zeros.
            if not self._keys[key]:
                del self._keys[key]
                if self._recalled is not None:
                    self._recalled.add(hash(key))
                elif key is not None:
                    self._forgotten.append(hash(key))
