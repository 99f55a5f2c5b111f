"""How each fault shows itself: in place of an answer, in the records of an answer, in a batch."""

from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from flow_retail_sandbox.batch import LISTS, batch_error
from flow_retail_sandbox.errors import PROBLEMS
from flow_retail_sandbox.faults import Fault, FaultOptions
from flow_retail_sandbox.json_values import Json, is_list, is_object
from flow_retail_sandbox.state import TenantState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flow_retail_sandbox.contacts import Contacts
    from flow_retail_sandbox.customers import Customers
    from flow_retail_sandbox.groups import Groups

_ERROR_KEYS = {"customer": "customerUid", "product": "productUid", "price": "priceUid"}
_FITTING_FIELDS = {
    "unknown_enum": ("customerType", "role", "contacts.0.role", "customers.0.role"),
    "unexpected_null": ("email", "name", "displayName", "customer.email"),
    "missing_field": ("displayName", "name", "customer.displayName"),
}


def retry_after(options: FaultOptions) -> dict[str, str]:
    """Write a Retry-After header in the form asked for.

    Args:
        options: The fault's options.

    Returns:
        The header, or nothing.
    """
    value = options.retry_after
    if value is None:
        return {}
    text = str(value)
    if text.startswith("date:"):
        return {"retry-after": formatdate(time() + float(text.removeprefix("date:")), usegmt=True)}
    return {"retry-after": text}


def problem_code(options: FaultOptions, status: int) -> str:
    """Choose the `code` of an injected error.

    Args:
        options: The fault's options.
        status: The HTTP status.

    Returns:
        The code asked for, else one that fits the status.
    """
    if options.code is not None:
        return options.code
    return next((code for code, problem in PROBLEMS.items() if problem.status == status), "INTERNAL_ERROR")


HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>Bad Gateway</h1><p>The upstream server is on a coffee break.</p></body></html>\n"
)
"""What a proxy in front of the API would say."""

NOT_JSON = b"OK, but this is a maintenance notice and not JSON.\n"
"""What comes with status 200 when an answer is not JSON."""


def _owner(record: Any, path: str) -> tuple[Any, Any] | None:
    """Find what holds the field at a dotted path, and the field's key there."""
    *parents, last = path.split(".")
    node = record
    for part in parents:
        node = _child(node, part)
    if is_object(node) and last in node:
        return node, last
    if is_list(node) and last.isdigit() and int(last) < len(node):
        return node, int(last)
    return None


def _child(node: Any, part: str) -> Any:
    if is_object(node):
        return node.get(part)
    if is_list(node) and part.isdigit() and int(part) < len(node):
        return node[int(part)]
    return None


def spoil(body: bytes, fault: Fault) -> tuple[bytes, str] | None:
    """Change a field of a record in an answer.

    Args:
        body: The answer's JSON.
        fault: An `unknown_enum`, `unexpected_null` or `missing_field`.

    Returns:
        The changed JSON and the field; None if there is no such record or field.
    """
    answer: Json = orjson.loads(body)
    record: Any = answer
    if isinstance(answer.get("items"), list):
        items: list[Any] = answer["items"]
        if fault.options.item >= len(items):
            return None
        record = items[fault.options.item]
    paths = (fault.options.field,) if fault.options.field else _FITTING_FIELDS[fault.kind]
    for path in paths:
        found = _owner(record, path)
        if found is not None:
            owner, key = found
            if fault.kind == "missing_field":
                del owner[key]
            else:
                owner[key] = fault.options.value if fault.kind == "unknown_enum" else None
            return orjson.dumps(answer), path
    return None


def refuse_items(body: Json, fault: Fault) -> tuple[Json, dict[str, list[Json]]]:
    """Take items out of a batch before it is worked through, so that they really are not done.

    Args:
        body: The batch's body.
        fault: A `batch_refusal`.

    Returns:
        The rest of the batch, and the items taken out of each list.
    """
    left = fault.options.items
    rest: Json = dict(body)
    refused: dict[str, list[Json]] = {}
    for name in LISTS:
        kept: list[Json] = []
        for item in body.get(name, []):
            hit = item.get("customerUid") in fault.options.uids if fault.options.uids else left > 0
            left -= hit
            (refused.setdefault(name, []) if hit else kept).append(item)
        if name in body:
            rest[name] = kept
    return rest, refused


def tell_refusals(body: bytes, fault: Fault, refused: dict[str, list[Json]]) -> tuple[int, bytes]:
    """Write a batch's answer with its refused items, in the shape asked for.

    Args:
        body: The answer for the items that were worked through.
        fault: The `batch_refusal`.
        refused: The items taken out of each list.

    Returns:
        The status and the new body.
    """
    options = fault.options
    answer: Json = orjson.loads(body)
    key = _ERROR_KEYS[options.shape]
    any_error = False
    for place, name in enumerate(LISTS):
        part: Json = answer[name]
        part["success"] += options.miscount
        for number, item in enumerate(refused.get(name, [])):
            uid = f"unmatched-{place}-{number}" if options.unmatched else item.get("customerUid")
            part["errors"].append(batch_error(uid, options.code or "REFUSED", "Refused by the sandbox"))
        part["errors"] = [_rekeyed(error, key) for error in part["errors"]]
        any_error = any_error or bool(part["errors"])
    return 207 if any_error or options.miscount else 200, orjson.dumps(answer)


def _rekeyed(error: Json, key: str) -> Json:
    uid = next(error[known] for known in _ERROR_KEYS.values() if known in error)
    return {"errorCode": error["errorCode"], "message": error["message"], key: uid}


def let_records_come(tenant: TenantState, operation: str, options: FaultOptions, number: int) -> list[str]:
    """Add records to the list that an operation reads.

    Args:
        tenant: The tenant's state.
        operation: The operation's name.
        options: The fault's options.
        number: The request's number, for UIDs that nobody has.

    Returns:
        The UIDs of the new records.
    """
    uids = [f"arrived-{number}-{place}" for place in range(1, options.records + 1)]
    for uid in uids:
        if operation.startswith("customer_contacts."):
            tenant.contacts.create({"customerContactUid": uid, "firstname": "Ny", "lastname": "Kontakt"})
        elif operation == "customer_groups.list":
            tenant.groups.create({"customerGroupUid": uid, "name": "Ny gruppe"})
        else:
            tenant.customers.create({"customerUid": uid, "customerType": "PERSON", "firstname": "Ny"})
    return uids


def let_records_go(tenant: TenantState, operation: str, options: FaultOptions) -> list[str]:
    """Delete records of the list that an operation reads.

    Args:
        tenant: The tenant's state.
        operation: The operation's name.
        options: The fault's options.

    Returns:
        The UIDs of the records deleted.
    """
    collection: Contacts | Groups | Customers
    if operation.startswith("customer_contacts."):
        collection, key = tenant.contacts, "customerContactUid"
    elif operation == "customer_groups.list":
        collection, key = tenant.groups, "customerGroupUid"
    else:
        collection, key = tenant.customers, "customerUid"
    uids: Sequence[str] = options.uids
    if not uids:
        ids = collection.records.ids()
        chosen = (
            ids[: options.records] if options.where == "start" else ids[max(len(ids) - options.records, 0) :]
        )
        uids = [orjson.loads(document)[key] for document in collection.records.documents(chosen)]
    gone = [uid for uid in uids if collection.records.find(uid) is not None]
    for uid in gone:
        collection.delete(uid)
    return gone
