"""Checks of arguments; each message names the argument."""

import math
from collections.abc import Callable
from typing import Any


def type_name(value: object) -> str:
    """The name of a value's type with its module, such as `httpx.Timeout`; built-in types go without."""
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def check_whole(name: str, value: object, *, at_least: int) -> None:
    """Check that an argument is a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type_name(value)}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")


def check_seconds(name: str, value: object, *, zero: bool = False, unit: str = "a number of seconds") -> None:
    """Check that an argument is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be {unit}, not {type_name(value)}")
    # Compared before it is converted, because an int may be too large for a float.
    if not (0 <= value < math.inf) or (value == 0 and not zero):
        raise ValueError(f"{name} must be finite and {'at least' if zero else 'above'} 0, got {value}")


def check_instance(name: str, value: object, cls: type, example: str) -> None:
    """Check that an argument is an object of one class."""
    if not isinstance(value, cls):
        raise TypeError(f"{name} must be a {cls.__name__}, such as {example}, not {type_name(value)}")


def validator(check: Callable[..., None], **options: Any) -> Any:
    """Turn one of the checks above into a validator of an attrs field."""

    def validate(_: object, attribute: Any, value: object) -> None:
        check(attribute.name, value, **options)

    return validate
