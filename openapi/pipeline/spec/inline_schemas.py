"""Inline objects and enums become components, so that every class has a name of its own.

Equal ones that want the same name become one component; equal envelopes (`items` and `paging`) are
`<Item>Page`. Which component each location has is remembered: a page vendored later can't take its name.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from attrs import Factory, define, frozen

from pipeline.document.closure import reachable_references
from pipeline.document.operations import operations, title_of
from pipeline.document.references import SCHEMAS
from pipeline.document.shapes import is_enum, is_object, is_page, or_null, without_null
from pipeline.document.traversal import walk
from pipeline.naming.classes import stem
from pipeline.naming.methods import schema_name
from pipeline.naming.words import singular


@frozen
class _Found:
    """An inline schema: where it stood, the name that it wants, and itself."""

    location: str
    name: str
    schema: dict[str, Any]


@define
class InlineSchemas:
    """Moves inline objects and enums of a document to its components."""

    document: dict[str, Any]
    recorded: Mapping[str, str]  # the component of its own that each location had when it was published
    names: Mapping[str, str]  # the names of the operations
    locations: dict[str, str] = Factory(dict)  # the same as it is now
    # Components that had to get out of the way of a published one: old key per new key.
    moved: dict[str, str] = Factory(dict)
    _found: list[_Found] = Factory(list)
    _published: frozenset[str] | None = None

    def __attrs_post_init__(self) -> None:
        self.locations = dict(self.recorded)

    def run(self) -> None:
        """Move everything that is inline; may be called again after changes."""
        self._found.clear()
        schemas = self.document["components"].setdefault("schemas", {})
        if self._published is None:
            self._published = frozenset(schemas)
        for key in list(schemas):
            self._parts(schemas[key], key, stem(key))
        for key, parameter in self.document["components"].get("parameters", {}).items():
            self._parameter(parameter, f"parameter {key}", "")
        for path, method, operation in operations(self.document):
            self._operation(operation, title_of(path, method))
        meanings = {key: _meaning(schema, self._found) for key, schema in schemas.items()}
        keys: dict[int, str] = {}
        # What was published comes first, and the rest in an order that is not the document's.
        for number, found in sorted(
            enumerate(self._found), key=lambda each: (each[1].location not in self.recorded, each[1].location)
        ):
            keys[number] = self._key(found, meanings, self._published)
        for number, found in enumerate(self._found):
            schemas.setdefault(keys[number], found.schema)
        for _, holder in walk(self.document):
            reference = holder.get("$ref")
            if isinstance(reference, str) and (temporary := _temporary(reference)) is not None:
                holder["$ref"] = SCHEMAS + keys[temporary]

    def _key(self, found: _Found, meanings: dict[str, Any], published: frozenset[str]) -> str:
        meaning = _meaning(found.schema, self._found)
        remembered = self.recorded.get(found.location)
        others = {key for key in self.recorded.values() if key != remembered}
        key = next(
            key
            for key in chain([remembered] if remembered else [], _numbered(found.name))
            if meanings.get(key) == meaning or (key not in meanings and key not in others)
        )
        if remembered in published and key != remembered:
            self.moved[key] = remembered
        meanings.setdefault(key, meaning)
        if key in published:
            self.locations.pop(found.location, None)
        else:
            self.locations[found.location] = key
        return key

    def _operation(self, operation: dict[str, Any], location: str) -> None:
        name = self.names[location]
        body = operation.get("requestBody", {})
        for owner, suffix, at in (
            (body, "Request", "body"),
            *((response, "Response", status) for status, response in operation["responses"].items()),
        ):
            base = schema_name(name, sent=owner is body)
            for media in owner.get("content", {}).values():
                key = media.pop("x-key", base + suffix)
                if "schema" in media:
                    media["schema"] = self._extracted(media["schema"], f"{location} {at}", key)
        for parameter in operation.get("parameters", []):
            at = f"{location} {parameter.get('in')} {parameter.get('name')}"
            self._parameter(parameter, at, schema_name(f"{name.partition('.')[0]}.get", sent=False))

    def _parameter(self, parameter: dict[str, Any], location: str, resource: str) -> None:
        if "schema" in parameter:
            name = _pascal(parameter["name"])
            name = name if name.startswith(resource) else resource + name
            parameter["schema"] = self._extracted(parameter["schema"], location, name)

    def _parts(self, schema: dict[str, Any], location: str, key: str) -> None:
        """Extract what stands inside a schema."""
        name = stem(key)
        # Of what is sent and what comes back, the key still says which it is.
        suffix = key.removeprefix(name)
        for part in schema.get("allOf", []):
            # A part of a composition is no class of its own; what stands inside it may be.
            self._parts(part, location, key)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                schema[keyword] = [
                    self._extracted(
                        option, f"{location}/{keyword}/{number}", _option(name, option, number) + suffix
                    )
                    for number, option in enumerate(schema[keyword], 1)
                ]
        for property_, content in schema.get("properties", {}).items():
            own = name + _pascal(property_) + suffix
            schema["properties"][property_] = self._extracted(content, f"{location}/{property_}", own)
        if "items" in schema:
            schema["items"] = self._extracted(schema["items"], f"{location}[]", _item(name) + suffix)
        if isinstance(schema.get("additionalProperties"), dict):
            schema["additionalProperties"] = self._extracted(
                schema["additionalProperties"], f"{location}{{}}", f"{name}Value{suffix}"
            )

    def _extracted(self, schema: dict[str, Any], location: str, key: str) -> dict[str, Any]:
        """What to put in place of a schema: a reference, if it has a class of its own."""
        if "$ref" in schema:
            return schema
        self._parts(schema, location, key)
        plain, null = without_null(schema)
        if not is_object(plain) and not is_enum(plain):
            return schema
        # Of this location, not of the class, which other locations may share.
        deprecated = {"deprecated": True} if plain.pop("deprecated", None) is True else {}
        self._found.append(_Found(location, _envelope_name(plain) or key, plain))
        reference = f"{SCHEMAS}<{len(self._found) - 1}>"
        return (or_null(reference) if null else {"$ref": reference}) | deprecated


def name_bodies(document: dict[str, Any]) -> None:
    """Before bodies and answers are inlined: remember the component of each, to name its schema by."""
    for section in ("requestBodies", "responses"):
        for key, owner in document["components"].get(section, {}).items():
            for media in owner.get("content", {}).values():
                media["x-key"] = key


def prune(document: dict[str, Any]) -> None:
    """Drop components that no operation leads to."""
    components = document["components"]
    reached = reachable_references(document, document["paths"])
    for section in list(components):
        if section != "securitySchemes":
            components[section] = {
                key: content
                for key, content in components[section].items()
                if f"#/components/{section}/{key}" in reached
            }
            if not components[section]:
                del components[section]


def _pascal(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", text)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Unnamed"


def _option(name: str, option: dict[str, Any], number: int) -> str:
    """The name of an option of a choice: after what it refers to, if it does."""
    found = [stem(part["$ref"].removeprefix(SCHEMAS)) for part in option.get("allOf", []) if "$ref" in part]
    if not found:
        return f"{name}Option{number}"
    return found[-1] if found[-1].startswith(name) else name + found[-1]


def _item(name: str) -> str:
    """The name of an item of a list: the singular of the list's, if its name is in the plural."""
    head, last = re.fullmatch(r"(.*?)([A-Z]?[a-z0-9]*)", name, re.DOTALL).groups()  # type: ignore[union-attr]  # matches any text
    one = singular(last.lower())
    return f"{head}{one.capitalize()}" if one != last.lower() else f"{name}Item"


def _numbered(name: str) -> Iterator[str]:
    yield name
    base = stem(name)
    number = 2
    while True:
        yield f"{base}{number}{name.removeprefix(base)}"
        number += 1


def _temporary(reference: str) -> int | None:
    match = re.fullmatch(SCHEMAS + r"<(\d+)>", reference)
    return int(match[1]) if match else None


def _envelope_name(schema: dict[str, Any]) -> str | None:
    items = schema.get("properties", {}).get("items", {})
    item = items.get("items", {}).get("$ref", "") if isinstance(items.get("items", {}), dict) else ""
    if is_page({}, schema) and item and _temporary(item) is None:
        return f"{stem(item.removeprefix(SCHEMAS))}Page"
    return None


def _meaning(value: Any, found: list[_Found], *, names: bool = False) -> Any:
    """A schema without its texts, and with what stood inline in it, for comparing."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and (number := _temporary(reference)) is not None:
            return _meaning(found[number].schema, found)
        return {
            key: _meaning(content, found, names=not names and key == "properties")
            for key, content in value.items()
            if names or not (key in {"description", "title", "summary"} and isinstance(content, str))
        }
    if isinstance(value, list):
        return [_meaning(content, found) for content in value]
    return (type(value), value)
