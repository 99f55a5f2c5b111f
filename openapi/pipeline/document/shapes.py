"""What kind of schema one is, by its keywords alone."""

from typing import Any

from pipeline.document.references import resolve

REMARKS = frozenset(
    {"title", "description", "nullable", "deprecated", "example", "externalDocs", "default"}
    | {"readOnly", "writeOnly"}
)
"""Keywords that leave open what kind of value a schema describes."""

_OF_PAGE = frozenset({"items", "paging", "pageNumber", "pageSize", "totalCount"})


def is_object(schema: dict[str, Any]) -> bool:
    """Whether a schema describes an object with a class of its own."""
    if "$ref" in schema or "enum" in schema or schema.get("oneOf") or schema.get("anyOf"):
        return False
    return (
        schema.get("type") == "object"
        or ("type" not in schema and bool(schema.get("properties")))
        or bool(schema.get("allOf") and not is_alias(schema))
    )


def is_alias(schema: dict[str, Any]) -> bool:
    """Whether a schema is only another name for the one that it refers to."""
    parts = [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    return len(parts) == 1 and "$ref" in parts[0] and not schema.get("properties")


def is_enum(schema: dict[str, Any]) -> bool:
    """Whether a schema describes an enum with a class of its own."""
    return {type(value) for value in schema.get("enum") or [] if value is not None} in ({str}, {int})


def is_page(document: Any, schema: Any) -> bool:
    """Whether a schema describes a page of a list: its items, and nothing but how they are paged."""
    properties = resolve(document, schema).get("properties", {})
    if not isinstance(properties, dict) or not set(properties) <= _OF_PAGE:
        return False
    return bool(resolve(document, properties.get("items", {})).get("type") == "array")


def without_null(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema without null among its values, and whether null was among them."""
    plain = {keyword: content for keyword, content in schema.items() if keyword != "nullable"}
    if "enum" in plain:
        plain["enum"] = [value for value in plain["enum"] if value is not None]
    return plain, schema.get("nullable") is True or None in schema.get("enum", [])


def or_null(reference: str) -> dict[str, Any]:
    """What a reference, or null, is in OpenAPI 3.0, where keywords beside `$ref` mean nothing."""
    return {"nullable": True, "allOf": [{"$ref": reference}]}
