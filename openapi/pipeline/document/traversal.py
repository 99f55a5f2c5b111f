"""Walking an OpenAPI document: what is a schema, a name, a literal, and what can be reached from it."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, TypeVar

from pipeline.document.references import Pointer, lookup

Node = TypeVar("Node", bound=Hashable)

LITERAL = frozenset({"default", "enum", "const", "example", "examples"})
"""Keywords whose content is data, not schema."""

NAME_MAPS = frozenset(
    {
        "content",
        "encoding",
        "headers",
        "links",
        "mapping",
        "parameters",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "scopes",
        "securitySchemes",
        "variables",
    }
)
"""Keywords whose keys, if they hold an object, are names chosen by people."""


def walk(
    value: Any, pointer: Pointer = (), *, names: bool = False
) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every object of a document that is not inside a literal and not a map of names, with its location."""
    if isinstance(value, dict):
        if not names:
            yield pointer, value
        for key, content in list(value.items()):
            if names or (key not in LITERAL and not key.startswith("x-")):
                yield from walk(content, (*pointer, key), names=not names and key in NAME_MAPS)
    elif isinstance(value, list):
        for position, content in enumerate(value):
            yield from walk(content, (*pointer, position))


def references(value: Any) -> Iterator[tuple[Pointer, str]]:
    """Every `$ref` of a document, with its location."""
    for pointer, found in walk(value):
        if isinstance(found.get("$ref"), str):
            yield (*pointer, "$ref"), found["$ref"]


def reachable(start: Iterable[Node], neighbours: Callable[[Node], Iterable[Node]]) -> set[Node]:
    """The start and everything that its neighbours lead to."""
    reached: set[Node] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(neighbours(node))
    return reached


def reachable_references(document: Any, value: Any) -> set[str]:
    """Every reference that a part of a document leads to."""

    def within(part: Any) -> Iterable[str]:
        return (reference for _, reference in references(part))

    return reachable(within(value), lambda reference: within(lookup(document, reference)))
