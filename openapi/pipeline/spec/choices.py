"""Choices (oneOf, anyOf) and recursion, said in ways that the generator takes whole."""

import copy
from collections.abc import Iterator
from typing import Any

from pipeline.document.closure import reachable
from pipeline.document.references import SCHEMAS, resolve
from pipeline.document.shapes import is_enum, is_object
from pipeline.document.traversal import references, walk

_CHOICES = ("oneOf", "anyOf")
_ONLY_CONSTRAINING = frozenset({"required", "minProperties", "maxProperties", "not", "title", "description"})


def spread_choices(document: dict[str, Any]) -> None:
    """Make a choice beside properties or a composition a choice of compositions, in place."""
    for _, schema in walk(document):
        for keyword in _CHOICES:
            if all(set(option) <= _ONLY_CONSTRAINING for option in schema.get(keyword) or ()):
                # Which properties must be there together is for the server to say.
                schema.pop(keyword, None)
    for _, schema in list(walk(document)):
        _lift_choice(document, schema)
        for keyword in _CHOICES:
            beside: dict[str, Any] = {
                key: schema[key] for key in ("properties", "required", "allOf") if key in schema
            }
            if keyword in schema and (beside.get("properties") or beside.get("allOf")):
                parts = list(beside.pop("allOf", []))
                own = [{"type": "object", **beside}] if beside else []
                options = schema[keyword]
                for key in ("properties", "required", "allOf", "type", "additionalProperties"):
                    schema.pop(key, None)
                schema[keyword] = [
                    {"allOf": [*copy.deepcopy(parts), *copy.deepcopy(own), option]} for option in options
                ]
                break


def break_recursion(document: dict[str, Any]) -> None:
    """Let a schema that holds itself without any object between hold any value there, in place."""
    schemas = document["components"].get("schemas", {})
    plain = {key for key, schema in schemas.items() if not is_object(schema) and not is_enum(schema)}

    def held(key: str) -> Iterator[str]:
        for _, reference in references(schemas[key]):
            if (name := reference.removeprefix(SCHEMAS)) in plain:
                yield name

    for key in sorted(plain):
        if key in reachable(held(key), held):
            for _, found in list(walk(schemas[key])):
                reference = found.get("$ref")
                if isinstance(reference, str) and key in reachable([reference.removeprefix(SCHEMAS)], held):
                    del found["$ref"]


def _lift_choice(document: dict[str, Any], schema: dict[str, Any]) -> None:
    """Take a choice that is a part of a composition out of it."""
    parts = schema.get("allOf")
    if not isinstance(parts, list) or any(keyword in schema for keyword in _CHOICES):
        return
    for part in parts:
        whole = resolve(document, part)
        for keyword in _CHOICES:
            if len(whole.get(keyword) or ()) > 1 and len(parts) > 1 and not whole.get("properties"):
                schema["allOf"] = [other for other in parts if other is not part]
                schema[keyword] = copy.deepcopy(whole[keyword])
                if "discriminator" in whole:
                    schema.setdefault("discriminator", copy.deepcopy(whole["discriminator"]))
                return
