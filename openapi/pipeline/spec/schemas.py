"""What published schemas say in ways that the generator does not understand, said by rule in ways it does.

The rules change nothing of what is sent, except where a comment says why. They may be applied again.
"""

from collections.abc import Iterator
from typing import Any

from pipeline.document.operations import is_json, media_types, operations
from pipeline.document.references import SCHEMAS, lookup, resolve
from pipeline.document.shapes import REMARKS, is_alias, is_enum, is_object, is_page, or_null, without_null
from pipeline.document.traversal import reachable_references, walk
from pipeline.spec.choices import break_recursion, spread_choices

_TEXT_FORMATS = frozenset({"uuid", "byte", "binary"})
"""Formats that are texts in JSON, and stay so: a UUID object, for one, writes other letters than it read."""


def normalise(document: dict[str, Any]) -> None:
    """Apply every rule for schemas to a document, in place."""
    spread_choices(document)
    files = {id(schema) for schema in _in_forms(document)}
    for _, schema in walk(document):
        if (
            schema.get("type") == "string"
            and schema.get("format") in _TEXT_FORMATS
            and id(schema) not in files
        ):
            del schema["format"]
        if schema.get("type") == "array":
            schema.setdefault("items", {})
        _drop_remarks(schema)
        _drop_enum(schema)
    _expect_items(document)
    _follow_aliases(document)
    break_recursion(document)
    _move_null(document)


def _in_forms(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of what is no JSON: a text of the format `binary` is a file there."""
    for _, _, operation in operations(document):
        for _, key, media in media_types(operation):
            if not is_json(key):
                reached = [lookup(document, each) for each in reachable_references(document, media)]
                yield from (schema for part in (media, *reached) for _, schema in walk(part))


def _drop_remarks(schema: dict[str, Any]) -> None:
    """A part of a composition that only remarks on it is no part: move its remarks to the whole."""
    parts = schema.get("allOf")
    if isinstance(parts, list):
        remarks = [part for part in parts if part and set(part) <= REMARKS]
        kept = [part for part in parts if part not in remarks]
        if remarks and kept:
            schema["allOf"] = kept
            for part in remarks:
                for keyword, content in part.items():
                    schema.setdefault(keyword, content)


def _drop_enum(schema: dict[str, Any]) -> None:
    """An enum of numbers, or of values of several types, has no class: any value of its type is taken."""
    mixed = any(value is not None for value in schema.get("enum") or ()) and not is_enum(schema)
    if mixed and schema.get("type") != "boolean":
        del schema["enum"]
    elif is_enum(schema):
        # A value that is listed twice is one member.
        schema["enum"] = list(dict.fromkeys(schema["enum"]))


def _expect_items(document: dict[str, Any]) -> None:
    """A page of a list promises its items; of `paging`, the runtime can do without."""
    pages = [schema for _, schema in walk(document) if "paging" in schema.get("properties", ())]
    for _, _, operation in operations(document):
        given = {resolve(document, each).get("name") for each in operation.get("parameters", [])}
        if {"pageNumber", "pageSize"} <= given:
            pages.extend(
                resolve(document, media.get("schema", {}))
                for part, _, media in media_types(operation)
                if part.startswith("2")
            )
    for schema in pages:
        if is_page(document, schema):
            schema["required"] = ["items"]


def _follow_aliases(document: dict[str, Any]) -> None:
    """Lead references past components that are only references themselves."""
    schemas = document["components"].get("schemas", {})
    for _, found in walk(document):
        while "$ref" in schemas.get(str(found.get("$ref")).removeprefix(SCHEMAS), {}):
            found["$ref"] = schemas[found["$ref"].removeprefix(SCHEMAS)]["$ref"]


def _move_null(document: dict[str, Any]) -> None:
    """Where a class of its own may be null, say so at each place that uses it, not in the class."""
    schemas = document["components"].get("schemas", {})
    nullable: set[str] = set()
    for key, schema in schemas.items():
        plain, null = without_null(schema)
        if null and (is_object(plain) or is_enum(plain)):
            nullable.add(SCHEMAS + key)
            schemas[key] = plain
    for pointer, found in list(walk(document)):
        reference = found.get("$ref")
        if reference in nullable and pointer[-2] != "allOf":
            found.clear()
            found.update(or_null(reference))
        elif is_alias(found) and any(part["$ref"] in nullable for part in found.get("allOf", [])):
            found["nullable"] = True
