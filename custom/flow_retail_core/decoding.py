"""From the bytes of an answer to what a method returns."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

import orjson

from flow_retail_core.drift import Drift
from flow_retail_core.errors import DecodeError
from flow_retail_core.exact import NOT_AS_PROMISED
from flow_retail_core.model import Model
from flow_retail_core.parsing import parse_exactly
from flow_retail_core.readers import ListReader, ModelReader, found, record_model, records_of
from flow_retail_core.reading import InexactNumber, Place, Reader, Reading, deviates

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Raw:
    """An answer that is not JSON: `RAW_BYTES` as it came, `RAW_TEXT` as text."""


class RawBytes(Raw):
    """The bytes of the answer."""

    def exact(self, value: Any) -> bytes:
        """See `Reader`."""
        return bytes(value)

    def read(self, value: Any, _place: object) -> bytes:
        """See `Reader`."""
        return bytes(value)


class RawText(Raw):
    """The text of the answer; bytes that are not UTF-8 are replaced."""

    def exact(self, value: Any) -> str:
        """See `Reader`."""
        return bytes(value).decode("utf-8", "replace")

    def read(self, value: Any, _place: object) -> str:
        """See `Reader`."""
        return self.exact(value)


BYTES = RawBytes()
TEXT = RawText()


@overload
def decode(returns: type[M], content: bytes, *, operation: str, drift: Drift, strict: bool = False) -> M: ...
@overload
def decode(
    returns: Reader[T], content: bytes, *, operation: str, drift: Drift, strict: bool = False
) -> T: ...
def decode(
    returns: type[Model] | Reader[Any],
    content: bytes,
    *,
    operation: str,
    drift: Drift,
    strict: bool = False,
) -> Any:
    """Read the body of a successful answer.

    Args:
        returns: What the spec promises: a model class, or a reader of another kind of value.
        content: The body, in bytes.
        operation: The operation that was answered, for messages.
        drift: Where deviations from the spec are counted.
        strict: Whether a deviation is an error.

    Returns:
        What was read; where it is not as promised, the values as they came.

    Raises:
        DecodeError: The body is not JSON, or its root is of another kind than promised, or, in strict mode,
            anything in it deviates from the spec.
    """
    reader: Reader[Any] = ModelReader(returns) if isinstance(returns, type) else returns
    if isinstance(reader, Raw):
        return reader.exact(content)
    reading = Reading(operation, strict, exact=False)
    try:
        read = _read(reader, content, reading, _parse)
    except InexactNumber:
        reading = Reading(operation, strict)
        read = _read(reader, content, reading, _parse_exactly)
    for path, problem in reading.deviations:
        drift.count(operation, path, problem)
    return read


def _parse(content: bytes, reading: Reading) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    # Out here because the parser's own error, as context, would hold the whole body.
    raise (
        InexactNumber
        if content
        else DecodeError(operation=reading.operation, path="$", reason="an empty body")
    )


def _parse_exactly(content: bytes, reading: Reading) -> Any:
    try:
        value, problems = parse_exactly(content, reading)
    except RecursionError:
        reason = "nested too deep"
    except ValueError:
        reason = "not JSON"
    else:
        for place, problem in problems:
            deviates(place, problem)
        return value
    with contextlib.suppress(orjson.JSONDecodeError):
        # Deeper than Python's parser goes.
        value = orjson.loads(content)
        deviates(reading, "not exact: it is nested too deep to read its large numbers")
        return value
    raise DecodeError(operation=reading.operation, path="$", reason=reason)


def _read(
    reader: Reader[Any], content: bytes, reading: Reading, parse: Callable[[bytes, Reading], Any]
) -> Any:
    value = parse(content, reading)
    _check_root(reader, value, reading.operation)
    if not reading.strict:
        return _read_root(reader, value, reading)
    with contextlib.suppress(*NOT_AS_PROMISED):
        return _read_root(reader, value, None)
    # Parsed again, since reading has taken the records out of the value.
    return reader.read(parse(content, reading), reading)


def _check_root(reader: object, value: object, operation: str) -> None:
    """A root of another kind leaves nothing to hand back: an error page must not pass for a record."""
    for kind, promised, name in ((ModelReader, dict, "an object"), (ListReader, list, "an array")):
        if isinstance(reader, kind) and not isinstance(value, promised):
            raise DecodeError(operation=operation, path="$", reason=found(value, name))


def _read_root(reader: Reader[Any], value: Any, place: Place) -> Any:
    """Read the root of an answer; without a place, raise for what is not as promised."""
    records = record_model(reader)
    if records is not None:
        return _take(records, value, place)
    if not isinstance(reader, ModelReader):
        return reader.exact(value) if place is None else reader.read(value, place)
    model = cast("type[Model]", reader.model)
    taken = {
        described.attribute: _take(of, value[described.name], (place, described.name))
        for described, of in records_of(model)
        if type(value.get(described.name)) is list
    }
    read = model.read_json(value, place)
    for attribute, objects in taken.items():
        setattr(read, attribute, objects)
    return read


def _take(model: type[M], records: list[Any], place: Place) -> list[M]:
    """Read records and let go of each at once, which empties their list.

    A page is then never in memory twice, and the garbage collector, which comes when objects become more,
    comes half as often.
    """
    read = model.read_json
    objects: list[M] = []
    records.reverse()
    while records:
        objects.append(read(records.pop(), place, 0))
    return objects
