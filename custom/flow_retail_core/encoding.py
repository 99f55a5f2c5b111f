"""From a model to the bytes of a request."""

from collections.abc import Iterator
from typing import Any

import orjson

from flow_retail_core.model import DEEPEST, Model, jsonable
from flow_retail_core.reading import Place, json_path


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
    content: Any = body.to_dict() if isinstance(body, Model) else jsonable(body)
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return b"".join(_written(content, operation))


def _written(content: Any, operation: str) -> Iterator[bytes]:
    """Write what orjson does not: nested deeper than 254 levels, integers of more than 64 bits."""
    # For each object and array that is open: what is still to come, the text that ends it, its place.
    opened: list[tuple[Iterator[tuple[Any, Any]], bytes, Place]] = []
    value: Any = content
    place: Place = None
    while True:
        if isinstance(value, dict | list | tuple):
            if len(opened) == DEEPEST:
                raise _refused(
                    operation, place, f"it is nested deeper than {DEEPEST} levels, or holds itself"
                )
            named = isinstance(value, dict)
            opened.append((_steps(value), b"}" if named else b"]", place))
            yield b"{" if named else b"["
            first = True
        else:
            yield _leaf(value, operation, place)
            first = False
        while opened:
            steps, end, outer = opened[-1]
            following = next(steps, None)
            if following is not None:
                break
            opened.pop()
            yield end
            first = False
        else:
            return
        step, value = following
        place = (outer, step)
        if not first:
            yield b","
        if end == b"}":
            if not isinstance(step, str):
                raise _refused(operation, outer, "a name in it is not a str")
            yield _leaf(step, operation, outer) + b":"


def _leaf(value: Any, operation: str, place: Place) -> bytes:
    try:
        return str(value).encode() if type(value) is int else orjson.dumps(value)
    except (orjson.JSONEncodeError, ValueError) as error:
        problem = str(error)
    raise _refused(operation, place, problem)


def _refused(operation: str, place: Place, problem: str) -> TypeError:
    return TypeError(f"the body of {operation} can't be written as JSON: {json_path(place)}: {problem}")


def _steps(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs: Any = content.items() if isinstance(content, dict) else enumerate(content)
    return iter(pairs)
