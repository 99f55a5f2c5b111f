"""Extensions of customers, and of the connections between customers and contacts, for a store each."""

from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.plugins.reference_data import meet_store
from flow_retail_sandbox.spec.json_values import Json


def _changed(call: Call, extensions: list[Json]) -> list[Json]:
    """Add the extension that a POST is about, or remove that of a DELETE."""
    uid = call.fields["storeUid"]
    meet_store(call.store, uid)
    extension = {"extensionCode": call.path["customerExtensionCode"], "organizationUid": uid}
    others = [known for known in extensions if known != extension]
    if call.operation.method == "POST":
        return extensions if len(others) < len(extensions) else [*extensions, extension]
    if len(others) == len(extensions):
        raise ApiError("EXTENSION_NOT_FOUND", uid=extension["extensionCode"])
    return others


def change_customer(call: Call) -> Result:
    """Add or remove an extension of a customer for a store."""

    def edit(customer: Json) -> None:
        customer["extensions"] = _changed(call, customer["extensions"])

    return call.result(call.store.tables["customers"].change(call.path["customerUid"], edit).document)


def change_contact(call: Call) -> Result:
    """Add or remove an extension of a customer's contact for a store."""
    table = call.store.tables["customers"]
    customer, links = table.find(call.path["customerUid"]), table.links["customer-contacts"]
    contact = links.other.find(call.path["customerContactUid"])
    link = links.get(customer.id, contact.id)
    if link is None:
        raise links.other.problem("RECORD_NOT_FOUND", contact.uid)
    links.change(customer.id, [(contact.id, {"extensions": _changed(call, link.get("extensions", []))})])
    shown: list[Json] = table.find(customer.uid).read()["contacts"]
    return call.result(next(one for one in shown if one["customerContactUid"] == contact.uid))


_CUSTOMER: Final = "/tenants/{tenantUid}/customers/{customerUid}"
_CODE: Final = "/extensions/{customerExtensionCode}"

OPERATIONS: Final = {
    f"POST {_CUSTOMER}{_CODE}": change_customer,
    f"DELETE {_CUSTOMER}{_CODE}": change_customer,
    f"POST {_CUSTOMER}/contacts/{{customerContactUid}}{_CODE}": change_contact,
    f"DELETE {_CUSTOMER}/contacts/{{customerContactUid}}{_CODE}": change_contact,
}
