"""Who belongs to whom: records of two collections that are connected."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from flow_retail_sandbox.spec.collections import Relation
from flow_retail_sandbox.spec.json_values import Json

if TYPE_CHECKING:
    from flow_retail_sandbox.store.table import Table


class Links:
    """The connections of a table's records with those of another, by record ids."""

    def __init__(self, table: "Table", relation: Relation) -> None:
        self._table = table
        self._connection = table.store.state.connection
        self._own, self._other = relation.side, "second" if relation.side == "first" else "first"
        self.relation = relation

    @property
    def other(self) -> "Table":
        """The table at the other side."""
        return self._table.store.table(self.relation.other)

    def of(self, record_id: int) -> dict[int, Json]:
        """Return what a record is connected with, oldest first: ids and the connections' attributes."""
        rows = self._connection.execute(
            f"SELECT {self._other}, attributes FROM link WHERE relation = ? AND {self._own} = ?"
            " ORDER BY position",
            (self.relation.name, record_id),
        )
        return {other_id: orjson.loads(attributes) for other_id, attributes in rows}

    def get(self, record_id: int, other_id: int) -> Json | None:
        """Return the attributes of a connection, None if there is none."""
        row = self._connection.execute(
            f"SELECT attributes FROM link WHERE relation = ? AND {self._own} = ? AND {self._other} = ?",
            (self.relation.name, record_id, other_id),
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def change(
        self, record_id: int, made: Iterable[tuple[int, Json]] = (), *, removed: Iterable[int] = ()
    ) -> None:
        """Take connections of a record away, then make or change others; all records concerned show it."""
        touched: set[int] = set()
        for other_id in removed:
            touched.add(other_id)
            self._connection.execute(
                f"DELETE FROM link WHERE relation = ? AND {self._own} = ? AND {self._other} = ?",
                (self.relation.name, record_id, other_id),
            )
        for other_id, sent in made:
            touched.add(other_id)
            own = {name: value for name, value in sent.items() if name in self.relation.attributes}
            attributes = orjson.dumps({**(self.get(record_id, other_id) or {}), **own})
            self._connection.execute(
                f"INSERT INTO link (relation, {self._own}, {self._other}, attributes) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (relation, first, second) DO UPDATE SET attributes = excluded.attributes",
                (self.relation.name, record_id, other_id, attributes),
            )
        if touched:
            self._table.refresh(record_id)
        for other_id in touched:
            self.other.refresh(other_id)
