"""From the bytes of an answer to what a method returns."""

import contextlib
from typing import Any, TypeVar, overload

import orjson

from flow_retail_core.drift import Drift
from flow_retail_core.errors import DecodeError
from flow_retail_core.model import Model
from flow_retail_core.readers import ListReader, ModelReader, found
from flow_retail_core.reading import Reader, Reading

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Raw:
    """An answer that is not JSON: `RAW_BYTES` as it came, `RAW_TEXT` as text."""


class RawBytes(Raw):
    """The bytes of the answer."""

    def exact(self, value: Any) -> bytes:
        """See `Reader`."""
        return bytes(value)

    def read(self, value: Any, _path: object, _reading: object) -> bytes:
        """See `Reader`."""
        return bytes(value)


class RawText(Raw):
    """The text of the answer; bytes that are not UTF-8 are replaced."""

    def exact(self, value: Any) -> str:
        """See `Reader`."""
        return bytes(value).decode("utf-8", "replace")

    def read(self, value: Any, _path: object, _reading: object) -> str:
        """See `Reader`."""
        return self.exact(value)


BYTES = RawBytes()
TEXT = RawText()
_NOT_JSON = object()


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
    value: Any = _NOT_JSON
    with contextlib.suppress(orjson.JSONDecodeError):
        value = orjson.loads(content)
    if value is _NOT_JSON:
        # Raised out here because the parser's own error, as context, would hold the whole body.
        raise DecodeError(operation=operation, path="$", reason="not JSON" if content else "an empty body")
    _check_root(reader, value, operation)
    return reader.read(value, (), Reading(operation, drift, strict))


def _check_root(reader: object, value: object, operation: str) -> None:
    """A root of another kind leaves nothing to hand back: an error page must not pass for a record."""
    for kind, promised, name in ((ModelReader, dict, "an object"), (ListReader, list, "an array")):
        if isinstance(reader, kind) and not isinstance(value, promised):
            raise DecodeError(operation=operation, path="$", reason=found(value, name))
