"""Finds the operation that a method and path mean, and what answers it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jsonschema_rs import Draft4Validator

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations import batch, records
from flow_retail_sandbox.operations.actions import Actions
from flow_retail_sandbox.operations.call import Call, Handler
from flow_retail_sandbox.operations.members import Members
from flow_retail_sandbox.operations.singletons import Singletons
from flow_retail_sandbox.spec.collections import (
    TENANT,
    Collection,
    Model,
    parameter_of,
    segments,
)
from flow_retail_sandbox.spec.document import Parameter, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.spec.validators import LONGEST_UID, Validators, first_error
from flow_retail_sandbox.store.filters import PAGING

_UID = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_UID}}}")
_INTEGRATIONS = frozenset({"accessToken", "integrationToken"})
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with what answers it."""

    name: str
    path: str
    spec: SpecOperation
    handler: Handler
    writes: bool
    body: Draft4Validator | None
    fields: frozenset[str] | None
    form_fields: frozenset[str]
    checks: tuple[tuple[Parameter, Callable[[Any], bool]], ...]
    collection: Collection | None
    batches: bool
    lists: frozenset[str]
    names: tuple[str, ...]
    for_users: bool


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    parameter: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict[str, Route])


class Match(NamedTuple):
    """The operation that was asked for, and its path's parameters, not checked yet."""

    route: Route
    parameters: dict[str, str]


class Router:
    """Knows every path of the document."""

    def __init__(self, model: Model, validators: Validators, plugins: Mapping[str, Handler]) -> None:
        self._root = _Node()
        self._model = model
        self._actions = Actions(model, validators)
        self._singletons = Singletons(model, validators)
        self.routes: list[Route] = []
        for operation in model.spec.operations.values():
            path = f"{operation.method} {operation.path}"
            handler, collection, batches = self._answering(operation)
            searches = operation.method == "POST" and model.spec.items_of(operation.result) is not None
            schema = operation.body_schema
            route = Route(
                name=operation.operation_id,
                path=path,
                spec=operation,
                handler=plugins.get(path, handler),
                writes=operation.method != "GET" and not searches,
                body=None if schema is None else validators.sent(schema),
                fields=_fields(model, schema),
                form_fields=model.spec.required(operation.form_schema or {}),
                checks=tuple(
                    (one, self._check_of(one, validators))
                    for one in operation.parameters
                    if one.name not in PAGING and one.location in {"query", "path"} and one.name != TENANT
                ),
                collection=collection,
                batches=batches,
                lists=frozenset(
                    one.name
                    for one in operation.parameters
                    if one.location == "query" and model.spec.type_of(one.schema) == "array"
                ),
                names=tuple(part[1:-1] for part in segments(operation.path) if parameter_of(part)),
                for_users=bool(operation.security) and operation.security.isdisjoint(_INTEGRATIONS),
            )
            self.routes.append(route)
            self._node(operation.path).routes[operation.method] = route

    def _answering(self, operation: SpecOperation) -> tuple[Handler, Collection | None, bool]:
        """Choose what answers an operation by the shapes of its path, body and response."""
        model, spec, path, method = self._model, self._model.spec, operation.path, operation.method
        last, parent = segments(path)[-1], path.rpartition("/")[0]
        of_item = parameter_of(last) is not None
        place = parent if of_item else path
        listed = spec.items_of(operation.result)
        if place in model.members and (not of_item or last[1:-1] == model.members[place][1].param):
            owner, other = model.members[place]
            members = Members(spec, place, owner, other)
            return members.handler(operation, of_one=of_item), other, False
        collection = model.by_path.get(place)
        if collection is not None and of_item:
            if listed is not None:
                return records.listing(collection, operation, spec), collection, False
            at_home = collection.path == place
            if last[1:-1] == collection.param:
                if method == "DELETE" and at_home:
                    return records.deleting(collection, operation), None, False
                if method in {"PUT", "PATCH"} and at_home:
                    return records.updating(collection, operation), None, False
                if method == "GET" and operation.result and spec.same(operation.result, collection.schema):
                    check = self._check_owners(parent)
                    return records.getting(collection, operation, check), None, False
        if collection is not None and not of_item:
            if listed is not None and spec.same(listed[1], collection.schema):
                return records.listing(collection, operation, spec), collection, False
            if method == "POST" and listed is None and collection.path == place:
                return records.creating(collection, operation), None, False
            if method == "DELETE" and collection.path == place:
                return records.clearing(collection, operation), None, False
        above = model.by_path.get(parent)
        if above is not None and method == "POST" and not of_item:
            lists = spec.properties(operation.body_schema or {}).keys() & set(batch.VERBS)
            if lists and spec.properties(operation.result or {}).keys() >= lists:
                return batch.batching(above, operation, spec), above, True
            if listed is not None and spec.same(listed[1], above.schema):
                return records.listing(above, operation, spec), above, False
        single = None if of_item else self._singletons.handler(operation, self._check_owners(path))
        return single or self._actions.handler(operation), None, False

    def _check_owners(self, path: str) -> Callable[[Call], None]:
        """Give what refuses a request whose path names records that do not exist."""
        known = self._model.along(path)
        return lambda call: call.require(known)

    def _node(self, path: str) -> _Node:
        node = self._root
        for segment in segments(path):
            if parameter_of(segment) is None:
                node = node.children.setdefault(segment, _Node())
            else:
                node.parameter = node.parameter or _Node()
                node = node.parameter
        return node

    def match(self, method: str, asked: list[str]) -> Match:
        """Find an operation by its method and the path below the API's base, decoded; 404 or 405 if none."""
        values: list[str] = []
        node = _walk(self._root, asked, 0, values)
        if node is None:
            raise ApiError("NOT_FOUND")
        route = node.routes.get(method)
        if route is None:
            allowed = {"allow": ", ".join(sorted(node.routes))}
            raise ApiError("METHOD_NOT_ALLOWED", headers=allowed, method=method)
        return Match(route, dict(zip(route.names, values, strict=True)))

    def check(self, route: Route, parameters: Mapping[str, str], query: Mapping[str, list[str]]) -> None:
        """Refuse parameters that are not as documented."""
        for one, check in route.checks:
            if one.location == "path":
                good = check(parameters[one.name])
            elif one.name in query:
                good = check(query[one.name])
            else:
                good = not one.required
            if not good:
                raise ApiError("INVALID_PARAMETER", place=one.name)

    def _check_of(self, parameter: Parameter, validators: Validators) -> Callable[[Any], bool]:
        """Give what tells whether a parameter's text, or a query parameter's texts, are as documented."""
        schema = self._model.spec.resolve(parameter.schema)
        if parameter.location == "path":
            if "enum" in schema:
                return frozenset(map(str, schema["enum"])).__contains__
            if parameter.name.endswith("Uid") or "pattern" in schema:
                return lambda text: _UID.fullmatch(text) is not None
            return lambda text: 0 < len(text) <= LONGEST_UID and text.isprintable()
        validator = validators.sent(parameter.schema)

        def check(texts: list[str]) -> bool:
            value = self._read(parameter, texts)
            wrong = value is _WRONG or (is_list(value) and _WRONG in value)
            return not wrong and first_error(validator, value) is None

        return check

    def _read(self, parameter: Parameter, texts: list[str]) -> Any:
        """Read a query parameter as the JSON value that it stands for."""
        schema = self._model.spec.resolve(parameter.schema)
        kind = self._model.spec.type_of(schema)
        if kind == "array":
            parts = [part for text in texts for part in text.split(",")] if texts != [""] else []
            item = self._model.spec.type_of(schema.get("items", {}))
            return [_value(item, part) for part in parts]
        return _value(kind, texts[-1])


_WRONG = object()


def _value(kind: str, text: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, _WRONG)
    if kind in {"integer", "number"}:
        if _NUMBER.fullmatch(text) is None or len(text) > 30:
            return _WRONG
        return int(text) if text.lstrip("-").isdigit() else float(text)
    return text


def _fields(model: Model, schema: Json | None) -> frozenset[str] | None:
    if schema is None:
        return frozenset()
    declared = model.spec.properties(schema)
    free = model.spec.resolve(schema).get("additionalProperties")
    return None if not declared or is_object(free) else frozenset(declared)


def _walk(node: _Node, asked: list[str], place: int, values: list[str]) -> _Node | None:
    """Follow the path; a literal segment goes first, a parameter is tried if that leads nowhere."""
    if place == len(asked):
        return node if node.routes else None
    segment = asked[place]
    child = node.children.get(segment)
    if child is not None:
        found = _walk(child, asked, place + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    values.append(segment)
    found = _walk(node.parameter, asked, place + 1, values)
    if found is None:
        values.pop()
    return found
