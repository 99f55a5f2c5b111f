"""Records of one collection: their JSON as it is sent, and the orders they can be listed in."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf
from typing import Any, NamedTuple

import orjson

from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.ordering import Entry, Order, sort_value
from flow_retail_sandbox.store.paging import PageRequest
from flow_retail_sandbox.store.text import searched_text, text_at

_IN_CHUNKS_OF = 10_000
"""Placeholders in one statement; SQLite allows 32,766."""


class Stored(NamedTuple):
    """A record as it is stored: its id grows with time, its UID begins with that of its owner."""

    id: int
    uid: str
    document: bytes

    def read(self) -> Json:
        """Read the record, to change it or to use its values."""
        record: Json = orjson.loads(self.document)
        return record


class _By(NamedTuple):
    """What an order is by: a field's value as lists are sorted, or its text as filters compare it."""

    field: str | None
    as_text: bool = False

    def entry(self, record_id: int, uid: str, record: Json) -> Entry:
        """Make the sort key of a record, with its id at the end."""
        if self.field is None:
            # Ids grow with time and no two records share a `createdAt`: the order of creation is theirs.
            return (record_id,)
        if self.as_text:
            return (text_at(record, self.field), record_id)
        return (sort_value(record.get(self.field)), uid, record_id)


class Records:
    """The records of one collection and one tenant.

    Orders and searched texts are made when they are first needed, and kept up to date from then on.
    """

    def __init__(self, connection: sqlite3.Connection, scope: str, searched: tuple[str, ...] = ()) -> None:
        self._connection = connection
        self._scope = scope
        self._searched = searched
        self._orders: dict[_By, Order] = {}
        self._texts: dict[int, str] | None = None

    def __len__(self) -> int:
        return len(self._order(_By(None)))

    def find(self, uid: str) -> Stored | None:
        """Look a record up, None if there is none."""
        row = self._connection.execute(
            "SELECT id, uid, doc FROM record WHERE scope = ? AND uid = ?", (self._scope, uid)
        ).fetchone()
        return None if row is None else Stored(*row)

    def stored(self, record_ids: Iterable[int]) -> list[Stored]:
        """Read existing records, in the order of their ids."""
        wanted = list(record_ids)
        found = {row[0]: Stored(*row) for row in self._rows("id, uid, doc", wanted)}
        return [found[record_id] for record_id in wanted]

    def documents(self, record_ids: Iterable[int]) -> list[bytes]:
        """Read the JSON of existing records, in the order of their ids."""
        wanted = list(record_ids)
        found = dict(self._rows("id, doc", wanted))
        return [found[record_id] for record_id in wanted]

    def _rows(self, columns: str, record_ids: list[int]) -> Iterator[Any]:
        parts = (record_ids[at : at + _IN_CHUNKS_OF] for at in range(0, len(record_ids), _IN_CHUNKS_OF))
        select = f"SELECT {columns} FROM record WHERE id IN "
        return chain.from_iterable(
            self._connection.execute(f"{select}({','.join('?' * len(part))})", part) for part in parts
        )

    def insert(self, uid: str, record: Json) -> Stored:
        """Add a record, with an id larger than every id before it."""
        document = orjson.dumps(record)
        cursor = self._connection.execute(
            "INSERT INTO record (scope, uid, doc) VALUES (?, ?, ?)", (self._scope, uid, document)
        )
        return self._note(Stored(cursor.lastrowid or 0, uid, document), record)

    def replace(self, stored: Stored, record: Json) -> Stored:
        """Store a record anew."""
        document = orjson.dumps(record)
        self._connection.execute("UPDATE record SET doc = ? WHERE id = ?", (document, stored.id))
        return self._note(Stored(stored.id, stored.uid, document), record)

    def put(self, uid: str, record: Json) -> Stored:
        """Store a record, whether it is new or not."""
        stored = self.find(uid)
        return self.insert(uid, record) if stored is None else self.replace(stored, record)

    def remove(self, record_id: int) -> None:
        """Delete a record."""
        self._connection.execute("DELETE FROM record WHERE id = ?", (record_id,))
        for order in self._orders.values():
            order.discard(record_id)
        if self._texts is not None:
            self._texts.pop(record_id, None)

    def page(self, page: PageRequest, among: Iterable[int] | None = None) -> tuple[list[int], int]:
        """Find the ids of one page, and how many records the whole list, or that of some ids, holds."""
        order = self._order(_By(page.sort_by))
        if among is None:
            return order.slice(page.offset, page.size, descending=page.descending), len(order)
        arranged = order.arrange(among, descending=page.descending)
        return arranged[page.offset : page.offset + page.size], len(arranged)

    def ids(self, owner: str = "") -> list[int]:
        """List the ids of all records, or of those of one owner, in the order of creation."""
        if not owner:
            order = self._order(_By(None))
            return order.slice(0, len(order), descending=False)
        rows = self._connection.execute(
            "SELECT id FROM record WHERE scope = ? AND uid >= ? AND uid < ? ORDER BY id",
            (self._scope, f"{owner}/", f"{owner}0"),  # "0" comes after "/"
        )
        return [row[0] for row in rows]

    def having(self, field: str, compare: str, values: Iterable[str]) -> set[int]:
        """Find records by the text of a field: `=` one of the values, or `>=` or `<=` each of them."""
        order = self._order(_By(field, as_text=True))
        found: list[set[int]] = []
        for value in values:
            least: Entry = ("",) if compare == "<=" else (value,)
            most: Entry = ("\U0010ffff",) if compare == ">=" else (value, inf)
            found.append(set(order.between(least, most)))
        return set[int]().union(*found) if compare == "=" else found[0].intersection(*found)

    def texts(self, needle: str) -> Iterator[tuple[int, str]]:
        """List the searched texts that contain a piece, with their records' ids."""
        if self._texts is None:
            self._texts = {one.id: searched_text(one.read(), self._searched) for one in self._all()}
        return ((record_id, text) for record_id, text in self._texts.items() if needle in text)

    def forget_derived(self) -> None:
        """Make orders and texts again when they are next needed, as after a change that was taken back."""
        self._orders.clear()
        self._texts = None

    def _note(self, stored: Stored, record: Json) -> Stored:
        for by, order in self._orders.items():
            order.put(by.entry(stored.id, stored.uid, record))
        if self._texts is not None:
            self._texts[stored.id] = searched_text(record, self._searched)
        return stored

    def _order(self, by: _By) -> Order:
        if by not in self._orders:
            self._orders[by] = Order(
                by.entry(one.id, one.uid, one.read() if by.field else {}) for one in self._all()
            )
        return self._orders[by]

    def _all(self) -> Iterator[Stored]:
        rows = self._connection.execute("SELECT id, uid, doc FROM record WHERE scope = ?", (self._scope,))
        return map(Stored._make, rows)
