"""Records of one kind and one tenant: their JSON as it is answered, and the orders they can be listed in."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.ordering import Entry, Order, sort_value
from flow_retail_sandbox.paging import PageRequest

Kind = Literal["customer", "contact", "group"]

_IN_CHUNKS_OF = 10_000
"""Placeholders in one statement; SQLite allows 32,766."""


_INSERT_FACTS = (
    "INSERT INTO fact (id, tenant, kind, text, name, external_id, customer_type, store_uid,"
    " parent_uid, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Facts(NamedTuple):
    """What a record is searched and filtered by.

    Attributes:
        text: Its searched fields, folded and joined.
        name: Its display name.
        external_id: A customer's `externalId`.
        customer_type: A customer's `customerType`.
        store_uid: A customer's default store.
        parent_uid: The customer that it is a department of.
        created_at: When it was created (ISO 8601, UTC, microseconds).
    """

    text: str = ""
    name: str = ""
    external_id: str = ""
    customer_type: str = ""
    store_uid: str = ""
    parent_uid: str = ""
    created_at: str = ""


class Records:
    """The records of one kind and one tenant.

    Args:
        connection: The sandbox's database.
        tenant: The tenant's UID.
        kind: Which records.
        sort_fields: Fields of the stored JSON that they can be sorted by.
        facts: Derives from a record what it is searched and filtered by.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        tenant: str,
        kind: Kind,
        sort_fields: frozenset[str],
        facts: Callable[[Json], Facts],
    ) -> None:
        self._connection = connection
        self._scope = (tenant, kind)
        self._facts = facts
        self._orders: dict[str | None, Order] = {}
        self.sort_fields = sort_fields

    def __len__(self) -> int:
        return len(self._order(None))

    def find(self, uid: str) -> tuple[int, bytes] | None:
        """Look a record up.

        Args:
            uid: The record's UID.

        Returns:
            Its id and JSON, or None.
        """
        row: tuple[int, bytes] | None = self._connection.execute(
            "SELECT id, doc FROM record WHERE tenant = ? AND kind = ? AND uid = ?", (*self._scope, uid)
        ).fetchone()
        return row

    def insert(self, uid: str, record: Json) -> int:
        """Add a record.

        Args:
            uid: A UID that no record has.
            record: The record.

        Returns:
            Its id, larger than every id before it.
        """
        cursor = self._connection.execute(
            "INSERT INTO record (tenant, kind, uid, doc) VALUES (?, ?, ?, ?)",
            (*self._scope, uid, orjson.dumps(record)),
        )
        record_id = cursor.lastrowid or 0
        self._connection.execute(_INSERT_FACTS, (record_id, *self._scope, *self._facts(record)))
        self._place(record_id, uid, record)
        return record_id

    def insert_many(self, records: Iterable[tuple[str, Json]]) -> dict[str, int]:
        """Add many records at once.

        Args:
            records: UIDs that no record has, and the records.

        Returns:
            The records' ids by UID.
        """
        known: int = self._connection.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()[0]
        stored = [
            (record_id, uid, orjson.dumps(record), self._facts(record))
            for record_id, (uid, record) in enumerate(records, known + 1)
        ]
        self._connection.executemany(
            "INSERT INTO record (id, tenant, kind, uid, doc) VALUES (?, ?, ?, ?, ?)",
            ((record_id, *self._scope, uid, document) for record_id, uid, document, _ in stored),
        )
        self._connection.executemany(
            _INSERT_FACTS, ((record_id, *self._scope, *facts) for record_id, _, _, facts in stored)
        )
        self.forget_orders()
        return {uid: record_id for record_id, uid, _, _ in stored}

    def replace(self, record_id: int, uid: str, record: Json) -> None:
        """Store a record anew.

        Args:
            record_id: Its id.
            uid: Its UID.
            record: The record as it is now.
        """
        self._connection.execute("UPDATE record SET doc = ? WHERE id = ?", (orjson.dumps(record), record_id))
        self._connection.execute(
            "UPDATE fact SET text = ?, name = ?, external_id = ?, customer_type = ?, store_uid = ?,"
            " parent_uid = ?, created_at = ? WHERE id = ?",
            (*self._facts(record), record_id),
        )
        self._place(record_id, uid, record)

    def remove(self, record_id: int) -> None:
        """Delete a record.

        Args:
            record_id: Its id.
        """
        self._connection.execute("DELETE FROM record WHERE id = ?", (record_id,))
        self._connection.execute("DELETE FROM fact WHERE id = ?", (record_id,))
        for order in self._orders.values():
            order.discard(record_id)

    def documents(self, record_ids: Sequence[int]) -> list[bytes]:
        """Read records.

        Args:
            record_ids: Ids of existing records.

        Returns:
            Their JSON in the order of the ids.
        """
        found: dict[int, bytes] = {}
        for start in range(0, len(record_ids), _IN_CHUNKS_OF):
            part = record_ids[start : start + _IN_CHUNKS_OF]
            marks = ",".join("?" * len(part))
            found.update(
                self._connection.execute(
                    f"SELECT id, doc FROM record WHERE id IN ({marks})",  # noqa: S608  # question marks only
                    part,
                )
            )
        return [found[record_id] for record_id in record_ids]

    def page(self, page: PageRequest, among: Iterable[int] | None = None) -> tuple[list[int], int]:
        """Find the records of one page.

        Args:
            page: The page that was asked for.
            among: Ids of the records that the list is made of, None for all.

        Returns:
            The ids on that page, and how many records the whole list holds.
        """
        order = self._order(page.sort_by)
        if among is None:
            return order.slice(page.offset, page.size, descending=page.descending), len(order)
        arranged = order.arrange(among, descending=page.descending)
        return arranged[page.offset : page.offset + page.size], len(arranged)

    def ids(self) -> list[int]:
        """Give every record's id.

        Returns:
            The ids in the order of creation.
        """
        order = self._order(None)
        return order.slice(0, len(order), descending=False)

    def forget_orders(self) -> None:
        """Read the orders again when they are next needed, as after a change that was taken back."""
        self._orders.clear()

    def _place(self, record_id: int, uid: str, record: Json) -> None:
        for field, order in self._orders.items():
            order.put((record_id,) if field is None else (sort_value(record[field]), uid, record_id))

    def _order(self, field: str | None) -> Order:
        if field not in self._orders:
            self._orders[field] = Order(self._entries(field))
        return self._orders[field]

    def _entries(self, field: str | None) -> Iterator[Entry]:
        if field is None:
            # Ids grow with time and no two records share a `createdAt`: the order of creation is theirs.
            yield from self._connection.execute(
                "SELECT id FROM record WHERE tenant = ? AND kind = ?", self._scope
            )
            return
        rows: Iterable[tuple[Any, str, int]] = self._connection.execute(
            "SELECT json_extract(CAST(doc AS TEXT), ?), uid, id FROM record WHERE tenant = ? AND kind = ?",
            (f"$.{field}", *self._scope),
        )
        for value, uid, record_id in rows:
            yield sort_value(value), uid, record_id
