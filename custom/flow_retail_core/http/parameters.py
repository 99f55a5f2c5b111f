"""Query and header parameters: from Python values to the text that is sent."""

import enum
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from flow_retail_core.messages import HeaderLines
from flow_retail_core.unset import Unset
from flow_retail_core.validation import type_name

Scalar: TypeAlias = str | int | float | bool | enum.Enum | date
ParameterValue: TypeAlias = Scalar | Sequence[Scalar] | Unset | None
"""What a parameter may be; None and UNSET are not sent, a list is sent as one parameter an item."""

_QUOTE = partial(quote, safe="")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7E]*")
_SET_BY_CLIENT = re.compile(
    "accept|accept-encoding|authorization|connection|content-length|content-type|host|transfer-encoding"
)


def encode_query(query: Mapping[str, ParameterValue] | None, joined: Collection[str] = ()) -> str:
    """Write query parameters; a list is one parameter an item, or one value with commas if it is `joined`."""
    parts: list[str] = []
    for name, value in (query or {}).items():
        try:
            texts = list(map(_QUOTE, _texts(name, value)))
        except UnicodeEncodeError:
            raise ValueError(f"{name} holds a lone surrogate, which has no UTF-8 form") from None
        if texts:
            key = f"{_QUOTE(name)}="
            parts.append(key + ("," if name in joined else f"&{key}").join(texts))
    return "&".join(parts)


def encode_headers(headers: Mapping[str, ParameterValue] | None) -> HeaderLines:
    """Write header parameters."""
    lines: list[tuple[bytes, bytes]] = []
    for name, value in (headers or {}).items():
        if _NAME.fullmatch(name) is None or _SET_BY_CLIENT.fullmatch(name.lower()):
            raise ValueError(
                f"header {name!a} can't be set: its name is not valid, or the client sets it itself"
            )
        values = _texts(name, value)
        if not values:
            continue
        if not all(map(_VALUE.fullmatch, values)):
            raise ValueError(f"header {name} must be printable ASCII")
        lines.append((name.encode("ascii"), ",".join(values).encode("ascii")))
    return tuple(lines)


def _texts(name: str, value: Any) -> list[str]:
    if value is None or isinstance(value, Unset):
        return []
    # Not any Iterable: a generator would be empty at the second attempt, a dict or bytes is a mistake.
    if isinstance(value, list | tuple | set | frozenset):
        return [to_text(name, item) for item in cast("Iterable[object]", value)]
    return [to_text(name, value)]


def to_text(name: str, value: object) -> str:
    """Write one value as text."""
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
    raise TypeError(f"{name} can't be sent as a parameter: {type_name(value)}")
