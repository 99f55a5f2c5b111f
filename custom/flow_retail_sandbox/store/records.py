"""Records of one collection: their JSON as it is sent, and the orders they can be listed in."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import NamedTuple

import orjson

from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.ordering import Entry, Order, sort_value
from flow_retail_sandbox.store.paging import PageRequest
from flow_retail_sandbox.store.text import searched_text, text_at

_IN_CHUNKS_OF = 10_000
"""Placeholders in one statement; SQLite allows 32,766."""


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


_CREATION = _By(None)


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
        return len(self._order(_CREATION))

    def find(self, uid: str) -> tuple[int, bytes] | None:
        """Look a record up: its id and JSON, None if there is none."""
        row: tuple[int, bytes] | None = self._connection.execute(
            "SELECT id, doc FROM record WHERE scope = ? AND uid = ?", (self._scope, uid)
        ).fetchone()
        return row

    def insert(self, uid: str, record: Json) -> int:
        """Add a record, and return its id, larger than every id before it."""
        cursor = self._connection.execute(
            "INSERT INTO record (scope, uid, doc) VALUES (?, ?, ?)", (self._scope, uid, orjson.dumps(record))
        )
        record_id = cursor.lastrowid or 0
        self._note(record_id, uid, record)
        return record_id

    def insert_many(self, records: Iterable[tuple[str, Json]]) -> dict[str, int]:
        """Add many new records at once, and return their ids by UID."""
        known: int = self._connection.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()[0]
        ids: dict[str, int] = {}

        def rows() -> Iterator[tuple[int, str, str, bytes]]:
            for record_id, (uid, record) in enumerate(records, known + 1):
                ids[uid] = record_id
                yield record_id, self._scope, uid, orjson.dumps(record)

        self._connection.executemany("INSERT INTO record (id, scope, uid, doc) VALUES (?, ?, ?, ?)", rows())
        self.forget_derived()
        return ids

    def replace(self, record_id: int, uid: str, record: Json) -> None:
        """Store a record anew."""
        self._connection.execute("UPDATE record SET doc = ? WHERE id = ?", (orjson.dumps(record), record_id))
        self._note(record_id, uid, record)

    def remove(self, record_id: int) -> None:
        """Delete a record."""
        self._connection.execute("DELETE FROM record WHERE id = ?", (record_id,))
        for order in self._orders.values():
            order.discard(record_id)
        if self._texts is not None:
            self._texts.pop(record_id, None)

    def documents(self, record_ids: Sequence[int]) -> list[bytes]:
        """Read the JSON of existing records, in the order of their ids."""
        found: dict[int, bytes] = {}
        for start in range(0, len(record_ids), _IN_CHUNKS_OF):
            part = record_ids[start : start + _IN_CHUNKS_OF]
            marks = ",".join("?" * len(part))
            found.update(
                self._connection.execute(
                    f"SELECT id, doc FROM record WHERE id IN ({marks})",
                    part,
                )
            )
        return [found[record_id] for record_id in record_ids]

    def uids(self, record_ids: Sequence[int]) -> list[str]:
        """Read the UIDs of existing records, in the order of their ids."""
        return [
            self._connection.execute("SELECT uid FROM record WHERE id = ?", (record_id,)).fetchone()[0]
            for record_id in record_ids
        ]

    def page(self, page: PageRequest, among: Iterable[int] | None = None) -> tuple[list[int], int]:
        """Find the ids of one page, and how many records the whole list, or that of some ids, holds."""
        order = self._order(_By(page.sort_by))
        if among is None:
            return order.slice(page.offset, page.size, descending=page.descending), len(order)
        arranged = order.arrange(among, descending=page.descending)
        return arranged[page.offset : page.offset + page.size], len(arranged)

    def ids(self) -> list[int]:
        """List every record's id, in the order of creation."""
        order = self._order(_CREATION)
        return order.slice(0, len(order), descending=False)

    def having(self, field: str, compare: str, values: Iterable[str]) -> set[int]:
        """Find records by the text of a field: `=` one of the values, or `>=` or `<=` each of them."""
        order = self._order(_By(field, as_text=True))
        found: list[set[int]] = []
        for value in values:
            least: Entry = ("",) if compare == "<=" else (value,)
            most: Entry = ("\U0010ffff",) if compare == ">=" else (value, inf)
            found.append(set(order.between(least, most)))
        return set[int]().union(*found) if compare == "=" else found[0].intersection(*found)

    def below(self, owner: str) -> set[int]:
        """Find the records of one owner, whose UID comes before theirs."""
        rows = self._connection.execute(
            "SELECT id FROM record WHERE scope = ? AND uid >= ? AND uid < ?",
            (self._scope, f"{owner}/", f"{owner}0"),  # "0" comes after "/"
        )
        return {row[0] for row in rows}

    def texts(self, needle: str) -> Iterator[tuple[int, str]]:
        """List the searched texts that contain a piece, with their records' ids."""
        if self._texts is None:
            self._texts = {
                record_id: searched_text(record, self._searched) for record_id, _, record in self._stored()
            }
        return ((record_id, text) for record_id, text in self._texts.items() if needle in text)

    def forget_derived(self) -> None:
        """Make orders and texts again when they are next needed, as after a change that was taken back."""
        self._orders.clear()
        self._texts = None

    def _note(self, record_id: int, uid: str, record: Json) -> None:
        for by, order in self._orders.items():
            order.put(by.entry(record_id, uid, record))
        if self._texts is not None:
            self._texts[record_id] = searched_text(record, self._searched)

    def _order(self, by: _By) -> Order:
        if by not in self._orders:
            if by == _CREATION:
                rows = self._connection.execute("SELECT id FROM record WHERE scope = ?", (self._scope,))
                self._orders[by] = Order(rows)
            else:
                self._orders[by] = Order(by.entry(*stored) for stored in self._stored())
        return self._orders[by]

    def _stored(self) -> Iterator[tuple[int, str, Json]]:
        rows = self._connection.execute("SELECT id, uid, doc FROM record WHERE scope = ?", (self._scope,))
        return ((record_id, uid, orjson.loads(document)) for record_id, uid, document in rows)
