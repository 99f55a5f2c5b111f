"""Paths as people read them: which segments are collections, which records they hold, and what is left."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, define, frozen

from pipeline.document.operations import METHODS, operations, title_of
from pipeline.document.references import resolve
from pipeline.document.shapes import is_page
from pipeline.naming.words import is_plural, many_of, one_of, singular, words

PLACES = frozenset({"organization", "store", "till", "warehouse"})
"""Where something is, if it stands before a collection."""

_IDENTIFIERS = frozenset({"code", "guid", "id", "key", "no", "number", "uid", "uuid"})
_VERSION = re.compile(r"v\d+")


@frozen
class Collection:
    """A collection within a path."""

    at: int  # the position of its segment
    noun: tuple[str, ...]  # the words for one of its records
    entity: tuple[str, ...]  # the words for one of its records anywhere in the API
    several: bool  # whether it is written in the plural

    @property
    def resource(self) -> str:
        """The name of the resource: its records in the plural, or the one thing that it is."""
        return "_".join(many_of([*self.entity]) if self.several else self.entity)

    def is_named(self, noun: list[str]) -> bool:
        """Whether a noun is that of its records, however it is written."""
        return "".join(noun) in {"".join(self.entity), "".join(self.noun)}


@frozen
class Step:
    """A literal segment after the resource's own, or several that belong together."""

    noun: tuple[str, ...]  # its words as written
    member: bool  # whether a parameter follows: one of its records is meant
    known: bool  # whether it is a collection: it has records, or a list of them


@define
class Route:
    """An operation with its path taken apart."""

    path: str
    method: str
    operation: dict[str, Any]
    segments: tuple[str, ...]  # the path without the tenant and the version
    version: str
    lists: bool  # whether it returns a list
    takes_list: bool
    # The collection that the operation belongs to; None where its path has none.
    resource: Collection | None = None
    before: list[list[str]] = Factory(list)  # what stands before it: nouns in the singular, the nearest first
    record: list[str] = Factory(list)  # what the parameter after it names; empty if there is none
    steps: list[Step] = Factory(list)  # what stands after it
    has_records: bool = False  # whether a path leads to one record of the resource

    @property
    def title(self) -> str:
        """The operation as people write it."""
        return title_of(self.path, self.method)

    @property
    def tenant(self) -> bool:
        """Whether the path has the tenant."""
        return self.path.startswith("/tenants/{")

    @property
    def tags(self) -> list[list[str]]:
        """The tags as nouns in the singular."""
        return [one_of(words(str(tag))) for tag in self.operation.get("tags", []) if words(str(tag))]


def routes(document: Mapping[str, Any]) -> list[Route]:
    """Every operation of a document, the shortest paths first, in an order that is not the document's."""
    found: list[Route] = []
    for path, method, operation in operations(dict(document)):
        segments = [segment for segment in path.split("/") if segment]
        versions = [segment for segment in segments if _VERSION.fullmatch(segment)]
        segments = [segment for segment in segments if segment not in versions]
        if len(segments) > 2 and segments[0] == "tenants" and is_parameter(segments[1]):
            segments = segments[2:]
        lists, takes_list = _returns_list(document, operation), _takes_list(document, operation)
        found.append(Route(path, method, operation, tuple(segments), "_".join(versions), lists, takes_list))
    found.sort(key=lambda route: (route.path.count("/"), route.path, METHODS.index(route.method)))
    items: dict[tuple[str, ...], set[str]] = defaultdict(set)
    methods: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for route in found:
        methods[route.segments].add(route.method)
        for position, segment in enumerate(route.segments):
            if is_parameter(segment):
                items[route.segments[:position]].add(segment)
    listed = frozenset(route.segments for route in found if route.method == "get" and route.lists)
    paths = Paths(items, methods, listed)
    for route in found:
        paths.take_apart(route)
    return found


def _returns_list(document: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether an operation returns a list: an array, a page, or a map."""
    for status, response in operation["responses"].items():
        if str(status).startswith("2") or status == "default":
            for schema in _schemas(document, response):
                properties = schema.get("properties", {})
                paged = "paging" in properties and "array" in _types(document, properties)
                mapped = not properties and isinstance(schema.get("additionalProperties"), dict)
                if schema.get("type") == "array" or is_page(document, schema) or paged or mapped:
                    return True
    return False


def _takes_list(document: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether a body is a list, or holds nothing but lists."""
    return any(
        schema.get("type") == "array" or _types(document, schema.get("properties", {})) == {"array"}
        for schema in _schemas(document, operation.get("requestBody", {}))
    )


def _schemas(document: Mapping[str, Any], owner: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for media in resolve(document, owner).get("content", {}).values():
        yield resolve(document, media.get("schema", {}))


def _types(document: Mapping[str, Any], properties: Mapping[str, Any]) -> set[str | None]:
    return {resolve(document, each).get("type") for each in properties.values()}


def is_parameter(segment: str) -> bool:
    """Whether a segment of a path is a parameter."""
    return segment.startswith("{")


def record_of(parameter: str) -> list[str]:
    """What a parameter names, without the tenant: `customer contact` of `{customerContactUid}`."""
    found = words(parameter)
    while len(found) > 1 and found[-1] in _IDENTIFIERS:
        found.pop()
    return found[1:] if found[0] == "tenant" and len(found) > 1 else found


@frozen
class Paths:
    """All paths together: what one of them leaves open, another tells."""

    items: Mapping[tuple[str, ...], set[str]]  # the parameters that follow a path
    methods: Mapping[tuple[str, ...], set[str]]  # the methods of each path
    lists: frozenset[tuple[str, ...]]  # the paths whose GET returns a list

    def take_apart(self, route: Route) -> None:
        """Say of a route which resource it belongs to, what stands before it and what after it."""
        segments = route.segments
        found = [
            self._collection(segments[: position + 1])
            for position, segment in enumerate(segments)
            if not is_parameter(segment) and self._is_collection(route, position)
        ]
        resource = _resource(route, found)
        if resource is None and ["tenant"] in route.tags and route.tenant:
            resource = Collection(-1, ("tenant",), ("tenant",), several=True)
            route.record = ["tenant"]
        route.resource = resource
        start = resource.at + 1 if resource else 0
        if resource and start < len(segments) and is_parameter(segments[start]):
            route.record = record_of(segments[start])
        while start < len(segments) and is_parameter(segments[start]):
            start += 1
        route.steps = list(self._steps(segments, start))
        if resource and resource.at >= 0:
            route.has_records = segments[: resource.at + 1] in self.items
            literals = [at for at in range(resource.at) if not is_parameter(segments[at])]
            route.before = [[*self._collection(segments[: at + 1]).noun] for at in reversed(literals)]

    def _is_collection(self, route: Route, position: int) -> bool:
        """Whether a segment is a collection: it has records, a list of them, or the name of a tag."""
        prefix = route.segments[: position + 1]
        found = self._collection(prefix)
        named = any(found.is_named(tag) for tag in route.tags)
        if position == 0 and ["tenant"] in route.tags and route.tenant:
            # Whatever is said of the tenant itself.
            return prefix in self.items or prefix in self.lists
        if position == 0:
            alone = len(route.segments) == 1 and self.methods[prefix] == {"post"} and prefix not in self.items
            return named or found.several or not alone or not route.tags
        made = "post" in self.methods.get(prefix, ()) and len(found.noun) == 1
        if found.noun[0] == "by":
            return False
        if prefix in self.items:
            return found.several or any(
                "".join(record_of(each)).endswith("".join(found.noun)) for each in self.items[prefix]
            )
        return found.several and (prefix in self.lists or made or named)

    def _collection(self, prefix: tuple[str, ...]) -> Collection:
        segment = words(prefix[-1]) or ["unnamed"]
        noun = entity = one_of(segment)
        for parameter in sorted(self.items.get(prefix, ())):
            record = record_of(parameter)
            if "".join(record) == "".join(noun):
                noun = entity = record
            elif len(entity) == len(noun) and "".join(record).endswith("".join(noun)):
                entity = record
        return Collection(len(prefix) - 1, tuple(noun), tuple(entity), is_plural(segment[-1]))

    def _steps(self, segments: tuple[str, ...], start: int) -> Iterator[Step]:
        noun: list[str] = []
        for at in range(start, len(segments)):
            if is_parameter(segments[at]):
                continue
            path = segments[: at + 1]
            known = path in self.items or path in self.lists
            found = self._collection(path)
            several = found.several and noun == []
            noun += many_of([*found.noun]) if several else words(segments[at]) or ["unnamed"]
            member = at + 1 < len(segments) and is_parameter(segments[at + 1])
            if member or known or at + 1 == len(segments):
                yield Step(tuple(noun), member, known)
                noun = []


def _resource(route: Route, found: list[Collection]) -> Collection | None:
    candidates = [each for each in found if each is found[-1] or singular(each.noun[-1]) not in PLACES]
    for tag in route.tags:
        for each in reversed(candidates):
            if each.is_named(tag):
                return each
    return candidates[-1] if candidates else None
