"""Walking an OpenAPI document: what is a schema, what is a name, what is a literal."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Pointer = tuple[str | int, ...]

SCHEMAS = "#/components/schemas/"

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


def json_pointer(pointer: Pointer) -> str:
    """Write a JSON Pointer (RFC 6901) as a URI fragment."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def place(pointer: Pointer, origins: Mapping[Pointer, str]) -> str:
    """Say where a part of the merged document is: its fragment, if one is known, and its pointer.

    Args:
        pointer: The part.
        origins: The fragment that each operation and component came from.
    """
    found = next(
        (origins[pointer[:end]] for end in range(len(pointer), 0, -1) if pointer[:end] in origins), None
    )
    return f"{found}: {json_pointer(pointer)}" if found else f"openapi.json: {json_pointer(pointer)}"


def walk(
    value: Any, pointer: Pointer = (), *, names: bool = False
) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every object of a document that is not inside a literal and not a map of names, with its place."""
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
    """Every `$ref` of a document, with its place."""
    for pointer, found in walk(value):
        if isinstance(found.get("$ref"), str):
            yield (*pointer, "$ref"), found["$ref"]


def lookup(document: Any, reference: str) -> Any:
    """Find what a reference within the document points to.

    Raises:
        LookupError: It points outside the document, to nothing, or to the inside of a component, which no
            class of its own stands for.
    """
    match = re.fullmatch(r"#/components/([^/]+)/([^/]+)", reference)
    if match is None:
        raise LookupError(reference)
    section, key = (step.replace("~1", "/").replace("~0", "~") for step in match.groups())
    return document["components"][section][key]


def resolve(document: Any, value: Any) -> Any:
    """Follow references until something else stands there.

    Raises:
        LookupError: A reference is dangling, or goes in a circle.
    """
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        if reference in seen:
            raise LookupError(reference)
        seen.add(reference)
        value = lookup(document, reference)
    return value
