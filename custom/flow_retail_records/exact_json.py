"""JSON without orjson's limits: integers of any size, nesting of any depth, halves of surrogate pairs.

orjson does nearly all of the work; what it refuses or would round takes a slow path.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, cast

import orjson

_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 19
"""Digits from which on an integer may exceed 64 bits; orjson reads those as floats."""


def decode(text: bytes | str) -> Any:
    """Read a JSON document, in UTF-8 if it is bytes; a `ValueError` holds no value."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        refused = ValueError(f"not JSON: {error.msg} at column {error.colno}")
    else:
        if _MANY_DIGITS not in raw.translate(_ZEROS):
            return found
        refused = ValueError("not JSON: a number has too many digits")
    try:
        return json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        pass
    # Raised here, because the parser's error would hold the text.
    raise refused


def _refuse(_name: str) -> float:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def encode(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Write a JSON document; `default` converts other types, as in `orjson.dumps`."""
    try:
        return orjson.dumps(value, default)
    except orjson.JSONEncodeError:
        return "".join(_tokens(value, default)).encode()


def has_utf_8(text: str) -> bool:
    """Whether a text can be written as UTF-8, which halves of surrogate pairs can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Token(str):
    """JSON that is already written."""

    __slots__ = ()


def _tokens(value: Any, default: Callable[[Any], Any] | None) -> Iterator[str]:
    """The document in pieces, written without recursion."""
    pending: list[Any] = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, _Token):
            yield current
        elif isinstance(current, dict):
            pending.append(_Token("}"))
            members: list[tuple[Any, Any]] = list(current.items())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # JSON
            for position in range(len(members) - 1, -1, -1):
                name, inner = members[position]
                if not isinstance(name, str):
                    raise TypeError("the name of a field is not a string")
                pending += [inner, _Token(f"{',' if position else ''}{_scalar(name, default)}:")]
            yield "{"
        elif isinstance(current, list | tuple):
            pending.append(_Token("]"))
            items = list(cast("list[Any]", current))
            for position in range(len(items) - 1, -1, -1):
                pending.append(items[position])
                if position:
                    pending.append(_Token(","))
            yield "["
        else:
            yield _scalar(current, default)


def _scalar(value: Any, default: Callable[[Any], Any] | None) -> str:
    try:
        return orjson.dumps(value, default).decode()
    except orjson.JSONEncodeError:
        if not isinstance(value, str | int):
            raise
    return json.dumps(value)
