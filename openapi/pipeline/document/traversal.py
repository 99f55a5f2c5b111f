"""Walking an OpenAPI document: what is a schema, what is a name, what is a literal."""

from collections.abc import Iterator
from typing import Any

from pipeline.document.pointers import Pointer

LITERAL = frozenset({"default", "enum", "const", "example", "examples"})
"""Keywords whose content is data, not schema."""

NAME_MAPS = frozenset(
    {
        "content",
        "encoding",
        "headers",
        "links",
        "mapping",
        "parameters",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "scopes",
        "securitySchemes",
        "variables",
    }
)
"""Keywords whose keys, if they hold an object, are names chosen by people."""


def walk(
    value: Any, pointer: Pointer = (), *, names: bool = False
) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every object of a document that is not inside a literal and not a map of names, with its location."""
    if isinstance(value, dict):
        if not names:
            yield pointer, value
        for key, content in list(value.items()):
            if names or (key not in LITERAL and not key.startswith("x-")):
                yield from walk(content, (*pointer, key), names=not names and key in NAME_MAPS)
    elif isinstance(value, list):
        for position, content in enumerate(value):
            yield from walk(content, (*pointer, position))


def references(value: Any) -> Iterator[tuple[Pointer, str]]:
    """Every `$ref` of a document, with its location."""
    for pointer, found in walk(value):
        if isinstance(found.get("$ref"), str):
            yield (*pointer, "$ref"), found["$ref"]
