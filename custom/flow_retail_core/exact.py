"""The checks of exact readers: each raises TypeError for what is not as promised, at next to no cost."""

from collections.abc import Callable, Iterable
from typing import Any

require_strings: Callable[[Iterable[Any]], str] = "".join
"""Raise TypeError unless all are strings: joining them is the cheapest way to look at the type of each."""


def require(types: frozenset[type], values: Iterable[object]) -> None:
    """Raise TypeError unless each value is exactly of one of the types."""
    if not types.issuperset(map(type, values)):
        raise TypeError


def array(value: Any) -> list[Any]:
    """Raise TypeError unless the value is a JSON array."""
    if type(value) is not list:
        raise TypeError
    return value  # pyright: ignore[reportUnknownVariableType]  # its items are looked at one by one


def strings(value: Any) -> list[str]:
    """Raise TypeError unless the value is a JSON array of strings."""
    require_strings(array(value))
    return value  # type: ignore[no-any-return]  # just looked at


def json_object(value: Any) -> None:
    """Raise TypeError unless the value is a JSON object."""
    if type(value) is not dict:
        raise TypeError


def unknown(data: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields of an object that the spec does not know, in the order they came."""
    return {key: value for key, value in data.items() if key not in known}
