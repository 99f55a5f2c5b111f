"""Extensions of customers, and of the connections between customers and contacts, for a store each."""

from typing import Final

import orjson

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.members import connected_id
from flow_retail_sandbox.plugins.reference_data import ReferenceData
from flow_retail_sandbox.spec.json_values import Json


def _extension(call: Call) -> Json:
    uid = call.fields["storeUid"]
    ReferenceData(call.store).store_name(uid)
    return {"extensionCode": call.path["customerExtensionCode"], "organizationUid": uid}


def _with(extensions: list[Json], extension: Json) -> list[Json]:
    return extensions if extension in extensions else [*extensions, extension]


def _without(extensions: list[Json], extension: Json) -> list[Json]:
    if extension not in extensions:
        raise ApiError("EXTENSION_NOT_FOUND", uid=extension["extensionCode"])
    return [known for known in extensions if known != extension]


def of_customer(call: Call) -> Result:
    """Set an extension of a customer for a store."""
    extension = _extension(call)

    def edit(customer: Json) -> None:
        customer["extensions"] = _with(customer["extensions"], extension)

    return Result(200, orjson.dumps(call.store.tables["customers"].change(call.path["customerUid"], edit)))


def off_customer(call: Call) -> Result:
    """Take an extension of a customer away from a store."""
    extension = _extension(call)

    def edit(customer: Json) -> None:
        customer["extensions"] = _without(customer["extensions"], extension)

    call.store.tables["customers"].change(call.path["customerUid"], edit)
    return Result(204)


def _of_connection(call: Call, *, present: bool) -> Json:
    customers, contacts = call.store.tables["customers"], call.store.tables["customer-contacts"]
    extension = _extension(call)
    uid = call.path["customerContactUid"]
    customer_id, _ = customers.find(call.path["customerUid"])
    contact_id = connected_id(customers, customer_id, contacts, uid)
    link = customers.links_to(contacts).get(customers.collection, customer_id, contact_id)
    known: list[Json] = link.attributes.get("extensions", []) if link else []
    changed = _with(known, extension) if present else _without(known, extension)
    customers.connect(customer_id, contacts, contact_id, {"extensions": changed})
    _, customer = customers.load(call.path["customerUid"])
    shown: list[Json] = customer["contacts"]
    return next(contact for contact in shown if contact["customerContactUid"] == uid)


def of_contact(call: Call) -> Result:
    """Set an extension of a customer's contact for a store."""
    return Result(200, orjson.dumps(_of_connection(call, present=True)))


def off_contact(call: Call) -> Result:
    """Take an extension of a customer's contact away from a store."""
    _of_connection(call, present=False)
    return Result(204)


_CUSTOMER: Final = "/tenants/{tenantUid}/customers/{customerUid}"
_CODE: Final = "/extensions/{customerExtensionCode}"

OPERATIONS: Final = {
    f"POST {_CUSTOMER}{_CODE}": of_customer,
    f"DELETE {_CUSTOMER}{_CODE}": off_customer,
    f"POST {_CUSTOMER}/contacts/{{customerContactUid}}{_CODE}": of_contact,
    f"DELETE {_CUSTOMER}/contacts/{{customerContactUid}}{_CODE}": off_contact,
}
