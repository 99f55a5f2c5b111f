"""How each fault shows itself: in place of a response, in the records of a response, in a batch."""

from collections.abc import Iterator
from email.utils import formatdate
from time import time
from typing import Any

import orjson
from starlette.responses import Response

from flow_retail_sandbox.errors import PROBLEMS
from flow_retail_sandbox.faults.fault import Fault, FaultOptions
from flow_retail_sandbox.operations.batch import VERBS
from flow_retail_sandbox.server.response import BrokenResponse, problem_response
from flow_retail_sandbox.spec.document import Spec
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.store.table import Table

_ERROR_KEYS = {"customer": "customerUid", "product": "productUid", "price": "priceUid"}

_HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>Bad Gateway</h1><p>The upstream server is on a coffee break.</p></body></html>\n"
)
"""What a proxy in front of the API would say."""

_NOT_JSON = b"OK, but this is a maintenance notice and not JSON.\n"


def respond_instead(fault: Fault) -> Response:
    """Make the response that comes in place of the API's."""
    options, headers = fault.options, dict[str, str]()
    if fault.type == "reset_before":
        return BrokenResponse(None, status_code=0)
    if fault.type == "not_json":
        return Response(_NOT_JSON, media_type="text/plain")
    if options.retry_after is not None:
        wait = str(options.retry_after)
        if wait.startswith("date:"):
            wait = formatdate(time() + float(wait.removeprefix("date:")), usegmt=True)
        headers["retry-after"] = wait
    if fault.type == "html_error":
        return Response(_HTML_PAGE, options.status or 502, headers, media_type="text/html")
    if fault.type == "empty_error":
        return Response(b"", options.status or 502, headers)
    status = options.status or 503
    fitting = (code for code, problem in PROBLEMS.items() if problem.status == status)
    code = next(fitting, "INTERNAL_ERROR") if options.code is None else options.code
    response = problem_response(status, code, "Injected by the sandbox")
    response.headers.update(headers)
    return response


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
    path = fault.options.field or next(_fitting_fields(fault.type, spec, schema or {}, record), "")
    found = _find(record, path)
    if found is None:
        return None
    owner, key = found
    if fault.type == "missing_field":
        del owner[key]
    else:
        owner[key] = fault.options.value if fault.type == "unknown_enum" else None
    return orjson.dumps(response), path


def _find(record: Any, path: str) -> tuple[Any, Any] | None:
    """Find what holds the field at a dotted path, and the field's key there."""
    node: Any = [record]
    key: Any = 0
    for part in path.split("."):
        node = node[key]
        key = int(part) if is_list(node) and part.isdigit() else part
        if key not in (node if is_object(node) else range(len(node)) if is_list(node) else ()):
            return None
    return node, key


def _fitting_fields(fault: str, spec: Spec, schema: Json, record: Any) -> Iterator[str]:
    """Name the fields of a record in which a fault contradicts the document, its own before deeper ones."""
    if is_list(record):
        items = spec.resolve(schema).get("items", {})
        yield from (f"0.{path}" for path in _fitting_fields(fault, spec, items, next(iter(record), None)))
    if not is_object(record):
        return
    parts = {name: part for name, part in spec.properties(schema).items() if name in record}
    required = spec.required(schema)
    for name, part in parts.items():
        if fault == "unknown_enum":
            fits = "enum" in spec.resolve(part)
        elif name.endswith("Uid"):
            fits = False  # whoever reads the record needs it
        elif fault == "unexpected_null":
            fits = spec.type_of(part) == "string" and not spec.is_nullable(part)
        else:
            fits = name in required
        if fits:
            yield name
    for name, part in parts.items():
        yield from (f"{name}.{path}" for path in _fitting_fields(fault, spec, part, record[name]))


def refuse_items(body: Json, fault: Fault, key: str) -> tuple[Json, dict[str, list[Json]]]:
    """Take items out of a batch, so that they are not done; return the rest, and those of each list."""
    left, uids = fault.options.items, fault.options.uids
    rest: Json = dict(body)
    refused: dict[str, list[Json]] = {}
    for name in VERBS:
        items: list[Json] = body.get(name) or []
        hit = [item for item in items if item.get(key) in uids] if uids else items[:left]
        if hit:
            refused[name] = hit
            rest[name] = [item for item in items if item.get(key) not in uids] if uids else items[left:]
            left -= len(hit)
    return rest, refused


def report_refusals(body: bytes, fault: Fault, refused: dict[str, list[Json]], key: str) -> tuple[int, bytes]:
    """Write a batch's response with its refused items, in the shape asked for: status and body."""
    options = fault.options
    response: dict[str, Json] = orjson.loads(body)
    keys, wanted = {key, *_ERROR_KEYS.values()}, _ERROR_KEYS[options.shape] if options.shape else key
    refusal = {"errorCode": options.code or "REFUSED", "message": "Refused by the sandbox"}
    for name, part in response.items():
        part["success"] += options.miscount
        part["errors"] = [
            {wanted if field in keys else field: value for field, value in error.items()}
            for error in part["errors"]
        ]
        for number, item in enumerate(refused.get(name, [])):
            uid = f"unmatched-{name}-{number}" if options.unmatched else item.get(key) or f"refused-{number}"
            part["errors"].append({**refusal, wanted: uid})
    any_error = any(part["errors"] for part in response.values())
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
        chosen = ids[: options.records] if first else ids[-options.records :]
        stored = [one.uid for one in table.records.stored(chosen)]
    gone = [uid.rpartition("/")[2] for uid in stored if table.records.find(uid) is not None]
    for uid in gone:
        table.delete(uid, owner)
    return gone
