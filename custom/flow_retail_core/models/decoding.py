"""From the bytes of a response to what a method returns."""

import contextlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import orjson
from attrs import frozen

from flow_retail_core.errors import DecodeError
from flow_retail_core.models.codec import codec_of
from flow_retail_core.models.decoders import (
    NOT_AS_SPECIFIED,
    Decoder,
    ListDecoder,
    decoder_for,
    found,
    record_model,
)
from flow_retail_core.models.jsonable import DEEPEST
from flow_retail_core.models.schema_drift import (
    DecodingContext,
    InexactNumber,
    Location,
    SchemaDrift,
    report,
)

T = TypeVar("T")

_SURROGATE = re.compile("[\ud800-\udfff]")


class _OutOfRange(str):
    """A number that Python can't hold, as its digits."""

    __slots__ = ()


@frozen
class Raw(Decoder[T]):
    """A response that is not JSON."""

    convert: Callable[[bytes], T]

    def decode(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        return self.convert(value)


BYTES = Raw(bytes)
"""The bytes of the response."""

TEXT = Raw(lambda content: bytes(content).decode("utf-8", "replace"))
"""The text of the response; bytes that are not UTF-8 are replaced."""


def decode(
    returns: Any, content: bytes, *, operation: str, schema_drift: SchemaDrift, strict: bool = False
) -> Any:
    """Read the body of a successful response: a model or what a decoder reads."""
    if isinstance(returns, Raw):
        return cast("Any", returns).decode(content, None)
    try:
        context = DecodingContext(operation, strict, exact=False)
        read = _read(returns, orjson.loads(content), context)
    except (InexactNumber, orjson.JSONDecodeError):
        context = DecodingContext(operation, strict)
        read = _read(returns, _load_exactly(content, context), context)
    for path, problem in context.deviations:
        schema_drift.count(operation, path, problem)
    return read


def prepare(returns: Any) -> None:
    """Compile what reads the records of a page, so that the page itself stalls the loop for less."""
    for _, record in codec_of(returns).records:
        codec = codec_of(record)
        if not codec.is_compiled:
            codec.compiled("decode")


def _read(returns: Any, value: Any, context: DecodingContext) -> Any:
    """Read the root of a response.

    A root of another type leaves nothing to hand back: an error page must not pass for a record.
    """
    if context.strict:
        return read_strictly(decoder_for(returns), value, context)
    of = cast("object", type(value))
    if isinstance(returns, ListDecoder):
        if of is not list:
            raise DecodeError(operation=context.operation, path="$", reason=found(value, "an array"))
        records = record_model(returns)
        if records is not None:
            return _take(records, value, context)
    if not isinstance(returns, type):
        return cast("Any", returns).decode(value, context)
    if of is not dict:
        raise DecodeError(operation=context.operation, path="$", reason=found(value, "an object"))
    codec = codec_of(returns)
    taken: dict[str, Any] = {}
    for field, record in codec.records:
        if type(value.get(field.name)) is list:
            taken[field.attribute] = _take(record, value[field.name], (context, field.name))
    read = codec.decode(value, context, None)
    for attribute, objects in taken.items():
        setattr(read, attribute, objects)
    return read


def read_strictly(decoder: Decoder[Any], value: Any, context: DecodingContext) -> Any:
    """Read a value that must be as the spec has it.

    The error names positions in lists, which compiled code does not keep count of.
    """
    with contextlib.suppress(*NOT_AS_SPECIFIED):
        return decoder.decode(value, None)
    return decoder.decode(value, context)


def _take(model: Any, records: list[Any], location: Location) -> list[Any]:
    """Read records and let go of each at once, which empties their list.

    A page is then never in memory twice, and the garbage collector, which comes when objects become more,
    comes half as often.
    """
    codec = codec_of(model)
    objects: list[Any] = []
    records.reverse()
    while records:
        objects.append(codec.decode(records.pop(), location, 0))
    return objects


def _load_exactly(content: bytes, context: DecodingContext) -> Any:
    """Read JSON with each number exact, and with U+FFFD for what is not Unicode."""
    try:
        root: list[Any] = [
            json.loads(
                # Bytes that are not UTF-8 become lone surrogates, which no UTF-8 holds.
                content.decode("utf-8", "surrogateescape"),
                parse_int=partial(_number, int),
                parse_float=partial(_number, float),
                # Refuses NaN and Infinity, which are no JSON, by a ValueError.
                parse_constant=int,
            )
        ]
        _replace_unreadable(root, context)
    except RecursionError:
        reason = "nested too deep"
    except ValueError:
        reason = "not JSON" if content else "an empty body"
    else:
        return root[0]
    raise DecodeError(operation=context.operation, path="$", reason=reason)


def _replace_unreadable(root: list[Any], context: DecodingContext) -> None:
    """Replace and report what Python's types can't hold, in the value that a list holds."""
    waiting: list[tuple[Any, Any, Any, int]] = [(root, 0, context, 0)]
    while waiting:
        within, key, location, depth = waiting.pop()
        if depth > DEEPEST:
            raise RecursionError
        value = within[key]
        if isinstance(value, _OutOfRange):
            report(location, "a number out of range")
            within[key] = str(value)
        elif isinstance(value, str):
            if _SURROGATE.search(value):
                report(location, "not valid Unicode")
                within[key] = _SURROGATE.sub("\ufffd", value)
        elif isinstance(value, dict | list):
            held = cast("Any", value)
            if isinstance(value, dict) and any(map(_SURROGATE.search, held)):
                report(location, "an object with a name that is not valid Unicode")
                held = within[key] = {_SURROGATE.sub("\ufffd", name): each for name, each in held.items()}
            steps: Any = list(held) if isinstance(value, dict) else range(len(held))
            waiting.extend((held, step, (location, step), depth + 1) for step in reversed(steps))


def _number(convert: Callable[[str], Any], digits: str) -> Any:
    # Python refuses to convert more digits than `sys.get_int_max_str_digits()`.
    with contextlib.suppress(ValueError):
        number = convert(digits)
        if number - number == 0:
            return number
    return _OutOfRange(digits)
