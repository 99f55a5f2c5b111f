"""Inline objects and enums become components, so that every class has a name of its own.

Equal ones that want the same name become one component; equal envelopes (`items` and `paging`) are
`<Item>Page`. Which component each location has is remembered: a page vendored later can't take its name.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, count
from typing import Any

from attrs import Factory, define

from pipeline.document.differences import differences, only_texts
from pipeline.document.operations import media_types, operations, title_of
from pipeline.document.references import SCHEMAS
from pipeline.document.shapes import is_enum, is_object, is_page, or_null, without_null
from pipeline.document.traversal import reachable_references
from pipeline.naming.classes import stem
from pipeline.naming.methods import schema_name
from pipeline.naming.words import singular


@define
class _Inline:
    """An inline schema: where it stands, the name that it wants, and the one that it gets."""

    location: str
    name: str
    home: Any
    step: str | int
    key: str = ""

    @property
    def component(self) -> dict[str, Any]:
        """The schema as a component: whether it is deprecated or may be null, its location says."""
        plain, _ = without_null(self.home[self.step])
        return {keyword: content for keyword, content in plain.items() if keyword != "deprecated"}


@define
class InlineSchemas:
    """Moves inline objects and enums of a document to its components."""

    recorded: Mapping[str, str]  # the component of its own that each location had when it was published
    published: frozenset[str]  # the components that were published as such
    locations: dict[str, str] = Factory(lambda self: dict(self.recorded), takes_self=True)  # as it is now
    # Components that had to get out of the way of a published one: new key per old key.
    moved: dict[str, str] = Factory(dict)

    def move(self, document: dict[str, Any], names: Mapping[str, str]) -> None:
        """Move everything that is inline, given the names of the operations; may be called again."""
        schemas = document["components"].setdefault("schemas", {})
        found = [*_in_document(document, names)]
        known = dict(schemas)
        # What was published comes first, and the rest in an order that is not the document's.
        for each in sorted(found, key=lambda each: (each.location not in self.recorded, each.location)):
            each.key = self._key(each, known)
        # Those within others come first.
        for each in found:
            schema, reference = each.home[each.step], SCHEMAS + each.key
            schemas.setdefault(each.key, each.component)
            there = or_null(reference) if without_null(schema)[1] else {"$ref": reference}
            each.home[each.step] = there | ({"deprecated": True} if schema.get("deprecated") is True else {})

    def _key(self, found: _Inline, known: dict[str, Any]) -> str:
        """The component for an inline schema: an equal one, or a new one that no other location had."""
        schema = found.component
        remembered = self.recorded.get(found.location)
        others = {key for key in self.recorded.values() if key != remembered}
        base = stem(found.name)
        numbered = (f"{base}{number}{found.name.removeprefix(base)}" for number in count(2))
        key = next(
            key
            for key in chain([remembered] if remembered else [], [found.name], numbered)
            if (
                not any(differences(known[key], schema, ignored=only_texts))
                if key in known
                else key not in others
            )
        )
        if remembered in self.published and key != remembered:
            self.moved.setdefault(remembered, key)
        known.setdefault(key, schema)
        if key in self.published:
            self.locations.pop(found.location, None)
        else:
            self.locations[found.location] = key
        return key


def _in_document(document: dict[str, Any], names: Mapping[str, str]) -> Iterator[_Inline]:
    components = document["components"]
    for key, schema in components["schemas"].items():
        yield from _within(schema, key, stem(key))
    for key, parameter in components.get("parameters", {}).items():
        yield from _of_parameter(parameter, f"parameter {key}", "")
    for path, method, operation in operations(document):
        location = title_of(path, method)
        name = names[location]
        for part, _, media in media_types(operation):
            sent = part == "requestBody"
            key = media.pop("x-key", schema_name(name, sent=sent) + ("Request" if sent else "Response"))
            yield from _at(media, "schema", f"{location} {'body' if sent else part}", key)
        resource = schema_name(f"{name.partition('.')[0]}.get", sent=False)
        for parameter in operation.get("parameters", []):
            at = f"{location} {parameter.get('in')} {parameter.get('name')}"
            yield from _of_parameter(parameter, at, resource)


def _of_parameter(parameter: dict[str, Any], location: str, resource: str) -> Iterator[_Inline]:
    if "schema" in parameter:
        name = _pascal(parameter["name"])
        yield from _at(parameter, "schema", location, name if name.startswith(resource) else resource + name)


def _at(home: Any, step: str | int, location: str, key: str) -> Iterator[_Inline]:
    """What is inline at a step: within the schema there, then the schema itself if it has a class."""
    schema = home.get(step) if isinstance(home, dict) else home[step]
    if isinstance(schema, dict) and "$ref" not in schema:
        yield from _within(schema, location, key)
        plain, _ = without_null(schema)
        if is_object(plain) or is_enum(plain):
            yield _Inline(location, _page_name(plain) or key, home, step)


def _within(schema: dict[str, Any], location: str, key: str) -> Iterator[_Inline]:
    """What is inline within a schema."""
    name = stem(key)
    # Of what is sent and what comes back, the key still says which it is.
    suffix = key.removeprefix(name)
    for part in schema.get("allOf", []):
        # A part of a composition is no class of its own; what stands inside it may be.
        yield from _within(part, location, key)
    for keyword in ("oneOf", "anyOf"):
        options = schema.get(keyword, [])
        for number, option in enumerate(options, 1):
            own = _option(name, option, number) + suffix
            yield from _at(options, number - 1, f"{location}/{keyword}/{number}", own)
    for property_ in schema.get("properties", {}):
        own = name + _pascal(property_) + suffix
        yield from _at(schema["properties"], property_, f"{location}/{property_}", own)
    yield from _at(schema, "items", f"{location}[]", _item(name) + suffix)
    yield from _at(schema, "additionalProperties", f"{location}{{}}", f"{name}Value{suffix}")


def prune(document: dict[str, Any]) -> None:
    """Drop components that no operation leads to."""
    components = document["components"]
    reached = reachable_references(document, document["paths"])
    for section, content in [*components.items()]:
        if section != "securitySchemes":
            for key in [*content]:
                if f"#/components/{section}/{key}" not in reached:
                    del content[key]
            if not content:
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


def _page_name(schema: dict[str, Any]) -> str | None:
    """The name of a page of a list, after its items."""
    item = schema.get("properties", {}).get("items", {}).get("items", {}).get("$ref")
    return f"{stem(item.removeprefix(SCHEMAS))}Page" if item and is_page({}, schema) else None
