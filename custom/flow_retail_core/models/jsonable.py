"""Values of models as JSON knows them, whatever they hold: slow, and not recursive."""

import datetime
import enum
from typing import Any, cast

import orjson

from flow_retail_core.models.schema_drift import Location, json_path
from flow_retail_core.unset import UNSET

DEEPEST = 1024
"""Levels that are written, as many as orjson reads; deeper ones may be a cycle."""

_SLICE = 200
"""Levels that are written at once, fewer than orjson's 254."""

_EXACT = range(-(2**63), 2**64)
"""The integers that orjson writes."""


def jsonable(body: Any, operation: str | None = None) -> Any:
    """Turn a value of a model into what JSON knows; what was kept as it came stays so.

    With the operation that it is sent with, into what orjson can write.
    """
    written: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any, Location, int]] = [(body, written, 0, None, 0)]
    deep: list[tuple[Any, Any]] = []
    while waiting:
        value, holder, key, location, depth = waiting.pop()
        if hasattr(value.__class__, "__codec__"):
            value = value.__codec__().written(value)
        if not isinstance(value, dict | list | tuple):
            holder[key] = _leaf(value, operation, location)
            continue
        if depth == DEEPEST:
            raise _refused(operation, location, f"it is nested deeper than {DEEPEST} levels, or holds itself")
        if operation is not None and depth % _SLICE == _SLICE - 1:
            deep.append((holder, key))
        steps: Any
        if isinstance(value, dict):
            held: Any = {**cast("Any", value)}
            if operation is not None and not all(isinstance(name, str) for name in held):
                raise _refused(operation, location, "a name in it is not a str")
            steps = held.items()
        else:
            held = list(cast("list[Any]", value))
            steps = enumerate(held)
        holder[key] = held
        waiting.extend([(each, held, step, (location, step), depth + 1) for step, each in steps][::-1])
    for holder, key in reversed(deep):
        holder[key] = orjson.Fragment(orjson.dumps(holder[key]))
    return written[0]


def _leaf(value: Any, operation: str | None, location: Location) -> Any:
    if value is UNSET:
        raise _refused(operation, location, "UNSET has no JSON form: leave out what is not given")
    if isinstance(value, enum.Enum):
        value = cast("object", value.value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if operation is None:
        return value
    if type(value) is int:
        return value if value in _EXACT else orjson.Fragment(str(value).encode())
    try:
        orjson.dumps(value)
    except (orjson.JSONEncodeError, ValueError) as error:
        problem = str(error)
    else:
        return value
    raise _refused(operation, location, problem)


def _refused(operation: str | None, location: Location, problem: str) -> TypeError:
    return TypeError(
        f"the body of {operation or 'a request'} can't be written as JSON: {json_path(location)}: {problem}"
    )
