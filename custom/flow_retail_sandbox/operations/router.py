"""Finds the operation that a method and path mean, and chooses its handler by its shapes."""

from collections.abc import Mapping

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations import records
from flow_retail_sandbox.operations.actions import act, keep_object
from flow_retail_sandbox.operations.batch import VERBS, run_batch
from flow_retail_sandbox.operations.call import Handler, Route
from flow_retail_sandbox.operations.members import serve_members
from flow_retail_sandbox.operations.parameters import Parameters
from flow_retail_sandbox.spec.collections import Collection, Model, parameter_of, segments, split_item
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.validators import Validators

_ONE_VALUE = frozenset({"string", "integer", "number", "boolean"})


class Router:
    """Knows every path of the document."""

    def __init__(self, model: Model, validators: Validators, plugins: Mapping[str, Handler]) -> None:
        self._by_path: dict[tuple[str | None, ...], dict[str, Route]] = {}
        shapes: dict[int, set[tuple[bool, ...]]] = {}
        for (method, path), operation in model.spec.operations.items():
            parts = segments(path)
            is_parameter = tuple(parameter_of(part) is not None for part in parts)
            route = _route(model, validators, operation, plugins)
            self._by_path.setdefault(_masked(parts, is_parameter), {})[method] = route
            shapes.setdefault(len(parts), set()).add(is_parameter)
        # Sorted, so that at the first difference a literal segment goes before a parameter.
        self._shapes = {length: sorted(found) for length, found in shapes.items()}

    def match(self, method: str, asked: list[str]) -> tuple[Route, dict[str, str]]:
        """Find an operation and its path's parameters by a method and a decoded path; 404 or 405 if none."""
        for is_parameter in self._shapes.get(len(asked), ()):
            routes = self._by_path.get(_masked(asked, is_parameter))
            values = [part for part, one in zip(asked, is_parameter, strict=True) if one]
            if routes is None or not all(values):
                continue
            route = routes.get(method)
            if route is None:
                allowed = {"allow": ", ".join(sorted(routes))}
                raise ApiError("METHOD_NOT_ALLOWED", headers=allowed, method=method)
            return route, dict(zip(route.names, values, strict=True))
        raise ApiError("NOT_FOUND")


def _masked(parts: list[str], is_parameter: tuple[bool, ...]) -> tuple[str | None, ...]:
    return tuple([None if one else part for part, one in zip(parts, is_parameter, strict=True)])


def _route(
    model: Model, validators: Validators, operation: SpecOperation, plugins: Mapping[str, Handler]
) -> Route:
    spec, path = model.spec, operation.path
    listed = spec.items_of(operation.result)
    handler, collection = _choose(model, operation)
    return Route(
        operation=operation,
        handler=plugins.get(f"{operation.method} {path}", handler),
        collection=collection,
        above=model.along(split_item(path)[0]),
        names=tuple(part[1:-1] for part in segments(path) if parameter_of(part)),
        parameters=Parameters(operation, spec, validators),
        listed=listed,
        sort_fields=_sort_fields(spec, listed[1] if listed else {}),
        writes=operation.method != "GET" and not (operation.method == "POST" and listed),
        body=None if operation.body_schema is None else validators.sent(operation.body_schema),
        fields=_known_fields(spec, operation.body_schema),
        form_fields=spec.required(operation.form_schema or {}),
    )


def _choose(model: Model, operation: SpecOperation) -> tuple[Handler, Collection | None]:
    """Choose the handler of an operation by its path, body and response, and the collection it is about."""
    spec, path, method, result = model.spec, operation.path, operation.method, operation.result
    place, param = split_item(path)
    listed = spec.items_of(result)
    if place in model.members and param in {None, model.members[place][1].param}:
        return serve_members, model.members[place][1]
    collection = model.by_path.get(place)
    if collection is not None:
        at_home = collection.path == place
        if listed is not None and (param or spec.same(listed[1], collection.schema)):
            return records.list_records, collection
        if param is not None and param == collection.param:
            if method in {"PUT", "PATCH", "DELETE"} and at_home:
                return records.delete if method == "DELETE" else records.update, collection
            if method == "GET" and result and spec.same(result, collection.schema):
                return records.get, collection
        if param is None and at_home and listed is None and method in {"POST", "DELETE"}:
            return records.create if method == "POST" else records.clear, collection
    above = model.by_path.get(path.rpartition("/")[0])
    if above is not None and method == "POST" and param is None:
        verbs = spec.properties(operation.body_schema or {}).keys() & set(VERBS)
        if verbs and spec.properties(result or {}).keys() >= verbs:
            return run_batch, above
        if listed is not None and spec.same(listed[1], above.schema):
            return records.list_records, above
    read = None if param else spec.operations.get(("GET", path))
    if read is not None and read.result is not None and method in {"GET", "PUT", "PATCH"}:
        return keep_object, None
    return act, None


def _sort_fields(spec: Spec, schema: Json) -> frozenset[str]:
    """Name the fields that a list can be sorted by: all that hold one value."""
    return frozenset(
        name for name, part in spec.properties(schema).items() if spec.type_of(part) in _ONE_VALUE
    )


def _known_fields(spec: Spec, schema: Json | None) -> frozenset[str] | None:
    declared = spec.properties(schema or {})
    free = spec.resolve(schema or {}).get("additionalProperties")
    return None if schema is not None and (not declared or is_object(free)) else frozenset(declared)
