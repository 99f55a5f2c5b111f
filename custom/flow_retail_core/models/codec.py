"""The codec of a model: what reads and sends its objects, compiled once a class from its declaration.

The source is registered with `linecache`, so that a debugger and a traceback show it.
"""

import datetime
import linecache
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import orjson

from flow_retail_core.models.checking import checked
from flow_retail_core.models.codec_source import decoding_source, sending_source
from flow_retail_core.models.decoders import (
    ANYTHING,
    LONGEST_MOMENT,
    NOT_AS_SPECIFIED,
    STRING,
    Names,
    found,
    long_moment,
)
from flow_retail_core.models.fields import declared_fields
from flow_retail_core.models.schema_drift import (
    HIGHEST,
    LOWEST,
    Location,
    Step,
    check_exact,
    context_of,
    report,
)
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from flow_retail_core.models.model import Model

_FEW = 8
"""Objects up to which a class is not compiled: it takes as long as reading a hundred of them."""


class Codec:
    """Reads and sends the objects of one model."""

    __slots__ = (
        "_decoded",
        "_known",
        "_users",
        "decode",
        "extra",
        "fields",
        "model",
        "records",
        "send",
    )

    def __init__(self, model: "type[Model]") -> None:
        self.model = model
        self.fields, self.extra = declared_fields(model)
        self.records = [(each, of) for each in self.fields if (of := each.decoder.record_model) is not None]
        self.decode: Callable[[Any, Location, Step], Any] = self._decode_first
        self.send: Callable[[Any], dict[str, Any]] = self._send_first
        self._known = frozenset(each.name for each in self.fields)
        self._decoded = 0
        self._users: list[tuple[str, dict[str, Any], str]] = []

    def _decode_first(self, data: Any, location: Location, step: Step) -> Any:
        self._decoded += 1
        if self._decoded <= _FEW:
            return self._read(data, location if step is None else (location, step))
        self.prepare()
        return self.decode(data, location, step)

    def _send_first(self, value: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", self.compiled("send")(value))

    def prepare(self) -> None:
        """Compile `decode`, unless it is."""
        if self.decode == self._decode_first:
            self.compiled("decode")

    def compiled(self, part: str) -> Callable[..., Any]:
        """Compile `decode` or `send`."""
        names = Names({**_ALWAYS, "Model": self.model})
        if part == "decode":
            source = decoding_source(self.fields, names)
            names.known.update(tolerate=self._tolerate, unknown=self._unknown)
        else:
            source = sending_source(self.fields, names, typed_extra=self.extra is not ANYTHING)
            names.known["send_extra"] = self._send_extra
        function = _compile(part, source, self.model.__qualname__, names.known, self._known)
        setattr(self, part, function)
        for used, namespace, name in self._users:
            if used == part:
                namespace[name] = function
        return function

    def used_as(self, part: str, namespace: dict[str, Any], name: str) -> None:
        """Have a name refer to `decode` or `send`, whichever function that is by then."""
        namespace[name] = getattr(self, part)
        self._users.append((part, namespace, name))
        # Another thread may have compiled it in between.
        namespace[name] = getattr(self, part)

    def _tolerate(self, data: Any, location: Location, step: Step, deviation: Exception) -> Any:
        """Read an object that deviates from the spec, unless the caller wants the exception."""
        if context_of(location) is None:
            raise deviation
        return self._read(data, location if step is None else (location, step))

    def read(self, data: Any, location: Location) -> Any:
        """Read an object as a decoder does."""
        context = context_of(location)
        if context is None or not context.strict:
            return self.decode(data, location, None)
        # The error of strict mode names positions in lists, which compiled code does not keep count of.
        try:
            return self.decode(data, None, None)
        except NOT_AS_SPECIFIED:
            return self._read(data, location)

    def _read(self, data: Any, location: Location) -> Any:
        """Read an object field by field, reporting each that is not as the spec has it."""
        kind = found(data, "an object")
        if type(data) is dict:
            try:
                return self._read_fields(cast("dict[str, Any]", data), location)
            except RecursionError:
                kind = "nested too deep"
        report(location, kind, data)
        return cast("object", data)

    def _read_fields(self, data: dict[str, Any], location: Location) -> Any:
        instance: Any = _new(self.model)
        known = 0
        for each in self.fields:
            name = each.name
            content: Any = UNSET
            if name in data:
                known += 1
                content = data[name]
                if each.decoder is not STRING or type(content) is not str:
                    content = each.decoder.decode(content, (location, name))
            elif each.required:
                report((location, name), "missing")
            setattr(instance, each.attribute, content)
        instance.additional_properties = {} if known == len(data) else self._unknown(data, location)
        return instance

    def _unknown(self, data: dict[str, Any], location: Location) -> dict[str, Any]:
        """The fields that the spec does not name, in the order they came."""
        extra = {key: value for key, value in data.items() if key not in self._known}
        if self.extra is ANYTHING:
            check_exact(location, extra)
            return extra
        return {key: self.extra.decode(value, (location, key)) for key, value in extra.items()}

    def _send_extra(self, extra: dict[str, Any]) -> dict[str, Any]:
        return {key: checked(self.extra, value) for key, value in extra.items()}

    def written(self, value: Any) -> dict[str, Any]:
        """What orjson writes of an object, whatever it holds."""
        named = {**value.additional_properties}
        for each in self.fields:
            content = getattr(value, each.attribute)
            if content is not UNSET:
                named[each.name] = sent_moment(content) if type(content) is datetime.datetime else content
        return named


_codecs: "dict[type, Codec]" = {}


def codec_of(model: type) -> Codec:
    """The codec of a model."""
    try:
        return _codecs[model]
    except KeyError:
        # Not when the class is made: models may refer to each other in cycles.
        return _codecs.setdefault(model, Codec(model))


def send(value: Any) -> dict[str, Any]:
    """What orjson writes for a model that is as the spec has it."""
    try:
        codec = _codecs[value.__class__]
    except KeyError:
        codec = codec_of(value.__class__)
    return codec.send(value)


_new = object.__new__


def _array_of(model: type, value: list[Any]) -> list[Any]:
    """Raise TypeError unless each item is an object of a model."""
    for item in value:
        if type(item) is not model:
            raise TypeError
    return value


def _strings(value: Any) -> Any:
    """Raise TypeError unless the value is a JSON array of strings."""
    if value.__class__ is not list:
        raise TypeError
    "".join(value)
    return value


def sent_moment(value: datetime.datetime) -> Any:
    """A date-time as orjson may write it: it would round an offset with seconds."""
    zone = value.tzinfo
    if zone is None or zone is datetime.UTC:
        return value
    offset = value.utcoffset() if type(zone) is datetime.timezone else None
    return value.isoformat() if offset is None or offset.microseconds or offset.seconds % 60 else value


def _send_other(model: type, value: Any) -> dict[str, Any]:
    """Send an object of a subclass."""
    if not issubclass(value.__class__, model):
        raise TypeError
    return send(value)


_ALWAYS: dict[str, Any] = {
    "HIGHEST": HIGHEST,
    "LONGEST_MOMENT": LONGEST_MOMENT,
    "LOWEST": LOWEST,
    "NOT_AS_SPECIFIED": NOT_AS_SPECIFIED,
    "UNSET": UNSET,
    "UTC": datetime.UTC,
    "array_of": _array_of,
    "checked": checked,
    "day": datetime.date.fromisoformat,
    "long_moment": long_moment,
    "moment": datetime.datetime.fromisoformat,
    # `__init__` with its keywords takes twice as long.
    "new": _new,
    # The cheapest way to look at the type of many texts.
    "require_strings": "".join,
    "send_other": _send_other,
    "sent_moment": sent_moment,
    "strings": _strings,
}
"""What compiled code may use."""


def _compile(
    part: str, source: str, model: str, names: dict[str, Any], keys: frozenset[str]
) -> Callable[..., Any]:
    # The parser's strings become the constants: Python finds a key at once if it is the very string.
    for key in orjson.loads(orjson.dumps(dict.fromkeys(keys))):
        sys.intern(key)
    filename = f"<flow_retail_core: {part} {model}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)  # noqa: S102  # our own source, as attrs and dataclasses do
    return cast("Callable[..., Any]", names[part])
