"""What published schemas say in ways that the generator does not understand, said by rule in ways it does.

The rules change nothing of what is sent, except where a comment says why. They may be applied again.
"""

from typing import Any

from pipeline.document.references import SCHEMAS, resolve
from pipeline.document.shapes import is_alias, is_enum, is_object, or_null, without_null
from pipeline.document.traversal import references, walk

_REMARKS = frozenset(
    {
        "title",
        "description",
        "nullable",
        "deprecated",
        "example",
        "externalDocs",
        "default",
        "readOnly",
        "writeOnly",
    }
)
"""Keywords that leave open what kind of value a schema describes."""

_TEXT_FORMATS = frozenset({"uuid", "byte", "binary"})
"""Formats that are texts in JSON, and stay so: a UUID object, for one, writes other letters than it read."""


def normalise(document: dict[str, Any]) -> None:
    """Apply every rule for schemas to a document, in place."""
    for _, schema in walk(document):
        if schema.get("type") == "string" and schema.get("format") in _TEXT_FORMATS:
            del schema["format"]
        # Names of enum members are ours to give (see members.py).
        schema.pop("x-enum-varnames", None)
        _drop_remarks(schema)
        _expect_items(document, schema)
    _follow_aliases(document)
    _move_null(document)


def _drop_remarks(schema: dict[str, Any]) -> None:
    """A part of a composition that only remarks on it is no part: move its remarks to the whole."""
    parts = schema.get("allOf")
    if isinstance(parts, list):
        remarks = [part for part in parts if part and set(part) <= _REMARKS]
        kept = [part for part in parts if part not in remarks]
        if remarks and kept:
            schema["allOf"] = kept
            for part in remarks:
                for keyword, content in part.items():
                    schema.setdefault(keyword, content)


def _expect_items(document: dict[str, Any], schema: dict[str, Any]) -> None:
    """An envelope promises its items; of `paging`, the runtime can do without."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not {"items", "paging"} <= set(properties):
        return
    if resolve(document, properties["items"]).get("type") == "array":
        schema["required"] = ["items"]


def _follow_aliases(document: dict[str, Any]) -> None:
    """Lead references past components that are only references themselves."""
    schemas = document["components"].get("schemas", {})
    for _, found in walk(document):
        reference = found.get("$ref")
        while isinstance(reference, str) and reference.startswith(SCHEMAS):
            target = schemas[reference.removeprefix(SCHEMAS)]
            if "$ref" not in target:
                found["$ref"] = reference
                break
            reference = target["$ref"]


def _move_null(document: dict[str, Any]) -> None:
    """Where a class of its own may be null, say so at each place that uses it, not in the class."""
    schemas = document["components"].get("schemas", {})
    nullable: set[str] = set()
    for key, schema in schemas.items():
        plain, null = without_null(schema)
        if null and (is_object(plain) or is_enum(plain)):
            nullable.add(SCHEMAS + key)
            schemas[key] = plain
    for pointer, reference in list(references(document)):
        if reference in nullable and pointer[-3] != "allOf":
            home: Any = document
            for step in pointer[:-2]:
                home = home[step]
            home[pointer[-2]] = or_null(reference)
        elif reference in nullable:
            whole: Any = document
            for step in pointer[:-3]:
                whole = whole[step]
            if is_alias(whole):
                whole["nullable"] = True
