"""What the readers of generated models are made of: for values as promised, at next to no cost.

Each raises one of `NOT_AS_PROMISED` for anything else. A `try` that raises nothing is free, so the tolerant
way costs nothing either until it is needed.
"""

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

NOT_AS_PROMISED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What is raised for a value that is not what the spec promises."""

ARRAY: type[list[Any]] = list
"""What arrays are in Python; from this name no type checker concludes `list[Unknown]`."""

new = object.__new__
"""Make an object whose fields are then set one by one: `__init__` with its keywords takes twice as long."""

require_strings: Callable[[Iterable[Any]], str] = "".join
"""Raise TypeError unless all are strings: joining them is the cheapest way to look at the type of many."""


def array(value: Any) -> list[Any]:
    """Raise TypeError unless the value is a JSON array."""
    if type(value) is not list:
        raise TypeError
    return value  # pyright: ignore[reportUnknownVariableType]  # its items are looked at one by one


def strings(value: Any) -> list[str]:
    """Raise TypeError unless the value is a JSON array of strings."""
    require_strings(array(value))
    return value  # type: ignore[no-any-return]  # just looked at


def integer(value: Any) -> int:
    """Raise TypeError unless the value is a JSON integer: to Python, `True` and 1.0 are 1."""
    if type(value) is not int:
        raise TypeError
    return value


def json_object(value: Any) -> None:
    """Raise TypeError unless the value is a JSON object."""
    if type(value) is not dict:
        raise TypeError


HIGHEST = 2.0**64
"""orjson makes floats from here on, and up to `LOWEST`, of integers that it can't hold."""

LOWEST = -(2.0**63)


def may_be_rounded(value: Any) -> bool:
    """Whether a value holds a number that orjson may have rounded."""
    waiting: list[Any] = [value]
    while waiting:
        value = waiting.pop()
        if type(value) is float:
            if not LOWEST < value < HIGHEST:
                return True
        elif type(value) is dict:
            waiting.extend(cast("dict[str, Any]", value).values())
        elif type(value) is list:
            waiting.extend(value)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    return False


def unknown(data: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields of an object that the spec does not know, in the order they came.

    Raises:
        ValueError: They hold a number that may have been rounded.
    """
    extra = {key: value for key, value in data.items() if key not in known}
    if may_be_rounded(extra):
        raise ValueError
    return extra


LONGEST_MOMENT = 26
"""Characters up to which a date-time of RFC 3339 has no more digits than Python keeps."""

_MICROSECONDS = re.compile(r"[.,]\d{6}0*[1-9]")


def moment(text: str) -> datetime.datetime:
    """Read a date-time longer than `LONGEST_MOMENT`.

    Raises:
        ValueError: It is finer than a microsecond, or none.
    """
    if has_finer_digits(text):
        raise ValueError
    return datetime.datetime.fromisoformat(text)


def has_finer_digits(text: str) -> bool:
    """Whether a date-time has a fraction of a microsecond, which Python drops."""
    return _MICROSECONDS.search(text) is not None
