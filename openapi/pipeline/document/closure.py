"""What can be reached from somewhere, along references or along anything else."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from pipeline.document.references import lookup
from pipeline.document.traversal import references

Node = TypeVar("Node", bound=Hashable)


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
