"""All that every tenant has, and the database that it is in."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.spec.collections import Collection, Model, Relation
from flow_retail_sandbox.spec.samples import Samples
from flow_retail_sandbox.spec.validators import Validators
from flow_retail_sandbox.store.database import TABLES, connect, restore, transaction
from flow_retail_sandbox.store.links import Links
from flow_retail_sandbox.store.records import Records
from flow_retail_sandbox.store.rules import Rules
from flow_retail_sandbox.store.table import Table

WITHOUT_TENANT = ""
"""Stands for the tenant where a path names none."""


class TenantStore:
    """The collections of one tenant, or those that all tenants share."""

    def __init__(self, state: "State", uid: str, rules: Mapping[str, type[Rules]]) -> None:
        self.uid = uid
        self.state = state
        self.connection = state.connection
        self.clock = state.clock
        self.model = state.model
        self.validators = state.validators
        self.samples = state.samples
        self.shown = state.shown
        self._links = {id(found): Links(self.connection, found) for found in self.model.relations.values()}
        self.tables: dict[str, Table] = {}
        for name, collection in self.model.collections.items():
            if collection.has_tenant == (uid != WITHOUT_TENANT):
                self.tables[name] = Table(self, collection, rules.get(name, Rules))

    def table(self, collection: Collection) -> Table:
        """Return a collection of this tenant, or the one that all tenants share."""
        store = self if collection.name in self.tables else self.state.shared
        return store.tables[collection.name]

    def notes(self, topic: str) -> Records:
        """Open what is kept beside the collections, by a topic that no collection's name can be."""
        return Records(self.connection, f"{self.uid}/ {topic}")

    def some_uid(self, name: str) -> str | None:
        """Return a UID of the records that a property such as `brandUid` refers to, None if there is none."""
        table = self.referred(name)
        first = table.records.ids()[:1] if table is not None else []
        return table.records.uids(first)[0] if table is not None and first else None

    def referred(self, name: str) -> Table | None:
        """Return the collection that a property such as `brandUid` refers to, None if that is unknown."""
        found = self.model.referred(name)
        if found is None or found.owners:
            return None
        return self.tables.get(found.name) or self.state.shared.tables.get(found.name)

    def links_for(self, relation: Relation) -> Links:
        """Return the connections of a relation."""
        return self._links[id(relation)]

    def links_of(self, collection: Collection) -> Iterator[tuple[Links, Table]]:
        """Return the connections that a collection has, each with the collection at the other side."""
        for relation in self.model.relations.values():
            if collection is relation.first and relation.second.name in self.tables:
                yield self.links_for(relation), self.tables[relation.second.name]
            elif collection is relation.second and relation.first.name in self.tables:
                yield self.links_for(relation), self.tables[relation.first.name]


class State:
    """The database with every tenant's store."""

    def __init__(
        self,
        model: Model,
        validators: Validators,
        tenants: Sequence[str],
        clock: Clock,
        rules: Mapping[str, type[Rules]],
        database: str = ":memory:",
    ) -> None:
        self.model = model
        self.validators = validators
        self.samples = Samples(model.spec)
        self.clock = clock
        self.shown = _shown(model)
        self._rules = rules
        self._tenant_uids = tuple(tenants)
        self.connection = connect(database)
        self._open()

    def _open(self) -> None:
        self.shared = TenantStore(self, WITHOUT_TENANT, self._rules)
        self.tenants = {uid: TenantStore(self, uid, self._rules) for uid in self._tenant_uids}

    def stores(self) -> list[TenantStore]:
        """Return every store: the tenants', and at last the one that they share."""
        return [*self.tenants.values(), self.shared]

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep all that is done inside, or nothing."""
        before = self.connection.total_changes
        try:
            with transaction(self.connection):
                yield
        except BaseException:
            # Most refusals come before anything is written, and then what was derived is still right.
            if self.connection.total_changes != before:
                for store in self.stores():
                    for table in store.tables.values():
                        table.records.forget_derived()
            raise

    def is_empty(self) -> bool:
        """Return whether nothing has been stored yet, as in a new database."""
        return self.connection.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None

    def clear(self) -> None:
        """Delete everything of every tenant."""
        with transaction(self.connection):
            for table in TABLES:
                self.connection.execute(f"DELETE FROM {table}")
        self._open()

    def restore(self, snapshot: str) -> None:
        """Replace everything by what a snapshot holds."""
        restore(self.connection, snapshot)
        self._open()

    def save(self, path: str) -> None:
        """Write everything to a new file."""
        self.connection.execute("VACUUM INTO ?", (path,))

    def close(self) -> None:
        """Close the database."""
        self.connection.close()


def _shown(model: Model) -> dict[str, set[str]]:
    """Name the properties of each collection's records that records of others show."""
    shown: dict[str, set[str]] = {}
    for view in (view for views in model.views.values() for view in views if view.schema is not None):
        fields = model.spec.properties(view.schema or {})
        shown.setdefault(view.other.name, set()).update(fields)
    return shown
