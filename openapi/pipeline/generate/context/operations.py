"""What the resource template prints: each operation with its signature, its shape and its documentation."""

import re
from typing import Any

from attrs import frozen
from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.operations import needs_token
from pipeline.document.references import resolve
from pipeline.errors import PipelineError
from pipeline.generate.context.batch import KEYWORDS, BatchContext, batch_context, property_named
from pipeline.generate.context.deprecation import warning_of
from pipeline.generate.context.discriminators import Discriminators
from pipeline.generate.context.models import annotation as annotation_of
from pipeline.generate.context.models import model_reader, properties_of, used_classes
from pipeline.generate.context.parameters import TENANT, ParameterContext, Parameters, patterns
from pipeline.generate.context.source import Source

_OF_CLIENT = frozenset({"accept", "accept-language", "authorization", "content-type"})
"""Headers that the client sends itself."""

_JSON = "application/json"
_FORMS = frozenset({BodyType.DATA, BodyType.FILES})

_PAGING = ("pageNumber", "pageSize")
_OF_PAGER = frozenset({"page_number", "page_size", "prefetch"})


@frozen
class OperationContext:
    """An operation, as source."""

    method: str
    name: str
    verb: str
    path: str
    declaration: list[tuple[str, str]]
    """What the constant declares beside name, verb and path: keywords and expressions."""
    result: str
    """What comes back; for a list, the class of a page."""
    arguments: list[ParameterContext]
    body: str | None
    body_required: bool
    query: list[ParameterContext]
    headers: list[ParameterContext]
    returns: str
    item: str | None
    """The type of the items of a pager."""
    batch: BatchContext | None
    summary: str
    description: str
    permissions: str
    warning: str
    """What to say when it is used though it is deprecated, escaped for a double-quoted literal."""
    keyword_warnings: list[tuple[str, str]]
    models: set[str]
    """The classes that the signature names."""


def operation_context(
    endpoint: Endpoint,
    place: tuple[str, str],
    document: dict[str, Any],
    siblings: dict[tuple[str, str], str],
    discriminators: Discriminators,
) -> OperationContext:
    """Describe an operation for the template of its resource."""
    path, verb = place
    raw = document["paths"][path][verb]
    name = raw["operationId"]
    body = _body(endpoint, f"{name} ({verb.upper()} {path})")
    returns, reader, results = _answer(endpoint, discriminators)
    result = results[0] if len(results) == 1 else None
    headers_of_caller = [
        found
        for found in endpoint.header_parameters
        if found.name.get_untrusted_value().lower() not in _OF_CLIENT
    ]
    batch = None
    # The method of a batch has no keywords of the query's: it would lose them.
    if body is not None and verb == "post" and not endpoint.query_parameters and not headers_of_caller:
        resource = name.partition(".")[0]
        own = {at: sibling for at, sibling in siblings.items() if sibling.startswith(f"{resource}.")}
        batch = batch_context(name, body, result, path, own)
    items = _paged_items(endpoint, result)
    parameters = Parameters.of(
        place, document, more=KEYWORDS if batch else _OF_PAGER if items is not None else frozenset()
    )
    arguments = [
        parameters.describe(found, "path") for found in endpoint.path_parameters if found.name != TENANT
    ]
    query = [
        parameters.describe(found, "query")
        for found in endpoint.query_parameters
        if items is None or found.name.get_untrusted_value() not in _PAGING
    ]
    headers = [parameters.describe(found, "header") for found in headers_of_caller]
    text, permissions = _texts(raw)
    used = [body, *results, items, *endpoint.path_parameters]
    used += [*endpoint.query_parameters, *endpoint.header_parameters]
    names = {str(each.class_info.name) for found in used for each in used_classes(found)}
    declared: dict[str, Any] = {
        "patterns": patterns(document, parameters.raw),
        "query": {each.name: each.key for each in query},
        "joined": _joined(document, parameters.raw),
        "headers": {each.name: each.key for each in headers},
        "arguments": tuple(each.name for each in arguments),
        "required": tuple(each.name for each in query + headers if each.required),
        "body": None if body is None else Source(_body_decoder(body, discriminators)),
        "body_required": body is not None and body.required,
        "body_type": next(iter(raw.get("requestBody", {}).get("content", {})), _JSON),
        "returns": Source(reader) if reader != "None" else None,
        "may_be_empty": returns.endswith(" | None"),
        "paged": items is not None,
        "record_key": None if items is None else _key_attribute(items),
        "batch": batch.declaration if batch else None,
        "idempotent": verb == "post" and items is None and _is_page(result),
        "authenticated": needs_token(raw),
        "accept": ", ".join(_promised(raw)) or _JSON,
    }
    usual = {"authenticated": True, "body_type": _JSON, "accept": _JSON}
    return OperationContext(
        method=name.partition(".")[2],
        name=name,
        verb=verb.upper(),
        path=in_double_quote_literal(path),
        # What is usual is what core assumes.
        declaration=[
            (key, repr(value))
            for key, value in declared.items()
            if (value != usual[key] if key in usual else value)
        ],
        result=_result(returns, results),
        arguments=arguments,
        body=None if body is None else annotation_of(body, ""),
        body_required=body is not None and body.required,
        query=query,
        headers=headers,
        returns=returns,
        item=None if items is None else items.get_type_string(no_optional=True).as_unembedded_code(),
        batch=batch,
        summary=" ".join(str(raw.get("summary") or name).split()),
        description=text,
        permissions=permissions,
        warning=warning_of(name, raw) if raw.get("deprecated") is True else "",
        keyword_warnings=[(each.name, each.warning) for each in query + headers if each.warning],
        models=names | ({model for _, model in batch.lists} if batch else set()),
    )


def _joined(document: dict[str, Any], parameters: list[dict[str, Any]]) -> tuple[str, ...]:
    """The lists of the query that are sent in one value."""
    return tuple(
        each["name"]
        for each in parameters
        if each["in"] == "query"
        and each.get("explode") is False
        and resolve(document, each["schema"]).get("type") == "array"
    )


def _body(endpoint: Endpoint, where: str) -> Any:
    if not endpoint.bodies:
        return None
    body = endpoint.bodies[0]
    if len(endpoint.bodies) > 1:
        raise PipelineError(
            f"{where}: its body has several media types. Remove all but one in openapi/overlay.yaml."
        )
    if body.body_type in _FORMS and not isinstance(body.prop, ModelProperty):
        raise PipelineError(
            f"{where}: its body is a form, which only an object describes. "
            "Correct it in openapi/overlay.yaml."
        )
    return body.prop


def _promised(raw: dict[str, Any]) -> dict[str, None]:
    """The media types of success, in their order."""
    found = [response.get("content", {}) for status, response in raw["responses"].items() if status[0] == "2"]
    return dict.fromkeys(key for content in found for key in content)


def _answer(endpoint: Endpoint, discriminators: Discriminators) -> tuple[str, str, list[Any]]:
    """Annotation, reader and properties of what comes back on success."""
    found: dict[str, str] = {}
    results: list[Any] = []
    empty: set[int] = set()
    for response in endpoint.responses.patterns:
        if response.status_code.range is None or not 200 <= response.status_code.range[0] < 300:
            continue
        kind = response.source["return_type"]
        if kind == "None":
            empty.add(response.status_code.range[0])
        elif kind in {"bytes", "str"}:
            found[kind] = "BYTES" if kind == "bytes" else "TEXT"
        else:
            annotation = response.prop.get_type_string().as_unembedded_code()
            if annotation not in found:
                found[annotation] = model_reader(response.prop, discriminators, models="models.")
                results.append(response.prop)
    mixed = len(found) > 1 and len(results) < len(found)
    if not found or mixed or (empty and empty != {204}):
        # Some success without content, or texts beside JSON: nothing is promised that could always be read.
        return "None", "None", []
    annotation = " | ".join(sorted(found))
    reader = next(iter(found.values()))
    if len(found) > 1:
        kinds = " | ".join(annotation_of(result, "models.") for result in results)
        reader = f"UnionDecoder[{kinds}](({', '.join(found.values())},))"
    elif results and isinstance(results[0], ModelProperty):
        reader = f"models.{annotation}"
    # The client itself gives None for a 204.
    return f"{annotation} | None" if empty else annotation, reader, results


def _result(returns: str, results: list[Any]) -> str:
    """The annotation of what comes back, each class behind `models`."""
    if not results:
        return returns
    absent = ["None"] if returns.endswith(" | None") else []
    return " | ".join([*(annotation_of(one, "models.") for one in results), *absent])


def _body_decoder(body: Any, discriminators: Discriminators) -> str:
    """The expression of what the body must be: a class, or a decoder of another type."""
    if isinstance(body, ModelProperty):
        return f"models.{body.class_info.name}"
    return "None" if body is None else model_reader(body, discriminators, models="models.")


def _paged_items(endpoint: Endpoint, result: Any) -> Any:
    """The items of a list read in pages: `pageNumber` and `pageSize` in, `items` and `paging` out."""
    if not set(_PAGING) <= {found.name.get_untrusted_value() for found in endpoint.query_parameters}:
        return None
    items = property_named(result, "items")
    if not isinstance(items, ListProperty) or not items.required or property_named(result, "paging") is None:
        return None
    return items.inner_property


def _is_page(result: Any) -> bool:
    """Whether what comes back is a part of a list, and says which."""
    paged = property_named(result, "paging") or property_named(result, "totalCount")
    return paged is not None and any(isinstance(found, ListProperty) for found in properties_of(result))


def _key_attribute(item: Any) -> str | None:
    """The attribute that names an item: the UID whose stem its class begins with, the longest first."""
    if not isinstance(item, ModelProperty):
        return None
    class_name = str(item.class_info.name).lower()
    uids = [
        found
        for found in properties_of(item)
        if (key := found.name.get_untrusted_value()).endswith("Uid")
        and class_name.startswith(key[:-3].lower())
    ]
    uids.sort(key=lambda found: -len(found.name.get_untrusted_value()))
    if not uids:
        required = [
            found for found in item.required_properties or [] if found.name.get_untrusted_value() == "uid"
        ]
        return str(required[0].python_name) if required else None
    return str(uids[0].python_name)


def _texts(operation: dict[str, Any]) -> tuple[str, str]:
    """The description without its summary and without the permissions, and the permissions."""
    text = re.sub(r"<br\s*/?>", "\n", str(operation.get("description") or ""))
    match = re.search(r"^\s*Required permissions?:\s*(.+?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    permissions = match[1] if match else ""
    if match:
        text = text[: match.start()] + text[match.end() :]
    if text.strip().rstrip(".") == str(operation.get("summary") or "").strip().rstrip("."):
        text = ""
    return text.strip(), permissions
