"""Invented data to begin with: the same seed gives the same records, byte for byte."""

import re
from random import Random

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.plugins import customer_seed
from flow_retail_sandbox.plugins.reference_data import STORES
from flow_retail_sandbox.spec.json_values import Json, is_object
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
    """Give every tenant its first records.

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
    seen: list[Table] = []

    def make(table: Table) -> None:
        """Make the records of a collection, after those that they refer to if that is possible."""
        if table in seen or table.store is not store:
            return
        seen.append(table)
        collection = table.collection
        for owner in store.state.model.along(collection.path).values():
            make(store.table(owner))
        for referred in map(store.referred, collection.properties):
            if referred is not None:
                make(referred)
        most = min(count, _OF_EACH_OWNER) if collection.owners else count
        for owner_uid in _owners(table) if count and collection.name not in _CUSTOMERS else ():
            for number in range(1, most + 1):
                table.create(_invented(table, number, random), owner_uid, whole=True)

    for table in store.tables.values():
        make(table)
    for table in store.tables.values():
        for links in table.links.values():
            others = links.other.records.ids()
            of_customers = {table.collection.name, links.other.collection.name} & _CUSTOMERS
            if links.relation.side == "first" and others and links.other is not table and not of_customers:
                for place, record_id in enumerate(table.records.ids()):
                    links.change(record_id, [(others[place % len(others)], {})])


def _owners(table: Table) -> list[str]:
    if not table.collection.owners:
        return [""]
    param = table.collection.owners[-1]
    known = table.store.state.model.along(table.collection.path).get(param)
    if known is None:
        return [f"{param.removesuffix('Uid')}-1"]
    records = table.store.table(known).records
    return [stored.uid for stored in records.stored(records.ids()[:_OWNERS])]


def _invented(table: Table, number: int, random: Random) -> Json:
    collection, store = table.collection, table.store
    made = store.state.samples.sample(collection.schema, random, refer=store.some_uid)
    record: Json = made if is_object(made) else {}
    uid = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", collection.entity).lower() + f"-{number}"
    key = collection.key or collection.param or ""
    if collection.properties.get(key, {}).get("format") != "uuid":
        record[key] = number if collection.counts else uid
    for links in table.links.values():
        for name in links.relation.fields:
            record.pop(name, None)
    stamp = format_stamp(_FIRST_MOMENT + number * _STEP)
    record |= {name: stamp for name in ("createdAt", "lastModifiedAt") if name in collection.properties}
    if collection.name == "stores" and uid in STORES:
        record["name"] = STORES[uid]
    return record
