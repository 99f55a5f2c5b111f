"""References within a document: what they point to."""

import re
from typing import Any

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
