"""Who belongs to whom: records of two collections that are connected."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from flow_retail_sandbox.spec.collections import Collection, Relation
from flow_retail_sandbox.spec.json_values import Json


class Link(NamedTuple):
    """A connection as one of its two records sees it: the other one, and what belongs to the two."""

    other: int
    attributes: Json


class Links:
    """The connections of one relation, by record ids."""

    def __init__(self, connection: sqlite3.Connection, relation: Relation) -> None:
        self._connection = connection
        self.relation = relation
        self._name = f"{relation.first.name} {relation.second.name}"

    def _sides(self, owner: Collection) -> tuple[str, str]:
        return ("first", "second") if owner is self.relation.first else ("second", "first")

    def of(self, owner: Collection, record_id: int) -> list[Link]:
        """List what a record of a collection is connected with, oldest first."""
        own, other = self._sides(owner)
        rows = self._connection.execute(
            f"SELECT {other}, attributes FROM link WHERE relation = ? AND {own} = ? ORDER BY position",
            (self._name, record_id),
        )
        return [Link(found, orjson.loads(attributes)) for found, attributes in rows]

    def get(self, owner: Collection, record_id: int, other_id: int) -> Link | None:
        """Look one connection up."""
        row = self._connection.execute(
            "SELECT attributes FROM link WHERE relation = ? AND first = ? AND second = ?",
            (self._name, *self._pair(owner, record_id, other_id)),
        ).fetchone()
        return None if row is None else Link(other_id, orjson.loads(row[0]))

    def connect(self, owner: Collection, record_id: int, other_id: int, attributes: Json) -> None:
        """Connect two records, or change what their connection has."""
        found = self.get(owner, record_id, other_id)
        merged = orjson.dumps({**(found.attributes if found else {}), **attributes})
        self._connection.execute(
            "INSERT INTO link (relation, first, second, attributes) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (relation, first, second) DO UPDATE SET attributes = excluded.attributes",
            (self._name, *self._pair(owner, record_id, other_id), merged),
        )

    def disconnect(self, owner: Collection, record_id: int, other_id: int) -> None:
        """Take a connection away."""
        self._connection.execute(
            "DELETE FROM link WHERE relation = ? AND first = ? AND second = ?",
            (self._name, *self._pair(owner, record_id, other_id)),
        )

    def move(self, owner: Collection, from_id: int, to_id: int) -> None:
        """Return a record's connections to another; where both have one, the receiver's stays as it is."""
        own, _ = self._sides(owner)
        self._connection.execute(
            f"UPDATE OR IGNORE link SET {own} = ? WHERE relation = ? AND {own} = ?",
            (to_id, self._name, from_id),
        )
        self.forget(owner, from_id)

    def forget(self, owner: Collection, record_id: int) -> None:
        """Take all of a record's connections away."""
        own, _ = self._sides(owner)
        self._connection.execute(
            f"DELETE FROM link WHERE relation = ? AND {own} = ?",
            (self._name, record_id),
        )

    def add_many(self, links: Iterable[tuple[int, int, bytes]]) -> None:
        """Store many new connections at once: ids of the first and the second collection, attributes."""
        self._connection.executemany(
            "INSERT INTO link (relation, first, second, attributes) VALUES (?, ?, ?, ?)",
            ((self._name, *link) for link in links),
        )

    def _pair(self, owner: Collection, record_id: int, other_id: int) -> tuple[int, int]:
        return (record_id, other_id) if owner is self.relation.first else (other_id, record_id)
