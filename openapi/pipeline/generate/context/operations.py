"""What the resource template prints: each operation with its signature, its shape and its documentation."""

import re
from typing import Any

from attrs import frozen
from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.operations import needs_token
from pipeline.document.references import resolve
from pipeline.errors import PipelineError
from pipeline.generate.context.batch import KEYWORDS, BatchView, describe_batch, property_named
from pipeline.generate.context.deprecation import warning_of
from pipeline.generate.context.models import annotation as annotation_of
from pipeline.generate.context.models import model_reader, properties_of
from pipeline.generate.context.parameters import TENANT, Parameters, ParameterView, patterns

_OF_CLIENT = frozenset({"accept", "accept-language", "authorization", "content-type"})
"""Headers that the client sends itself."""

_JSON = "application/json"
_FORMS = frozenset({BodyType.DATA, BodyType.FILES})

_PAGING = ("pageNumber", "pageSize")
_OF_PAGER = frozenset({"page_number", "page_size", "prefetch"})


@frozen
class OperationView:
    """An operation, as source.

    Attributes:
        method: The Python method; its upper case names the constant of the operation.
        name: Resource and method.
        verb: The HTTP method.
        path: The path template, escaped for a double-quoted literal.
        patterns: Per path parameter (escaped), the pattern of its values (escaped).
        arguments: The path parameters without the tenant.
        result: What comes back; for a list, the class of a page.
        body: The type of the body, if there is one.
        body_decoder: The expression of what the body must be.
        body_required: Whether it must be given.
        body_type: Its media type, escaped for a double-quoted literal.
        query: The query parameters, without those of paging for a pager.
        headers: The header parameters.
        joined: The wire names of query lists that are sent in one value, escaped for literals.
        required: The Python names of the query and header parameters that must be given.
        returns: The annotation of what comes back.
        reader: The expression of what reads it.
        may_be_empty: Whether a 204 is a success beside others.
        authenticated: Whether it needs a token.
        accept: The media types that it promises, escaped for a double-quoted literal.
        reads: Whether it is a POST that only reads.
        item: For a pager, the type of its items.
        item_key: For a pager, the attribute that tells items apart.
        batch: For a batch, its shape.
        summary: One line of documentation.
        description: The rest of it.
        permissions: What the reference says is required.
        warning: What to say when it is used though it is deprecated, escaped for a double-quoted literal;
            empty for all others.
        keyword_warnings: The same for those of its keywords that could be left out.
        models: The classes that the signature names.
    """

    method: str
    name: str
    verb: str
    path: str
    patterns: list[tuple[str, str]]
    arguments: list[ParameterView]
    result: str
    body: str | None
    body_decoder: str
    body_required: bool
    body_type: str
    query: list[ParameterView]
    headers: list[ParameterView]
    joined: list[str]
    required: list[str]
    returns: str
    reader: str
    may_be_empty: bool
    authenticated: bool
    accept: str
    reads: bool
    item: str | None
    item_key: str | None
    batch: BatchView | None
    summary: str
    description: str
    permissions: str
    warning: str
    keyword_warnings: list[tuple[str, str]]
    models: set[str]


def describe_operation(
    endpoint: Endpoint, place: tuple[str, str], document: dict[str, Any], siblings: dict[tuple[str, str], str]
) -> OperationView:
    """Describe an operation for the template of its resource.

    Args:
        endpoint: The generator's endpoint.
        place: Path template and method of the operation in the document.
        document: The spec.
        siblings: The names of all operations, per path template and method.

    Raises:
        PipelineError: It needs something that the client can't send.
    """
    path, verb = place
    raw = document["paths"][path][verb]
    name = raw["operationId"]
    where = f"{name} ({verb.upper()} {path})"
    body = _body(endpoint, where)
    returns, reader, results = _answer(endpoint)
    result = results[0] if len(results) == 1 else None
    resource = name.partition(".")[0]
    own = {at: sibling for at, sibling in siblings.items() if sibling.startswith(f"{resource}.")}
    headers_of_caller = [
        found
        for found in endpoint.header_parameters
        if found.name.get_untrusted_value().lower() not in _OF_CLIENT
    ]
    body_type = next(iter(raw.get("requestBody", {}).get("content", {})), _JSON)
    batch = None
    # The method of a batch has no keywords of the query's: it would lose them.
    if body is not None and verb == "post" and not endpoint.query_parameters and not headers_of_caller:
        batch = describe_batch(body, result, path, own)
    items = _paged_items(endpoint, result)
    more = KEYWORDS if batch else _OF_PAGER if items is not None else frozenset[str]()
    parameters = Parameters.of(place, document, more=more)
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
    used = [*_classes(body), *(each for found in results for each in _classes(found))]
    if batch:
        used += [
            found
            for found in _classes(body, inside=True)
            if found.class_info.name in dict(batch.lists).values()
        ]
    for found in [*endpoint.path_parameters, *endpoint.query_parameters, *endpoint.header_parameters]:
        used.extend(_classes(found))
    if items is not None:
        used.extend(_classes(items))
    return OperationView(
        method=name.partition(".")[2],
        name=name,
        verb=verb.upper(),
        path=in_double_quote_literal(path),
        patterns=patterns(document, parameters.raw),
        arguments=arguments,
        result=_result(returns, results),
        body=None if body is None else annotation_of(body, ""),
        body_decoder=_body_decoder(body),
        body_required=body is not None and body.required,
        body_type=in_double_quote_literal(body_type),
        query=query,
        headers=headers,
        joined=[
            in_double_quote_literal(each["name"])
            for each in parameters.raw
            if each["in"] == "query"
            and each.get("explode") is False
            and resolve(document, each["schema"]).get("type") == "array"
        ],
        required=[each.name for each in query + headers if each.required],
        returns=returns,
        reader=reader,
        may_be_empty=returns.endswith(" | None"),
        authenticated=needs_token(raw),
        accept=in_double_quote_literal(", ".join(_promised(raw)) or _JSON),
        reads=verb == "post" and items is None and _is_page(result),
        item=None if items is None else items.get_type_string(no_optional=True).as_unembedded_code(),
        item_key=None if items is None else _key_attribute(items),
        batch=batch,
        summary=" ".join(str(raw.get("summary") or name).split()),
        description=text,
        permissions=permissions,
        warning=warning_of(name, raw) if raw.get("deprecated") is True else "",
        keyword_warnings=[(each.name, each.warning) for each in query + headers if each.warning],
        models={str(found.class_info.name) for found in used},
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


def _answer(endpoint: Endpoint) -> tuple[str, str, list[Any]]:
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
                found[annotation] = model_reader(response.prop, models="models.")
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


def _body_decoder(body: Any) -> str:
    """The expression of what the body must be: a class, or a decoder of another type."""
    if isinstance(body, ModelProperty):
        return f"models.{body.class_info.name}"
    return "None" if body is None else model_reader(body, models="models.")


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


def _classes(property_: Any, *, inside: bool = False) -> list[Any]:
    match property_:
        case ModelProperty() if inside:
            return [found for held in properties_of(property_) for found in _classes(held)]
        case ModelProperty() | EnumProperty():
            return [property_]
        case ListProperty():
            return _classes(property_.inner_property)
        case UnionProperty():
            return [found for kind in property_.inner_properties for found in _classes(kind)]
        case _:
            return []


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
