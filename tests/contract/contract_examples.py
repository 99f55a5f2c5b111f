"""Records made before a run, for each operation its own, so that each can be asked about what exists."""

import re
from typing import Any

from contract_document import Json, operations
from contract_links import path_names

from flow_retail_sandbox import Sandbox
from flow_retail_sandbox.spec.collections import Collection

STORES = ("store-1", "store-2", "store-3")
EXTENSIONS = ("TWO_INVOICE", "KLAVIYO_PROFILE_ID")


def make_examples(document: Json, sandbox: Sandbox) -> None:
    """Make the records that a path names, and connect them, for each operation that is asked about one.

    Operations share none of it: what one deletes, no other misses. The UIDs become the examples of the
    operation's path parameters.

    Args:
        document: The document, which is changed.
        sandbox: The sandbox that is tested.
    """
    model = sandbox.state.model
    for number, (_, path, operation) in enumerate(operations(document)):
        uids = {name: f"{_word(name)}-of-{number}" for name in path_names(path) if name in model.by_param}
        for name in uids:
            _make(sandbox, model.by_param[name], uids)
        if "storeUid" in path_names(path) and "storeUid" not in uids:
            uids["storeUid"] = STORES[0]
        for parameter in operation.get("parameters", []):
            if parameter.get("name") in uids:
                parameter["example"] = uids[parameter["name"]]


def known_uids(sandbox: Sandbox) -> dict[str, list[str]]:
    """Give UIDs that exist from the start, by the path parameter that they are for."""
    found: dict[str, list[str]] = {}
    for param, collection in sandbox.state.model.by_param.items():
        records = sandbox.records(collection.name)[:5] if not collection.owners else []
        uids = [str(record[collection.key]) for record in records if collection.key in record]
        if uids:
            found[param] = uids
    found.setdefault("storeUid", list(STORES))
    return found


def _make(sandbox: Sandbox, collection: Collection, uids: dict[str, str]) -> None:
    """Make a record below its owners, connected with what else the path names."""
    own = uids[collection.param or ""]
    record: dict[str, Any] = {collection.key or collection.param or "": own}
    record |= {name: uids.get(name, STORES[0]) for name in collection.owners}
    for relation in collection.relations.values():
        other = uids.get(relation.other.param or "")
        for field, schema in relation.fields.items() if other is not None else ():
            item = {relation.other.key: other, "extensions": _extensions()}
            record[field] = [other if schema is None else item]
    if "extensions" in collection.properties:
        record["extensions"] = _extensions()
    stored = "/".join([*(str(record[name]) for name in collection.owners), own])
    if sandbox.record(sandbox.tenant, collection.name, stored) is None:
        sandbox.load(collection.name, [record])


def _extensions() -> list[Json]:
    return [{"extensionCode": code, "organizationUid": store} for store in STORES for code in EXTENSIONS]


def _word(param: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", param.removesuffix("Uid")).lower()
