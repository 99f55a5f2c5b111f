"""From a model to the bytes of a request."""

from collections.abc import Iterable
from typing import Any, cast

import orjson

from flow_retail_core.model import jsonable
from flow_retail_core.reading import Place, json_path

_DEEPEST = 254
"""Levels that orjson goes down; deeper ones may be a circle."""


def encode(body: object, *, operation: str) -> bytes:
    """Write the body of a request as JSON.

    Args:
        body: A model, or anything that JSON knows.
        operation: The operation it is for, for messages.

    Returns:
        The body, in bytes, UTF-8.

    Raises:
        TypeError: Something in it has no JSON form. The message names the place; the value stays out of it.
    """
    content: Any = jsonable(body)
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError as error:
        path = json_path(_unwritable(content))
        raise TypeError(f"the body of {operation} can't be written as JSON: {path}: {error}") from None


def _unwritable(content: object) -> Place:
    """The place of the first value that has no JSON form."""
    place: Place = None
    for _ in range(_DEEPEST):
        for step, inner in _steps(content):
            try:
                orjson.dumps(inner)
            except orjson.JSONEncodeError:
                place, content = (place, step), inner
                break
        else:
            break
    return place


def _steps(content: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(content, dict):
        named = cast("dict[object, object]", content)
        return [(key, inner) for key, inner in named.items() if isinstance(key, str)]
    return enumerate(cast("list[object]", content)) if isinstance(content, list | tuple) else ()
