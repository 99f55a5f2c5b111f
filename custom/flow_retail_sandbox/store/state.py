"""All that every tenant has, and the database that it is in."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.spec.collections import Collection, Model
from flow_retail_sandbox.spec.samples import Samples
from flow_retail_sandbox.spec.validators import Validators
from flow_retail_sandbox.store.database import connect, restore
from flow_retail_sandbox.store.records import Records
from flow_retail_sandbox.store.table import Rules, Table


class TenantStore:
    """The collections of one tenant, or those that all tenants share, for which the UID is empty."""

    def __init__(self, state: "State", uid: str, rules: Mapping[str, type[Rules]]) -> None:
        self.uid = uid
        self.state = state
        self.tables = {
            name: Table(self, collection, rules.get(name, Rules))
            for name, collection in state.model.collections.items()
            if collection.has_tenant == bool(uid)
        }

    def table(self, collection: Collection) -> Table:
        """Return a collection of this tenant, or the one that all tenants share."""
        return self.tables.get(collection.name) or self.state.shared.tables[collection.name]

    def notes(self, topic: str) -> Records:
        """Open what is kept beside the collections, by a topic that no collection's name can be."""
        return Records(self.state.connection, f"{self.uid}/ {topic}")

    def referred(self, name: str) -> Table | None:
        """Return the collection that a property such as `brandUid` refers to, None if that is unknown."""
        uid = name.removesuffix("s") if name.endswith("Uids") else name
        for param, collection in self.state.model.by_param.items() if uid.endswith("Uid") else ():
            if uid == param or uid.endswith(param[0].upper() + param[1:]):
                reachable = not collection.owners and (self.uid or not collection.has_tenant)
                return self.table(collection) if reachable else None
        return None

    def some_uid(self, name: str) -> str | None:
        """Return a UID of the records that a property such as `brandUid` refers to, None if there is none."""
        table = self.referred(name)
        ids = table.records.ids() if table is not None else []
        return table.records.stored(ids[:1])[0].uid if table is not None and ids else None


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
        self.samples = Samples(model.spec, validators)
        self.clock = clock
        self.connection = connect(database)
        self.shared = TenantStore(self, "", rules)
        self.tenants = {uid: TenantStore(self, uid, rules) for uid in tenants}

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep all that is done inside, or nothing."""
        before = self.connection.total_changes
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            # Most refusals come before anything is written, and then what was derived is still right.
            if self.connection.total_changes != before:
                self._forget_derived()
            raise
        self.connection.execute("COMMIT")

    def _forget_derived(self) -> None:
        for store in (*self.tenants.values(), self.shared):
            for table in store.tables.values():
                table.records.forget_derived()

    def is_empty(self) -> bool:
        """Return whether nothing has been stored yet, as in a new database."""
        return self.connection.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None

    def clear(self) -> None:
        """Delete everything of every tenant."""
        with self.transaction():
            self.connection.execute("DELETE FROM record")
            self.connection.execute("DELETE FROM link")
        self._forget_derived()

    def restore(self, snapshot: str) -> None:
        """Replace everything by what a snapshot holds."""
        restore(self.connection, snapshot)
        self._forget_derived()

    def save(self, path: str) -> None:
        """Write everything to a new file."""
        self.connection.execute("VACUUM INTO ?", (path,))

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
