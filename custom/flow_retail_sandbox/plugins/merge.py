"""Merging a duplicate into the customer that is kept."""

from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.plugins.customers import HISTORIES, ancestors, move_departments
from flow_retail_sandbox.plugins.order_history import histories_of
from flow_retail_sandbox.spec.json_values import Json


def merge(call: Call) -> Result:
    """Move what is tied to a duplicate to the customer that is kept, whose own fields stay, and delete it."""
    table = call.store.tables["customers"]
    kept_uid, duplicate_uid = call.path["customerUid"], call.fields["mergeFromCustomerUid"]
    if kept_uid == duplicate_uid:
        raise ApiError("MERGE_WITH_ITSELF")
    kept_id, found = table.find(kept_uid).id, table.find(duplicate_uid)
    duplicate = found.read()

    def take_over(kept: Json) -> None:
        if duplicate_uid in ancestors(table, kept["customerParentUid"]):
            # It takes the duplicate's place, or it would end below its own departments.
            kept["customerParentUid"] = duplicate["customerParentUid"]
        known_consents = {consent["consentUid"] for consent in kept["consents"]}
        kept["consents"] += [c for c in duplicate["consents"] if c["consentUid"] not in known_consents]
        kept["extensions"] += [e for e in duplicate["extensions"] if e not in kept["extensions"]]
        kept["addresses"] += duplicate["addresses"]
        kept["credit"]["balance"] += duplicate["credit"]["balance"]

    table.change(kept_uid, take_over)
    move_departments(table, duplicate_uid, kept_uid)
    for links in table.links.values():
        known = links.of(kept_id)
        links.change(kept_id, [link for link in links.of(found.id).items() if link[0] not in known])
    numbers = histories_of(table, kept_uid) + histories_of(table, duplicate_uid)
    table.delete(duplicate_uid)
    call.store.notes(HISTORIES).put(kept_uid, {"numbers": numbers})
    return call.result(table.find(kept_uid).document)


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/{customerUid}/merge": merge}
