"""From the bytes of a response to what a method returns."""

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import orjson
from attrs import frozen

from flow_retail_core.errors import DecodeError
from flow_retail_core.models.codec import codec_of
from flow_retail_core.models.decoders import (
    NOT_AS_SPECIFIED,
    Decoder,
    ListDecoder,
    ModelDecoder,
    found,
)
from flow_retail_core.models.jsonable import DEEPEST
from flow_retail_core.models.model import Model
from flow_retail_core.models.schema_drift import (
    DecodingContext,
    InexactNumber,
    Location,
    SchemaDrift,
    report,
)

T = TypeVar("T")
M = TypeVar("M", bound=Model)

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
    decoder: Decoder[Any] = ModelDecoder(cast("Any", returns)) if isinstance(returns, type) else returns
    if isinstance(decoder, Raw):
        return cast("Any", decoder).decode(content, None)
    context = DecodingContext(operation, strict, exact=False)
    try:
        read = _read(decoder, content, context)
    except InexactNumber:
        context = DecodingContext(operation, strict)
        read = _read(decoder, content, context)
    for path, problem in context.deviations:
        schema_drift.count(operation, path, problem)
    return read


_prepared: set[type] = set()


def prepare(returns: Any) -> None:
    """Compile what reads the records of a page, so that the page itself stalls the loop for less."""
    if returns not in _prepared:
        for _, record in codec_of(returns).records:
            codec_of(record).prepare()
        _prepared.add(returns)


def _parse(content: bytes, context: DecodingContext) -> Any:
    if context.exact:
        return _parse_exactly(content, context)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    # Out here because the parser's own error, as context, would hold the whole body.
    raise (
        InexactNumber
        if content
        else DecodeError(operation=context.operation, path="$", reason="an empty body")
    )


def _parse_exactly(content: bytes, context: DecodingContext) -> Any:
    try:
        value, problems = _load_exactly(content, context)
    except RecursionError:
        reason = "nested too deep"
    except ValueError:
        reason = "not JSON"
    else:
        for location, problem in problems:
            report(location, problem)
        return value
    with contextlib.suppress(orjson.JSONDecodeError):
        # Deeper than Python's parser goes.
        value = orjson.loads(content)
        report(context, "not exact: it is nested too deep to read its large numbers")
        return value
    raise DecodeError(operation=context.operation, path="$", reason=reason)


def _read(decoder: Decoder[Any], content: bytes, context: DecodingContext) -> Any:
    value = _parse(content, context)
    if not context.strict:
        return _read_root(decoder, value, context, context.operation)
    with contextlib.suppress(*NOT_AS_SPECIFIED):
        return _read_root(decoder, value, None, context.operation)
    # Parsed again, since decoding has taken the records out of the value.
    return decoder.decode(_parse(content, context), context)


def _read_root(decoder: Decoder[Any], value: Any, location: Location, operation: str) -> Any:
    """Read the root of a response; without a location, raise for what is not as the spec has it.

    A root of another type leaves nothing to hand back: an error page must not pass for a record.
    """
    if isinstance(decoder, ModelDecoder):
        if type(value) is not dict:
            raise DecodeError(operation=operation, path="$", reason=found(value, "an object"))
        named = cast("dict[str, Any]", value)
        codec = codec_of(cast("Any", decoder).model)
        taken: dict[str, Any] = {}
        for field, of in codec.records:
            if type(named.get(field.name)) is list:
                taken[field.attribute] = _take(of, named[field.name], (location, field.name))
        read = codec.decode(named, location, None)
        for attribute, objects in taken.items():
            setattr(read, attribute, objects)
        return read
    if isinstance(decoder, ListDecoder) and type(value) is not list:
        raise DecodeError(operation=operation, path="$", reason=found(value, "an array"))
    records = decoder.record_model
    if records is None:
        return cast("Any", decoder).decode(value, location)
    return _take(records, cast("list[Any]", value), location)


def _take(model: type[M], records: list[Any], location: Location) -> list[M]:
    """Read records and let go of each at once, which empties their list.

    A page is then never in memory twice, and the garbage collector, which comes when objects become more,
    comes half as often.
    """
    codec = codec_of(model)
    objects: list[M] = []
    records.reverse()
    while records:
        objects.append(codec.decode(records.pop(), location, 0))
    return objects


def _load_exactly(content: bytes, root: Any) -> tuple[Any, list[tuple[Any, str]]]:
    """Read JSON with each integer exact, and with U+FFFD for what is not Unicode."""
    holder: list[Any] = [
        json.loads(
            # Bytes that are not UTF-8 become lone surrogates, which no UTF-8 holds.
            content.decode("utf-8", "surrogateescape"),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse,
        )
    ]
    problems: list[tuple[Any, str]] = []
    waiting: list[tuple[Any, Any, Any, int]] = [(holder, 0, root, 0)]
    while waiting:
        within, key, location, depth = waiting.pop()
        if depth > DEEPEST:
            raise RecursionError
        value = within[key]
        if isinstance(value, _OutOfRange):
            problems.append((location, "a number out of range"))
            within[key] = str(value)
        elif isinstance(value, str):
            if _SURROGATE.search(value):
                problems.append((location, "not valid Unicode"))
                within[key] = _SURROGATE.sub("\ufffd", value)
        elif isinstance(value, dict):
            named = cast("dict[str, Any]", value)
            if any(map(_SURROGATE.search, named)):
                problems.append((location, "an object with a name that is not valid Unicode"))
                named = within[key] = {_SURROGATE.sub("\ufffd", name): each for name, each in named.items()}
            waiting.extend((named, name, (location, name), depth + 1) for name in reversed(named))
        elif isinstance(value, list):
            items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
            positions = reversed(range(len(items)))
            waiting.extend((items, position, (location, position), depth + 1) for position in positions)
    return holder[0], problems


def _integer(digits: str) -> int | _OutOfRange:
    # Python refuses to convert more digits than `sys.get_int_max_str_digits()`.
    with contextlib.suppress(ValueError):
        return int(digits)
    return _OutOfRange(digits)


def _number(digits: str) -> float | _OutOfRange:
    number = float(digits)
    return number if number - number == 0 else _OutOfRange(digits)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError
