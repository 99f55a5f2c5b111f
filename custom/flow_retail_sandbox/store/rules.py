"""What plug-ins may add to a collection: fields to search, checks, derived values."""

from typing import TYPE_CHECKING, ClassVar

from flow_retail_sandbox.spec.json_values import Json

if TYPE_CHECKING:
    from flow_retail_sandbox.store.table import Table


class Rules:
    """The rules of a collection about which nothing but its schema is known."""

    searched: ClassVar[tuple[str, ...]] = ()
    filtered: ClassVar[dict[str, str]] = {}
    handled: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, table: "Table") -> None:
        self.table = table

    def check(self, uid: str, body: Json, record: Json | None) -> None:
        """Refuse a body before anything is written; the record is None where one is to be created."""

    def apply(self, record: Json, body: Json, stamp: str) -> None:
        """Derive what follows from the values that have been taken over."""

    def before_delete(self, record_id: int, uid: str) -> None:
        """Do what has to be done before a record is deleted."""
