"""Merging a duplicate into the customer that is kept."""

from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.plugins.customers import HISTORIES, ancestors, departments, set_parent
from flow_retail_sandbox.plugins.order_history import add_histories, histories_of


def merge(call: Call) -> Result:
    """Move what is tied to a duplicate to the customer that is kept, whose own fields stay, and delete it."""
    table = call.store.tables["customers"]
    kept_uid, duplicate_uid = call.path["customerUid"], call.fields["mergeFromCustomerUid"]
    if kept_uid == duplicate_uid:
        raise ApiError("MERGE_WITH_ITSELF")
    kept_id, kept = table.load(kept_uid)
    duplicate_id, duplicate = table.load(duplicate_uid)
    if duplicate_uid in ancestors(table, kept["customerParentUid"]):
        # It takes the duplicate's place, or it would end below its own departments.
        kept["customerParentUid"] = duplicate["customerParentUid"]
    moved = [record_id for record_id in departments(table, duplicate_uid) if record_id != kept_id]
    set_parent(table, moved, kept_uid)
    known_consents = {consent["consentUid"] for consent in kept["consents"]}
    kept["consents"] += [c for c in duplicate["consents"] if c["consentUid"] not in known_consents]
    kept["extensions"] += [e for e in duplicate["extensions"] if e not in kept["extensions"]]
    kept["addresses"] += duplicate["addresses"]
    kept["credit"]["balance"] += duplicate["credit"]["balance"]
    kept["lastModifiedAt"] = call.store.clock.stamp()
    table.records.replace(kept_id, kept_uid, kept)
    connected = [
        (links, other, links.of(table.collection, duplicate_id))
        for links, other in call.store.links_of(table.collection)
    ]
    for links, _, _ in connected:
        links.move(table.collection, duplicate_id, kept_id)
    histories = histories_of(table, kept_uid) + histories_of(table, duplicate_uid)
    table.delete(duplicate_uid)
    notes = call.store.notes(HISTORIES)
    known = notes.find(kept_uid)
    if known is not None:
        notes.replace(known[0], kept_uid, {"numbers": histories})
    elif histories:
        add_histories(table, [(kept_uid, histories)])
    for _, other, found in connected:
        for link in found:
            other.refresh_by_id(link.other)
    return call.result(table.refresh(kept_id, kept_uid, kept))


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/{customerUid}/merge": merge}
