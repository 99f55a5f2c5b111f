"""References and JSON Pointers: what they lead to, and where a part of a document came from."""

import re
from collections.abc import Mapping
from typing import Any

Pointer = tuple[str | int, ...]

SCHEMAS = "#/components/schemas/"


def lookup(document: Any, reference: str) -> Any:
    """Find what a reference within the document points to."""
    match = re.fullmatch(r"#/components/([^/]+)/([^/]+)", reference)
    if match is None:
        raise LookupError(reference)
    section, key = (step.replace("~1", "/").replace("~0", "~") for step in match.groups())
    return document["components"][section][key]


def resolve(document: Any, value: Any) -> Any:
    """Follow references until something else stands there."""
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        if reference in seen:
            raise LookupError(reference)
        seen.add(reference)
        value = lookup(document, reference)
    return value


def json_pointer(pointer: Pointer) -> str:
    """Write a JSON Pointer (RFC 6901) as a URI fragment."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def location(pointer: Pointer, origins: Mapping[Pointer, str]) -> str:
    """Say where a part of the merged document is: its fragment, if one is known, and its pointer."""
    found = next(
        (origins[pointer[:end]] for end in range(len(pointer), 0, -1) if pointer[:end] in origins), None
    )
    return f"{found}: {json_pointer(pointer)}" if found else f"openapi.json: {json_pointer(pointer)}"
