"""Records of one collection: their JSON as it is answered, and the orders they can be listed in."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.ordering import Entry, Order, sort_value
from flow_retail_sandbox.store.paging import PageRequest
from flow_retail_sandbox.store.text import fact, searched_text

_IN_CHUNKS_OF = 10_000
"""Placeholders in one statement; SQLite allows 32,766."""

_ADD_FACT = "INSERT INTO fact (scope, field, value, id) VALUES (?, ?, ?, ?)"
_DROP_FACT = "DELETE FROM fact WHERE scope = ? AND field = ? AND value = ? AND id = ?"


class Records:
    """The records of one collection and one tenant."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        scope: str,
        searched: tuple[str, ...] = (),
        filtered: tuple[str, ...] = (),
    ) -> None:
        self.connection = connection
        self.scope = scope
        self._searched = searched
        self._filtered = filtered
        self._orders: dict[str | None, Order] = {}

    def __len__(self) -> int:
        return len(self._order(None))

    def find(self, uid: str) -> tuple[int, bytes] | None:
        """Look a record up: its id and JSON, None if there is none."""
        row: tuple[int, bytes] | None = self.connection.execute(
            "SELECT id, doc FROM record WHERE scope = ? AND uid = ?", (self.scope, uid)
        ).fetchone()
        return row

    def insert(self, uid: str, record: Json) -> int:
        """Add a record, and give its id, larger than every id before it."""
        cursor = self.connection.execute(
            "INSERT INTO record (scope, uid, doc) VALUES (?, ?, ?)", (self.scope, uid, orjson.dumps(record))
        )
        record_id = cursor.lastrowid or 0
        if self._searched:
            row = (record_id, self.scope, searched_text(record, self._searched))
            self.connection.execute("INSERT INTO search (id, scope, text) VALUES (?, ?, ?)", row)
        self._change_facts(record_id, {}, record)
        self._place(record_id, uid, record)
        return record_id

    def insert_many(self, records: Iterable[tuple[str, Json]]) -> dict[str, int]:
        """Add many new records at once, and give their ids by UID."""
        known: int = self.connection.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()[0]
        stored = [(record_id, uid, record) for record_id, (uid, record) in enumerate(records, known + 1)]
        self.connection.executemany(
            "INSERT INTO record (id, scope, uid, doc) VALUES (?, ?, ?, ?)",
            ((record_id, self.scope, uid, orjson.dumps(record)) for record_id, uid, record in stored),
        )
        if self._searched:
            self.connection.executemany(
                "INSERT INTO search (id, scope, text) VALUES (?, ?, ?)",
                ((one, self.scope, searched_text(record, self._searched)) for one, _, record in stored),
            )
        self.connection.executemany(
            _ADD_FACT,
            (
                (self.scope, field, value, record_id)
                for record_id, _, record in stored
                for field in self._filtered
                if (value := fact(record, field))
            ),
        )
        self.forget_orders()
        return {uid: record_id for record_id, uid, _ in stored}

    def replace(self, record_id: int, uid: str, record: Json, before: Json) -> None:
        """Store a record anew, in place of what it was before."""
        self.connection.execute("UPDATE record SET doc = ? WHERE id = ?", (orjson.dumps(record), record_id))
        if any(before.get(name) != record.get(name) for name in self._searched):
            text = searched_text(record, self._searched)
            self.connection.execute("UPDATE search SET text = ? WHERE id = ?", (text, record_id))
        self._change_facts(record_id, before, record)
        self._place(record_id, uid, record)

    def remove(self, record_id: int) -> None:
        """Delete a record."""
        self._change_facts(record_id, orjson.loads(self.documents([record_id])[0]), {})
        for table in ("record", "search"):
            self.connection.execute(f"DELETE FROM {table} WHERE id = ?", (record_id,))  # noqa: S608  # a name
        for order in self._orders.values():
            order.discard(record_id)

    def documents(self, record_ids: Sequence[int]) -> list[bytes]:
        """Read the JSON of existing records, in the order of their ids."""
        found: dict[int, bytes] = {}
        for start in range(0, len(record_ids), _IN_CHUNKS_OF):
            part = record_ids[start : start + _IN_CHUNKS_OF]
            marks = ",".join("?" * len(part))
            found.update(
                self.connection.execute(
                    f"SELECT id, doc FROM record WHERE id IN ({marks})",  # noqa: S608  # question marks only
                    part,
                )
            )
        return [found[record_id] for record_id in record_ids]

    def uids(self, record_ids: Sequence[int]) -> list[str]:
        """Read the UIDs of existing records, in the order of their ids."""
        return [
            self.connection.execute("SELECT uid FROM record WHERE id = ?", (record_id,)).fetchone()[0]
            for record_id in record_ids
        ]

    def page(self, page: PageRequest, among: Iterable[int] | None = None) -> tuple[list[int], int]:
        """Find the ids of one page, and how many records the whole list, or that of some ids, holds."""
        order = self._order(page.sort_by)
        if among is None:
            return order.slice(page.offset, page.size, descending=page.descending), len(order)
        arranged = order.arrange(among, descending=page.descending)
        return arranged[page.offset : page.offset + page.size], len(arranged)

    def ids(self) -> list[int]:
        """Give every record's id, in the order of creation."""
        order = self._order(None)
        return order.slice(0, len(order), descending=False)

    def having(self, field: str, compare: str, values: Iterable[str]) -> set[int]:
        """Find records by a filtered field: `=` one of the values, or `>=` or `<=` each of them."""
        found: list[set[int]] = []
        for value in values:
            rows = self.connection.execute(
                f"SELECT id FROM fact WHERE scope = ? AND field = ? AND value {compare} ?",  # noqa: S608  # operator
                (self.scope, field, value),
            )
            found.append({row[0] for row in rows})
        return set[int]().union(*found) if compare == "=" else found[0].intersection(*found)

    def below(self, owner: str) -> set[int]:
        """Find the records of one owner, whose UID comes before theirs."""
        rows = self.connection.execute(
            "SELECT id FROM record WHERE scope = ? AND uid >= ? AND uid < ?",
            (self.scope, f"{owner}/", f"{owner}0"),  # "0" comes after "/"
        )
        return {row[0] for row in rows}

    def texts(self, needle: str) -> Iterator[tuple[int, str]]:
        """Give the searched texts that contain a piece, with their records' ids."""
        return self.connection.execute(
            "SELECT id, text FROM search WHERE scope = ? AND instr(text, ?)", (self.scope, needle)
        )

    def forget_orders(self) -> None:
        """Read the orders again when they are next needed, as after a change that was taken back."""
        self._orders.clear()

    def _change_facts(self, record_id: int, before: Json, record: Json) -> None:
        for field in self._filtered:
            known, now = fact(before, field), fact(record, field)
            if known != now:
                if known:
                    self.connection.execute(_DROP_FACT, (self.scope, field, known, record_id))
                if now:
                    self.connection.execute(_ADD_FACT, (self.scope, field, now, record_id))

    def _place(self, record_id: int, uid: str, record: Json) -> None:
        for field, order in self._orders.items():
            order.put((record_id,) if field is None else (sort_value(record.get(field)), uid, record_id))

    def _order(self, field: str | None) -> Order:
        if field not in self._orders:
            self._orders[field] = Order(self._entries(field))
        return self._orders[field]

    def _entries(self, field: str | None) -> Iterator[Entry]:
        if field is None:
            # Ids grow with time and no two records share a `createdAt`: the order of creation is theirs.
            yield from self.connection.execute("SELECT id FROM record WHERE scope = ?", (self.scope,))
            return
        rows: Iterable[tuple[Any, str, int]] = self.connection.execute(
            "SELECT json_extract(CAST(doc AS TEXT), ?), uid, id FROM record WHERE scope = ?",
            (f'$."{field}"', self.scope),
        )
        for value, uid, record_id in rows:
            yield sort_value(value), uid, record_id
