"""Finds the operation that a method and path mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from jsonschema_rs import Draft4Validator

from flow_retail_sandbox import contact_operations, customer_operations, group_operations
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations import Handler, Operation
from flow_retail_sandbox.schema import LONGEST_UID, Validators
from flow_retail_sandbox.spec import Spec, SpecOperation

OPERATIONS: tuple[Operation, ...] = (
    *customer_operations.TABLE.operations,
    *contact_operations.TABLE.operations,
    *group_operations.TABLE.operations,
)
"""Every operation that the sandbox knows."""

_UID = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_UID}}}")
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with what the document says of it.

    Attributes:
        name: The operation's name.
        path: Its method and path template.
        spec: What the document says.
        handler: What answers it; None for an operation that the sandbox does not know yet.
        writes: Whether it changes state.
        body: The validator of its body, None when it takes none.
        fields: The properties that its body may have; what else is sent is ignored.
    """

    name: str
    path: str
    spec: SpecOperation
    handler: Handler | None
    writes: bool
    body: Draft4Validator | None
    fields: frozenset[str]


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    parameter: "tuple[str, _Node] | None" = None
    methods: dict[str, Route] = field(default_factory=dict[str, Route])


class Match(NamedTuple):
    """The operation that was asked for.

    Attributes:
        route: The operation.
        parameters: The path's parameters, not checked yet.
    """

    route: Route
    parameters: dict[str, str]


class Router:
    """Knows every path of the document.

    Args:
        spec: The document.
        validators: Compiles its schemas.
        operations: What the sandbox can do.
    """

    def __init__(
        self, spec: Spec, validators: Validators, operations: Iterable[Operation] = OPERATIONS
    ) -> None:
        self._root = _Node()
        self._extension_codes = frozenset(spec.schemas["CustomerExtensionCodeENUM"]["enum"])
        known = {(operation.method, operation.path): operation for operation in operations}
        for key, described in spec.operations.items():
            operation = known.get(key)
            route = Route(
                name=operation.name if operation else described.operation_id,
                path=f"{described.method} {described.path}",
                spec=described,
                handler=operation.handler if operation else None,
                writes=operation.writes if operation else False,
                body=validators.body(described),
                fields=spec.properties(described.body_schema or {}),
            )
            self._node(described.path).methods[described.method] = route

    def _node(self, path: str) -> _Node:
        node = self._root
        for segment in path.strip("/").split("/"):
            parameter = _PARAMETER.fullmatch(segment)
            if parameter is None:
                node = node.children.setdefault(segment, _Node())
            else:
                if node.parameter is None:
                    node.parameter = (parameter[1], _Node())
                node = node.parameter[1]
        return node

    def match(self, method: str, segments: list[str]) -> Match:
        """Find an operation.

        Args:
            method: The HTTP method.
            segments: The path below the API's base, decoded.

        Returns:
            The operation and its path parameters.

        Raises:
            ApiError: 404 if there is no such path, 405 if it does not answer the method.
        """
        values: list[tuple[str, str]] = []
        node = _walk(self._root, segments, 0, values)
        if node is None:
            raise ApiError("NOT_FOUND")
        route = node.methods.get(method)
        if route is None:
            raise ApiError(
                "METHOD_NOT_ALLOWED", headers={"allow": ", ".join(sorted(node.methods))}, method=method
            )
        return Match(route, dict(values))

    def check(self, parameters: dict[str, str]) -> None:
        """Refuse path parameters that no UID or extension code can look like.

        Args:
            parameters: The path's parameters.

        Raises:
            ApiError: If one is malformed.
        """
        for name, value in parameters.items():
            if name == "customerExtensionCode":
                good = value in self._extension_codes
            else:
                good = _UID.fullmatch(value) is not None
            if not good:
                raise ApiError("INVALID_PARAMETER", place=name)


def _walk(node: _Node, segments: list[str], place: int, values: list[tuple[str, str]]) -> _Node | None:
    """Follow the path; a literal segment goes first, a parameter is tried if that leads nowhere."""
    if place == len(segments):
        return node if node.methods else None
    segment = segments[place]
    child = node.children.get(segment)
    if child is not None:
        found = _walk(child, segments, place + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    name, child = node.parameter
    values.append((name, segment))
    found = _walk(child, segments, place + 1, values)
    if found is None:
        values.pop()
    return found
