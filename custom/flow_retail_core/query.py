"""Query parameters: from Python values to the text after the question mark."""

import enum
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from flow_retail_core.unset import Unset

Scalar: TypeAlias = str | int | float | bool | enum.Enum | date
QueryValue: TypeAlias = Scalar | Sequence[Scalar] | Unset | None
"""What a query parameter may be; None and UNSET are not sent, a list is sent as one parameter an item."""


def encode_query(query: Mapping[str, QueryValue] | None) -> str:
    """Write query parameters.

    Args:
        query: The value of each parameter by the spec's name.

    Returns:
        The text without the question mark, percent-encoded; empty if there is nothing to send.

    Raises:
        TypeError: A value is of a type that has no form in a query.
        ValueError: A number is not finite, or a text holds a lone surrogate.
    """
    if not query:
        return ""
    parts: list[str] = []
    for name, value in query.items():
        for text in texts(name, value):
            try:
                parts.append(f"{quote(name, safe='')}={quote(text, safe='')}")
            except UnicodeEncodeError:
                raise ValueError(f"{name} holds a lone surrogate, which has no UTF-8 form") from None
    return "&".join(parts)


def texts(name: str, value: Any) -> Iterator[str]:
    """The texts that a parameter is sent as: none if it is not set, one an item for a list."""
    if value is None or isinstance(value, Unset):
        return
    # Not any Iterable: a generator would be empty at the second attempt, a dict or bytes is a mistake.
    if isinstance(value, list | tuple | set | frozenset):
        for item in cast("Iterable[object]", value):
            yield _text(name, item)
    else:
        yield _text(name, value)


def _text(name: str, value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, got {value}")
        return repr(float(value))
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    raise TypeError(f"{name} can't be sent as a parameter: {type(value).__name__}")
