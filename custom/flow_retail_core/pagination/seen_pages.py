"""The pages and records that a pass over a list has seen."""

from array import array
from collections.abc import Hashable
from itertools import islice
from typing import Generic, TypeVar

from flow_retail_core.pagination.raw_page import RawPage

T = TypeVar("T")

REMEMBERED_PAGES = 16
REMEMBERED_RECORDS = 1000


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

    def add(self, index: int, page: RawPage[T]) -> None:
        """Remember a page, and forget the oldest records if there are too many."""
        if page.keys.count(None) == len(page.keys):
            self._nameless[1:] = [(index, page)]
            return
        self._indexes[hash(page.keys)] = index
        keys = dict.fromkeys(page.keys)
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
            if key is None or (key not in met and not self.knows(key)):
                met.add(key)
                new.append(record)
        return tuple(new)

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
