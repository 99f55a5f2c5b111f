"""From a model to JSON, and to the bytes of a request."""

# What values and decoders are made of is looked at as the program runs.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import datetime
import enum
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from flow_retail_core.models.decoders import (
    NOT_AS_SPECIFIED,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.files import FileDecoder, is_file
from flow_retail_core.models.schema_drift import Location, json_path
from flow_retail_core.unset import UNSET

DEEPEST = 1024
"""Levels that are written, as many as orjson reads; deeper ones may be a cycle."""


class _Problem(NamedTuple):
    """Why a value may not be sent."""

    error: type[Exception]
    location: Location
    text: str


def encode(body: object, *, operation: str, expected: Any = None) -> bytes:
    """Write the body of a request as JSON."""
    decoder = ModelDecoder(expected) if isinstance(expected, type) else expected
    if _is_expected(body, decoder):
        try:
            return orjson.dumps(_sendable(body))
        # What is out of the ordinary is found below.
        except NOT_AS_SPECIFIED:
            pass
    # Of what the spec does not describe nothing is known.
    if decoder is not None:
        check_body(body, operation=operation, expected=decoder)
    return _dumped(body, operation)


def check_body(body: object, *, operation: str, expected: Any) -> None:
    """Refuse a body that is not what the operation takes."""
    problem = _problem(body, ModelDecoder(expected) if isinstance(expected, type) else expected)
    if problem is not None:
        raise problem.error(
            f"{operation}: {json_path(problem.location).replace('$', 'body', 1)} {problem.text}"
        )


def dumps(value: Any) -> bytes:
    """Write a model, or anything that JSON knows, whatever it holds."""
    return _dumped(value, "a request")


def _dumped(body: object, operation: str) -> bytes:
    content = jsonable(body)
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return b"".join(_written(content, operation))


def _is_expected(body: Any, decoder: Any) -> bool:
    match decoder:
        case None:
            return True
        case ModelDecoder():
            return isinstance(body, decoder.model)
        case ListDecoder():
            return isinstance(body, list | tuple) and all(_is_expected(item, decoder.item) for item in body)
        case _:
            return _problem(body, decoder) is None


def _sendable(body: Any) -> Any:
    if isinstance(body, list | tuple):
        return [_sendable(item) for item in body]  # pyright: ignore[reportUnknownVariableType]  # JSON
    return body.__codec__().send(body) if hasattr(body, "__codec__") else jsonable(body)


def checked(decoder: Any, value: Any) -> Any:
    """Turn a value into what JSON knows; TypeError if it is not what the spec takes."""
    if _problem(value, decoder) is not None:
        raise TypeError
    return jsonable(value)


def _problem(body: Any, expected: Any) -> _Problem | None:
    """Find the first value that may not be sent in its place."""
    waiting: list[tuple[Any, Any, Location]] = [(body, expected, None)]
    seen: set[int] = set()
    while waiting:
        value, decoder, location = waiting.pop()
        match decoder:
            case UnionDecoder() if value is None and decoder.nullable is not None:
                continue
            case UnionDecoder():
                if decoder.nullable is not None or all(_problem(value, each) for each in decoder.options):
                    waiting.append((value, decoder.nullable or decoder.options[0], location))
                    continue
            case ModelDecoder() if not isinstance(value, decoder.model) and (
                value is not None or location is None
            ):
                name = decoder.model.__name__
                made = f"make one with {name}(...), or from JSON with {name}.from_dict(...)"
                text = f"must be a {name}, not {type(value).__name__}: {made}"
                return _Problem(TypeError, location, text)
            case ListDecoder() if location is None and not isinstance(value, list | tuple):
                return _Problem(TypeError, location, f"must be a list, not {type(value).__name__}")
            case ListDecoder() if isinstance(value, list | tuple):
                items = reversed([*enumerate(value)])
                waiting.extend((item, decoder.item, (location, at)) for at, item in items)
            case FileDecoder() if not is_file(value):
                text = f"must be {decoder.expected}, not {type(value).__name__}"
                return _Problem(TypeError, location, text)
            case EnumDecoder() if decoder.closed and not _is_listed(value, decoder):
                values = ", ".join(repr(each) for each in decoder.known)
                made = f"another one is made with {decoder.enum.__name__}(...)"
                return _Problem(ValueError, location, f"must be one of {values}; {made}")
            case _:
                pass
        held: Any = value
        if hasattr(type(held), "__codec__") and id(held) not in seen:
            seen.add(id(held))
            for each in reversed(held.__codec__().fields):
                content = getattr(held, each.attribute)
                if content is not UNSET:
                    waiting.append((content, each.decoder, (location, each.attribute)))
    return None


def _is_listed(value: Any, decoder: Any) -> bool:
    # A member that the spec does not list was made on purpose, or came from the server.
    if value is None or isinstance(value, decoder.enum):
        return True
    return isinstance(value, str | int) and value in decoder.known


def write_other(value: Any) -> Any:
    """Write an object that is not what its field says, or is of a subclass."""
    return value.__codec__().write(value) if hasattr(type(value), "__codec__") else jsonable(value)


def jsonable(body: Any) -> Any:
    """Turn a value of a model into what JSON knows; what was kept as it came stays so.

    Not recursive: what was kept may be nested deeper than Python calls go.
    """
    written: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any, int]] = [(body, written, 0, 0)]
    while waiting:
        value, within, key, depth = waiting.pop()
        if depth > DEEPEST:
            raise TypeError(f"nested deeper than {DEEPEST} levels, or holding itself")
        if hasattr(type(value), "__codec__"):
            named = within[key] = {**value.additional_properties}
            for each in value.__codec__().fields:
                content = getattr(value, each.attribute)
                if content is not UNSET:
                    named[each.name] = content
                    waiting.append((content, named, each.name, depth + 1))
        elif isinstance(value, list | tuple):
            items = within[key] = [*value]
            waiting.extend((item, items, position, depth + 1) for position, item in enumerate(items))
        elif value is UNSET:
            raise TypeError("UNSET has no JSON form: leave out what is not given")
        elif isinstance(value, enum.Enum):
            within[key] = value.value
        elif isinstance(value, datetime.date):
            within[key] = value.isoformat()
        else:
            within[key] = value
    return written[0]


def _written(content: Any, operation: str) -> Iterator[bytes]:
    """Write what orjson does not: nested deeper than 254 levels, integers of more than 64 bits."""
    # For each object and array that is open: what is still to come, the text that ends it, its location.
    opened: list[tuple[Iterator[tuple[Any, Any]], bytes, Location]] = []
    value: Any = content
    location: Location = None
    while True:
        if isinstance(value, dict | list | tuple):
            if len(opened) == DEEPEST:
                raise _refused(
                    operation, location, f"it is nested deeper than {DEEPEST} levels, or holds itself"
                )
            named = isinstance(value, dict)
            opened.append((_steps(value), b"}" if named else b"]", location))
            yield b"{" if named else b"["
            first = True
        else:
            yield _leaf(value, operation, location)
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
        location = (outer, step)
        if not first:
            yield b","
        if end == b"}":
            if not isinstance(step, str):
                raise _refused(operation, outer, "a name in it is not a str")
            yield _leaf(step, operation, outer) + b":"


def _leaf(value: Any, operation: str, location: Location) -> bytes:
    try:
        return str(value).encode() if type(value) is int else orjson.dumps(value)
    except (orjson.JSONEncodeError, ValueError) as error:
        problem = str(error)
    raise _refused(operation, location, problem)


def _refused(operation: str, location: Location, problem: str) -> TypeError:
    return TypeError(f"the body of {operation} can't be written as JSON: {json_path(location)}: {problem}")


def _steps(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs: Any = content.items() if isinstance(content, dict) else enumerate(content)
    return iter(pairs)
