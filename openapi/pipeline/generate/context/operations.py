"""What the resource template prints: each operation with its signature, its shape and its documentation."""

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.operations import FORMS, is_json, needs_token, operations
from pipeline.document.references import resolve
from pipeline.errors import PipelineError
from pipeline.generate.context.batch import KEYWORDS, BatchContext, Source, batch_context
from pipeline.generate.context.models import Model
from pipeline.generate.context.parameters import TENANT, ParameterContext, parameter_contexts, patterns
from pipeline.generate.context.texts import warning_of
from pipeline.generate.context.values import BYTES, FILE, TEXT, Value, choice, value_of

_OF_CLIENT = frozenset({"accept", "accept-language", "authorization", "content-type"})
"""Headers that the client sends itself."""

_JSON = "application/json"
_PAGING = frozenset({"pageNumber", "pageSize"})
_OF_PAGER = frozenset({"page_number", "page_size", "prefetch"})
_TAKEN = frozenset({"body", "self"})
"""What every method may have beside its parameters."""


@frozen
class OperationContext:
    """An operation, as source."""

    method: str
    name: str
    verb: str
    path: str
    declaration: list[tuple[str, str]]  # what its constant declares besides: keywords and expressions
    arguments: list[ParameterContext]  # the parameters of the path
    body: Value | None
    body_required: bool
    query: list[ParameterContext]
    headers: list[ParameterContext]
    returns: str  # the type of what comes back; for a list, the class of a page
    item: str  # the type of the items of a pager
    batch: BatchContext | None
    summary: str
    description: str
    permissions: str
    warning: str  # what to say when it is used though it is deprecated, escaped for a double-quoted literal
    classes: frozenset[str]  # those that it names


def operation_context(
    document: dict[str, Any], path: str, verb: str, models: Mapping[str, Model]
) -> OperationContext:
    """Describe an operation for the template of its resource."""
    raw = document["paths"][path][verb]
    name = raw["operationId"]
    body, body_type = _body(document, raw)
    body_required = body is not None and raw["requestBody"].get("required") is True
    accepted, result, may_be_empty = _result(document, raw)
    body_model, result_model = (models.get(value.type) if value else None for value in (body, result))
    declared = [resolve(document, each) for each in raw.get("parameters", ())]
    given = [each for each in declared if not _is_of_client(each)]
    page = _page(declared, result_model)
    batch = None
    # The method of a batch has no keywords of the query's: it would lose them.
    if verb == "post" and all(each["in"] == "path" for each in given):
        siblings = {
            (at, method): found["operationId"]
            for at, method, found in operations(document)
            if found["tags"] == raw["tags"]
        }
        batch = batch_context(name, path, body_model, result_model, models, siblings)
    if page:
        given = [each for each in given if each["in"] != "query" or each["name"] not in _PAGING]
    taken = {*_TAKEN, *(KEYWORDS if batch else _OF_PAGER if page else ())}
    arguments, query, headers = parameter_contexts(document, path, name, given, taken)
    keywords = [*query, *headers]
    text, permissions = _texts(raw)
    declaration: dict[str, Any] = {
        "patterns": patterns(document, given),
        "query": {each.name: each.key for each in query},
        "joined": tuple(each["name"] for each in declared if _is_joined(document, each)),
        "headers": {each.name: each.key for each in headers},
        "arguments": tuple(each.name for each in arguments),
        "required": tuple(each.name for each in keywords if each.required),
        "body": _reader(body, body_model),
        "body_required": body_required,
        "body_type": body_type,
        "returns": _reader(result, result_model),
        "may_be_empty": may_be_empty,
        "paged": page is not None,
        "record_key": _key_attribute(models.get(page.type)) if page else None,
        "batch": batch.declaration if batch else None,
        "idempotent": verb == "post" and page is None and _is_page(result_model),
        "authenticated": needs_token(raw),
        "accept": accepted,
    }
    usual = {"authenticated": True, "body_type": _JSON, "accept": _JSON}
    returns = result.type if result else "None"
    used = [each.classes for each in (body, result, page, *arguments, *keywords) if each]
    used += [frozenset({model}) for _, model in batch.lists] if batch else []
    return OperationContext(
        method=name.partition(".")[2],
        name=name,
        verb=verb.upper(),
        path=in_double_quote_literal(path),
        # What is usual is what core assumes.
        declaration=[
            (key, repr(value))
            for key, value in declaration.items()
            if (value != usual[key] if key in usual else value)
        ],
        arguments=arguments,
        body=body,
        body_required=body_required,
        query=query,
        headers=headers,
        returns=f"{returns} | None" if may_be_empty else returns,
        item=page.type if page else "",
        batch=batch,
        summary=" ".join(str(raw.get("summary") or name).split()),
        description=text,
        permissions=permissions,
        warning=warning_of(name, raw) if raw.get("deprecated") is True else "",
        classes=frozenset[str]().union(*used),
    )


def _is_of_client(parameter: dict[str, Any]) -> bool:
    """Whether the client sends a parameter by itself."""
    name = parameter["name"]
    return (parameter["in"], name) == ("path", TENANT) or (
        parameter["in"] == "header" and name.lower() in _OF_CLIENT
    )


def _is_joined(document: dict[str, Any], parameter: dict[str, Any]) -> bool:
    """Whether a parameter is a list in the query that is sent in one value."""
    listed = parameter["in"] == "query" and resolve(document, parameter["schema"]).get("type") == "array"
    return listed and parameter.get("explode") is False


def _body(document: dict[str, Any], raw: dict[str, Any]) -> tuple[Value | None, str]:
    """What is sent, and its media type."""
    content = raw.get("requestBody", {}).get("content", {})
    if len(content) > 1:
        raise PipelineError("its body has several media types. Remove all but one in openapi/overlay.yaml.")
    for key, media in content.items():
        if not is_json(key) and key not in FORMS:
            return FILE, key
        value = value_of(document, media.get("schema", {}))
        if key in FORMS and not value.decoder.startswith("ModelDecoder"):
            raise PipelineError(
                "its body is a form, which only an object describes. Correct it in openapi/overlay.yaml."
            )
        return value, key
    return None, _JSON


def _result(document: dict[str, Any], raw: dict[str, Any]) -> tuple[str, Value | None, bool]:
    """The media types of success, what comes back if it can always be read, and whether it may be empty."""
    accepted: dict[str, None] = {}
    found: dict[str, Value] = {}
    empty: set[str] = set()
    for status, response in sorted(raw["responses"].items()):
        if status.startswith("2"):
            content = resolve(document, response).get("content", {})
            accepted |= dict.fromkeys(content)
            if not content:
                empty.add(status)
            for key, media in [*content.items()][:1]:
                file = TEXT if key.startswith("text/") else BYTES
                value = value_of(document, media.get("schema", {})) if is_json(key) else file
                found.setdefault(value.type, value)
    values = [*found.values()]
    promised = ", ".join(accepted) or _JSON
    mixed = len(values) > 1 and (TEXT in values or BYTES in values)
    if not values or mixed or not empty <= {"204"}:
        # Some success without content, or texts beside JSON: nothing is promised that could always be read.
        return promised, None, False
    # The client itself gives None for a 204.
    return promised, choice(values), bool(empty)


def _reader(value: Value | None, model: Model | None) -> Source | None:
    """The expression of what reads or writes a value: a class, or the decoder of another type."""
    return Source(model.name if model else value.decoder) if value else None


def _page(parameters: list[dict[str, Any]], result: Model | None) -> Value | None:
    """The items of a list read in pages: `pageNumber` and `pageSize` in, `items` and `paging` out."""
    items = result.find("items") if result and result.find("paging") else None
    asked = {each["name"] for each in parameters if each["in"] == "query"} >= _PAGING
    return items.value.item if asked and items and items.required else None


def _is_page(result: Model | None) -> bool:
    """Whether what comes back is a part of a list, and says which."""
    if result is None or not (result.find("paging") or result.find("totalCount")):
        return False
    return any(found.value.item for found in result.properties)


def _key_attribute(item: Model | None) -> str | None:
    """The attribute that names an item: the UID whose stem its class begins with, the longest first."""
    if item is None:
        return None
    uids = [
        found
        for found in item.properties
        if found.key.endswith("Uid") and item.name.lower().startswith(found.key[:-3].lower())
    ]
    uids.sort(key=lambda found: -len(found.key))
    if not uids:
        uids = [found for found in item.properties if found.key == "uid" and found.required]
    return uids[0].attribute if uids else None


def _texts(operation: dict[str, Any]) -> tuple[str, str]:
    """The description without its summary and without the permissions, and the permissions."""
    text = re.sub(r"<br\s*/?>", "\n", str(operation.get("description") or ""))
    match = re.search(r"^\s*Required permissions?:\s*(.+?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    if match:
        text = text[: match.start()] + text[match.end() :]
    if text.strip().rstrip(".") == str(operation.get("summary") or "").strip().rstrip("."):
        text = ""
    return text.strip(), match[1] if match else ""
