"""Names for what JSON is made of, for readers and for type checkers."""

from typing import Any, TypeGuard

Json = dict[str, Any]
"""A JSON object as Python reads it."""


def is_object(value: Any) -> TypeGuard[Json]:
    """Return whether a value that came as JSON is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Return whether a value that came as JSON is a list."""
    return isinstance(value, list)
