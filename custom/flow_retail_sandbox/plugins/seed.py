"""Invented data to begin with: the same seed gives the same records, byte for byte."""

import re
from random import Random

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.plugins import customer_seed
from flow_retail_sandbox.plugins.reference_data import STORES
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.store.state import State, TenantStore
from flow_retail_sandbox.store.table import Table

DEFAULT_CUSTOMERS = 250
DEFAULT_SEED = 1

_CUSTOMERS = frozenset({"customers", "customer-contacts", "customer-groups"})
_FIRST_MOMENT = 1_704_067_200_000_000  # 2024-01-01 UTC in microseconds
_STEP = 3_600_000_000  # an hour
_OWNERS = 3
_OF_EACH_OWNER = 3


def fill(state: State, *, customers: int, seed: int) -> None:
    """Return every tenant its first records.

    The first tenant gets that many customers and a tenth of each other collection, the others a tenth of it.
    """
    with state.transaction():
        _fill(state.shared, customers // 10, Random(f"{seed}/"))
        for place, store in enumerate(state.tenants.values()):
            count = customers if place == 0 else customers // 10
            random = Random(f"{seed}/{store.uid}")
            if store.tables.keys() >= _CUSTOMERS:
                customer_seed.fill(store, customers=count, random=random)
            _fill(store, count // 10, random)


def _fill(store: TenantStore, count: int, random: Random) -> None:
    for table in _in_order(store):
        if table.collection.name in _CUSTOMERS or not count:
            continue
        if table.collection.owners:
            for owner in _owners(store, table):
                _make(store, table, min(count, _OF_EACH_OWNER), random, owner)
        else:
            _make(store, table, count, random, "")

    for relation in store.model.relations.values():
        _connect(store.tables.get(relation.first.name), store.tables.get(relation.second.name))


def _connect(first: Table | None, second: Table | None) -> None:
    """Connect each record of a collection with one of another."""
    if first is None or second is None or first is second:
        return
    if {first.collection.name, second.collection.name} & _CUSTOMERS:
        return
    others = second.records.ids()
    for place, record_id in enumerate(first.records.ids() if others else ()):
        first.connect(record_id, second, others[place % len(others)], {})


def _in_order(store: TenantStore) -> list[Table]:
    """Sort the collections so that each comes after those that its records refer to, if that is possible."""
    ordered: list[Table] = []

    def add(table: Table, above: tuple[Table, ...]) -> None:
        if table in ordered or table in above:
            return
        owners = store.model.along(table.collection.path).values()
        needed = [store.tables[owner.name] for owner in owners if owner.name in store.tables]
        needed += [found for name in table.collection.properties if (found := store.referred(name))]
        for other in needed:
            if other.store is store:
                add(other, (*above, table))
        ordered.append(table)

    for table in store.tables.values():
        add(table, ())
    return ordered


def _owners(store: TenantStore, table: Table) -> list[str]:
    known = store.model.along(table.collection.path).get(table.collection.owners[-1])
    if known is None:
        return [f"{table.collection.owners[-1].removesuffix('Uid')}-1"]
    records = store.table(known).records
    return records.uids(records.ids()[:_OWNERS])


def _make(store: TenantStore, table: Table, count: int, random: Random, owner: str) -> None:
    collection = table.collection
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", collection.entity).lower()
    for number in range(1, count + 1):
        made = store.samples.sample(collection.schema, random, refer=store.some_uid)
        record: Json = made if is_object(made) and made is not OMIT else {}
        uid = f"{word}-{number}"
        key = collection.key or collection.param or ""
        if collection.properties.get(key, {}).get("format") != "uuid":
            record[key] = number if collection.counts else uid
        for view in table.views:
            record.pop(view.field, None)
        stamp = format_stamp(_FIRST_MOMENT + number * _STEP)
        record |= {name: stamp for name in ("createdAt", "lastModifiedAt") if name in collection.properties}
        if collection.name == "stores" and uid in STORES:
            record["name"] = STORES[uid]
        table.create(record, owner, whole=True)
