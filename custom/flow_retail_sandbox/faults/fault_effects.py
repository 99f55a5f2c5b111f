"""How each fault shows itself: in place of a response, in the records of a response, in a batch."""

from collections.abc import Iterator
from email.utils import formatdate
from time import time
from typing import Any

import orjson

from flow_retail_sandbox.errors import PROBLEMS
from flow_retail_sandbox.faults.fault import Fault, FaultOptions
from flow_retail_sandbox.operations.batch import VERBS
from flow_retail_sandbox.spec.document import Spec
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.store.table import Table

_ERROR_KEYS = {"customer": "customerUid", "product": "productUid", "price": "priceUid"}
_FITTING_FIELDS = {
    "unknown_enum": ("customerType", "role", "contacts.0.role", "customers.0.role"),
    "unexpected_null": ("email", "name", "displayName", "customer.email"),
    "missing_field": ("displayName", "name", "customer.displayName"),
}

HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>Bad Gateway</h1><p>The upstream server is on a coffee break.</p></body></html>\n"
)
"""What a proxy in front of the API would say."""

NOT_JSON = b"OK, but this is a maintenance notice and not JSON.\n"
"""What comes with status 200 when a response is not JSON."""


def retry_after(options: FaultOptions) -> dict[str, str]:
    """Write a Retry-After header in the form asked for, or none."""
    value = options.retry_after
    if value is None:
        return {}
    text = str(value)
    if text.startswith("date:"):
        return {"retry-after": formatdate(time() + float(text.removeprefix("date:")), usegmt=True)}
    return {"retry-after": text}


def problem_code(options: FaultOptions, status: int) -> str:
    """Choose the `code` of an injected error: the one asked for, else one that fits the status."""
    if options.code is not None:
        return options.code
    return next((code for code, problem in PROBLEMS.items() if problem.status == status), "INTERNAL_ERROR")


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


def spoil(body: bytes, fault: Fault, spec: Spec, schema: Json | None) -> tuple[bytes, str] | None:
    """Change a field of a record in a response; None if there is no such record or field."""
    response: Any = orjson.loads(body)
    record = response
    listed = spec.items_of(schema)
    if listed is not None:
        items: list[Any] = response[listed[0]] if listed[0] else response
        if fault.options.item >= len(items):
            return None
        record, schema = items[fault.options.item], listed[1]
    fitting = (*_FITTING_FIELDS[fault.type], *_by_schema(fault.type, spec, schema or {}))
    for path in (fault.options.field,) if fault.options.field else fitting:
        found = _owner(record, path)
        if found is not None:
            owner, key = found
            if fault.type == "missing_field":
                del owner[key]
            else:
                owner[key] = fault.options.value if fault.type == "unknown_enum" else None
            return orjson.dumps(response), path
    return None


def _by_schema(fault: str, spec: Spec, schema: Json) -> Iterator[str]:
    """Name the fields of a record in which a fault contradicts the document."""
    required = spec.required(schema)
    for name, part in spec.properties(schema).items():
        if fault == "unknown_enum":
            fits = "enum" in spec.resolve(part)
        elif fault == "unexpected_null":
            fits = spec.type_of(part) == "string" and not spec.is_nullable(part)
        else:
            fits = name in required and not name.endswith("Uid")
        if fits:
            yield name


def refuse_items(body: Json, fault: Fault, key: str) -> tuple[Json, dict[str, list[Json]]]:
    """Take items out of a batch before it is worked through, so that they really are not done.

    Returns the rest of the batch, and the items taken out of each list.
    """
    left = fault.options.items
    rest: Json = dict(body)
    refused: dict[str, list[Json]] = {}
    for name in VERBS:
        kept: list[Json] = []
        items: list[Json] = body.get(name) or []
        for item in items:
            hit = item.get(key) in fault.options.uids if fault.options.uids else left > 0
            left -= hit
            (refused.setdefault(name, []) if hit else kept).append(item)
        if name in body:
            rest[name] = kept
    return rest, refused


def report_refusals(body: bytes, fault: Fault, refused: dict[str, list[Json]], key: str) -> tuple[int, bytes]:
    """Write a batch's response with its refused items, in the shape asked for: status and body."""
    options = fault.options
    response: Json = orjson.loads(body)
    wanted = _ERROR_KEYS[options.shape] if options.shape else key
    any_error = False
    for place, name in enumerate(name for name in VERBS if name in response):
        part: Json = response[name]
        part["success"] += options.miscount
        errors: list[Json] = [
            {
                wanted if field in {key, *_ERROR_KEYS.values()} else field: value
                for field, value in error.items()
            }
            for error in part["errors"]
        ]
        for number, item in enumerate(refused.get(name, [])):
            uid = f"unmatched-{place}-{number}" if options.unmatched else item.get(key) or f"refused-{number}"
            message = "Refused by the sandbox"
            errors.append({"errorCode": options.code or "REFUSED", "message": message, wanted: uid})
        part["errors"] = errors
        any_error = any_error or bool(errors)
    return 207 if any_error or options.miscount else 200, orjson.dumps(response)


def add_records(table: Table, owner: str, options: FaultOptions, number: int) -> list[str]:
    """Add records to a list, and return their UIDs, which nobody has used before."""
    key = table.collection.key or table.collection.param or ""
    uids = [f"arrived-{number}-{place}" for place in range(1, options.records + 1)]
    for uid in uids:
        table.create({key: uid}, owner, whole=True)
    return uids


def remove_records(table: Table, owner: str, options: FaultOptions) -> list[str]:
    """Delete records of a list, and return their UIDs."""
    stored = [table.uid_of(uid, owner) for uid in options.uids]
    if not stored:
        ids = table.records.ids(owner)
        first = options.where == "start"
        chosen = ids[: options.records] if first else ids[max(len(ids) - options.records, 0) :]
        stored = [one.uid for one in table.records.stored(chosen)]
    gone = [uid.rpartition("/")[2] for uid in stored if table.records.find(uid) is not None]
    for uid in gone:
        table.delete(uid, owner)
    return gone
