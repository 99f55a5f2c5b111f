"""The document that the sandbox is held to: openapi.json, and what only a server can know.

The reference is silent on which tenants there are, how long a UID or how large a number may be, where pages
begin, what a list can be sorted by, and which fields of an error are always there. A server has to decide,
and the sandbox did. Each rule below writes one of its decisions into a copy of the document, so that requests
within the limits have to be taken, requests beyond them have to be refused, and no error may lack a field.
Nothing that the reference says is taken back.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from flow_retail_sandbox.spec.validators import LARGEST_INTEGER, LONGEST_UID

Json = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Give every operation: its method in capitals, its path template and what is said of it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method.upper(), path, operation


def resolved(document: Json, node: Json) -> Json:
    """Follow references until something else comes."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def properties(document: Json, schema: Json) -> Json:
    """Give an object's properties, those of its `allOf` included."""
    schema = resolved(document, schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= properties(document, part)
    return found


def sandbox_document(published: Json, tenant: str) -> Json:
    """Write the sandbox's decisions into a copy of the document.

    Args:
        published: The document as the client's users have it.
        tenant: The one tenant that requests are made for.

    Returns:
        The copy.
    """
    document = deepcopy(published)
    _each_schema(document, _limit_integer)
    _each_schema(document, _limit_uid)
    for _, _, operation in operations(document):
        _name_tenant(operation, tenant)
        _sort_by_fields(document, operation)
        _require_error_fields(document, operation)
    _begin_pages(document)
    return document


def _each_schema(node: Any, change: Callable[[Json], None]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            change(node)
        for child in node.values():
            _each_schema(child, change)
    elif isinstance(node, list):
        for child in node:
            _each_schema(child, change)


def _limit_integer(schema: Json) -> None:
    if schema["type"] == "integer":
        schema.setdefault("minimum", -LARGEST_INTEGER)
        schema.setdefault("maximum", LARGEST_INTEGER)


def _limit_uid(schema: Json) -> None:
    if schema["type"] == "string" and isinstance(schema.get("pattern"), str):
        # The reference's patterns of UIDs lack their end; whatever follows a good beginning would be one.
        schema["pattern"] = schema["pattern"].removesuffix("$") + "$"
        schema.setdefault("maxLength", LONGEST_UID)


def _begin_pages(document: Json) -> None:
    first = {"pageNumber": 0, "pageSize": 1}
    for parameter in document["components"]["parameters"].values():
        if parameter["name"] in first:
            parameter["schema"]["minimum"] = first[parameter["name"]]


def _name_tenant(operation: Json, tenant: str) -> None:
    for parameter in operation.get("parameters", []):
        if parameter.get("name") == "tenantUid":
            parameter["schema"] = {"type": "string", "enum": [tenant]}


def _sort_by_fields(document: Json, operation: Json) -> None:
    """A list is sorted by any field of its records that holds one value, and by nothing else."""
    parameters = operation.get("parameters", [])
    for place, parameter in enumerate(parameters):
        sort_by = resolved(document, parameter)
        if sort_by["name"] == "sortBy":
            page = operation["responses"]["200"]["content"]["application/json"]["schema"]
            record = resolved(document, properties(document, page)["items"])["items"]
            fields = [
                name
                for name, schema in properties(document, record).items()
                if resolved(document, schema).get("type") in {"string", "integer", "number", "boolean"}
            ]
            parameters[place] = {**sort_by, "schema": {"type": "string", "enum": sorted(fields)}}


def _require_error_fields(document: Json, operation: Json) -> None:
    for status, response in operation["responses"].items():
        if status[0] in "45":
            content = resolved(document, response)["content"]["application/json"]
            error = resolved(document, content["schema"])
            error["required"] = sorted(error["properties"])
            for field in error["properties"].values():
                field["minLength"] = 1
