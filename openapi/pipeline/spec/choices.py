"""Choices (oneOf, anyOf) and recursion, said in ways that the generator takes whole."""

import copy
from collections.abc import Iterator
from typing import Any

from pipeline.document.references import SCHEMAS, resolve
from pipeline.document.shapes import is_enum, is_object
from pipeline.document.traversal import reachable, references, walk

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
        chosen = next((keyword for keyword in _CHOICES if keyword in schema), None)
        if chosen and (schema.get("properties") or schema.get("allOf")):
            parts = schema.pop("allOf", [])
            own = {key: schema.pop(key) for key in ("properties", "required") if key in schema}
            if own:
                parts = [*parts, {"type": "object", **own}]
            for key in ("type", "additionalProperties"):
                schema.pop(key, None)
            schema[chosen] = [{"allOf": [*copy.deepcopy(parts), option]} for option in schema[chosen]]


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
    parts = schema.get("allOf", [])
    if len(parts) < 2 or any(keyword in schema for keyword in _CHOICES):
        return
    for part in parts:
        whole = resolve(document, part)
        for keyword in _CHOICES:
            if len(whole.get(keyword) or ()) > 1 and not whole.get("properties"):
                schema["allOf"] = [other for other in parts if other is not part]
                schema[keyword] = copy.deepcopy(whole[keyword])
                if "discriminator" in whole:
                    schema.setdefault("discriminator", copy.deepcopy(whole["discriminator"]))
                return
