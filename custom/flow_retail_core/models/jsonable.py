"""Any value of a model as JSON knows it, and what may not be sent: slow, and not recursive."""

import datetime
import enum
from typing import Any, cast

import orjson

from flow_retail_core.models.decoders import (
    ANYTHING,
    Decoder,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.enums import check_sendable
from flow_retail_core.models.files import FILE, is_file
from flow_retail_core.models.schema_drift import Location, json_path
from flow_retail_core.unset import UNSET

DEEPEST = 1024
"""Levels that are written, as many as orjson reads; deeper ones may be a cycle."""

_SLICE = 200
"""Levels that are written at once, fewer than orjson's 254."""

_EXACT = range(-(2**63), 2**64)
"""The integers that orjson writes."""


def jsonable(
    body: Any, expected: Decoder[Any] | None = None, operation: str = "to_json()", *, writable: bool = True
) -> Any:
    """Turn a value into what JSON knows, and with `writable` into what orjson writes.

    Without `expected`, nothing is known of what is in it either, and what was kept as it came stays so.
    """
    root: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any, Any, Location, int]] = [(body, expected or ANYTHING, root, 0, None, 0)]
    deep: list[tuple[Any, Any]] = []
    location: Location = None
    try:
        while waiting:
            value, decoder, holder, key, location, depth = waiting.pop()
            if expected is not None:
                decoder = _resolved(value, decoder)
                _check(value, decoder, at_root=location is None)
            members = _members(value, decoder)
            if members is None:
                holder[key] = _leaf(value, writable=writable)
                continue
            if depth == DEEPEST:
                raise TypeError(f"is nested deeper than {DEEPEST} levels, or holds itself")
            if depth % _SLICE == _SLICE - 1:
                deep.append((holder, key))
            held: Any = [None] * len(members) if isinstance(value, list | tuple) else {}
            holder[key] = held
            waiting.extend(
                (content, of, held, name, (location, step), depth + 1)
                for name, content, of, step in reversed(members)
            )
    except (TypeError, ValueError) as error:
        problem = error
    else:
        for holder, key in reversed(deep if writable else []):
            holder[key] = orjson.Fragment(orjson.dumps(holder[key]))
        return root[0]
    path = json_path(location).replace("$", "body", 1)
    error_type = TypeError if isinstance(problem, TypeError) else ValueError
    raise error_type(f"{operation}: {path} {problem}")


def _resolved(value: Any, decoder: Any) -> Any:
    """What a value must be: of a union, the first option that fits."""
    while isinstance(decoder, UnionDecoder):
        union: Any = cast("Any", decoder)
        if union.nullable is not None:
            decoder = ANYTHING if value is None else union.nullable
        else:
            decoder = next((each for each in union.options if _fits(value, each)), union.options[0])
    return decoder


def _fits(value: Any, option: Decoder[Any]) -> bool:
    try:
        jsonable(value, option, writable=False)
    except (TypeError, ValueError):
        return False
    return True


def _check(value: Any, decoder: Any, *, at_root: bool) -> None:
    """Raise TypeError or ValueError if a value may not be sent."""
    of, name = cast("object", type(decoder)), type(value).__name__
    if of is ModelDecoder and not isinstance(value, decoder.model) and (value is not None or at_root):
        model = decoder.model.__name__
        made = f"make one with {model}(...), or from JSON with {model}.from_dict(...)"
        raise TypeError(f"must be a {model}, not {name}: {made}")
    if decoder is FILE and not is_file(value):
        raise TypeError(f"must be {FILE.expected}, not {name}")
    if of is EnumDecoder and decoder.closed and value is not None:
        check_sendable(decoder.enum, value)
    if of is ListDecoder and not isinstance(value, list | tuple) and at_root:
        raise TypeError(f"must be a list, not {name}")


def _members(value: Any, decoder: Any) -> list[tuple[Any, Any, Any, str | int]] | None:
    """What a value holds: each with its key, what it must be, and its step; None if it can hold nothing."""
    if hasattr(value.__class__, "__codec__"):
        codec = value.__codec__()
        members = [(name, each, codec.extra, name) for name, each in value.additional_properties.items()]
        return members + [
            (field.name, each, field.decoder, field.attribute) for field, each in codec.set_in(value)
        ]
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        if not all(isinstance(name, str) for name in cast("Any", named)):
            raise TypeError("holds a name that is not a str")
        return [(name, each, ANYTHING, name) for name, each in named.items()]
    if isinstance(value, list | tuple):
        of = cast("Any", decoder).item if isinstance(decoder, ListDecoder) else ANYTHING
        return [(index, each, of, index) for index, each in enumerate(cast("list[Any]", value))]
    return None


def _leaf(value: Any, *, writable: bool) -> Any:
    if value is UNSET:
        raise TypeError("is UNSET, which has no JSON form: leave out what is not given")
    if isinstance(value, enum.Enum):
        value = cast("object", value.value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not writable:
        return value
    if type(value) is int:
        return value if value in _EXACT else orjson.Fragment(str(value).encode())
    try:
        orjson.dumps(value)
    except (orjson.JSONEncodeError, ValueError) as error:
        raise TypeError(f"has no JSON form: {error}") from None
    return value
