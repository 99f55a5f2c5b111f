"""The codec of a model: what reads and writes its objects, compiled once a class from its declaration.

The source is registered with `linecache`, so that a debugger and a traceback show it.
"""

# What values and decoders are made of is looked at as the program runs.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import datetime
import linecache
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import orjson
from attrs import field, frozen

from flow_retail_core.models.codec_source import decoding_source, writing_source
from flow_retail_core.models.decoders import (
    LONGEST_MOMENT,
    NOT_AS_SPECIFIED,
    Plain,
    array,
    found,
    long_moment,
)
from flow_retail_core.models.encoding import checked, jsonable, write_other
from flow_retail_core.models.fields import declared_fields, record_model
from flow_retail_core.models.schema_drift import (
    HIGHEST,
    LOWEST,
    Location,
    Step,
    check_exact,
    context_of,
    may_be_rounded,
    report,
)
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from flow_retail_core.models.model import Model


# Compiling a model compiles those within it, and event loops of several threads may begin at once.
_lock = threading.RLock()


class Codec:
    """Reads and writes the objects of one model."""

    __slots__ = (
        "_compiled",
        "_compiling",
        "_names",
        "_steps",
        "decode",
        "fields",
        "model",
        "records",
        "send",
        "write",
    )

    def __init__(self, model: "type[Model]") -> None:
        self.model = model
        self.fields = declared_fields(model)
        self.records = [(each, of) for each in self.fields if (of := record_model(each.decoder)) is not None]
        self._names = frozenset(each.name for each in self.fields)
        # With each field the types of which nothing needs to be read.
        self._steps = [
            (each, each.decoder.types if type(each.decoder) is Plain else frozenset[type]())
            for each in self.fields
        ]
        self._compiled: dict[str, Callable[..., Any]] = {}
        self._compiling: set[str] = set()
        # Compiled at the first use: most programs read some classes, and write others.
        self.decode: Callable[[Any, Location, Step], Any] = self._decode_first
        self.write: Callable[[Any], Any] = self._write_first
        self.send: Callable[[Any], Any] = self._send_first

    def _decode_first(self, data: Any, location: Location, step: Step) -> Any:
        return self.compiled("decode")(data, location, step)

    def _write_first(self, value: Any) -> Any:
        return self.compiled("write")(value)

    def _send_first(self, value: Any) -> Any:
        return self.compiled("send")(value)

    def compiled(self, part: str) -> Callable[..., Any]:
        """Compile `decode`, `write` or `send`, and those of the models within."""
        if part in self._compiled:
            return self._compiled[part]
        with _lock:
            if part in self._compiling:
                # Models may hold each other: looked up when it is there.
                return lambda *arguments: self._compiled[part](*arguments)  # noqa: PLW0108  # not there yet
            self._compiling.add(part)
            try:
                function = self._compiled[part] = self._compile(part)
            finally:
                self._compiling.discard(part)
        setattr(self, part, function)
        return function

    def _compile(self, part: str) -> Callable[..., Any]:
        names = _Names()
        if part == "decode":
            source = decoding_source(self.fields, names.bind)
            names.known.update(tolerate=self._tolerate, names=self._names)
        else:
            source = writing_source(self.fields, names.bind, sent=part == "send")
            refused = part == "send"
            names.known["other"] = _refuse if refused else write_other
            names.known["deviating"] = _refuse if refused else jsonable
        names.known["Model"] = self.model
        return _compile(source, f"{part} {self.model.__qualname__}", names.known, self._names)

    def _tolerate(self, data: Any, location: Location, step: Step, deviation: Exception) -> Any:
        """Read an object that deviates from the spec, unless the caller wants the exception."""
        if context_of(location) is None:
            raise deviation
        return self.decode_leniently(data, location if step is None else (location, step))

    def decode_leniently(self, data: Any, location: Location) -> Any:
        """Read an object field by field, reporting each that is not as the spec has it."""
        kind = found(data, "an object")
        if type(data) is dict:
            try:
                return self._decode_fields(cast("dict[str, Any]", data), location)
            except RecursionError:
                kind = "nested too deep"
        report(location, kind, data)
        return cast("object", data)

    def _decode_fields(self, data: dict[str, Any], location: Location) -> Any:
        instance: Any = _new(self.model)
        known = 0
        for each, types_ in self._steps:
            name = each.name
            if name in data:
                known += 1
                content = data[name]
                if type(content) not in types_:
                    content = each.decoder.lenient(content, (location, name))
            else:
                content = UNSET
                if each.required:
                    report((location, name), "missing")
            setattr(instance, each.attribute, content)
        extra: dict[str, Any] = {}
        if known != len(data):
            extra = _unknown(data, self._names, location)
        instance.additional_properties = extra
        return instance


_codecs: "dict[type, Codec]" = {}


def codec_of(model: type) -> Codec:
    """The codec of a model."""
    try:
        return _codecs[model]
    except KeyError:
        # Not when the class is made: models may refer to each other in cycles.
        return _codecs.setdefault(model, Codec(model))


_new = object.__new__


def _unknown(data: dict[str, Any], known: frozenset[str], location: Location) -> dict[str, Any]:
    """The fields that the spec does not know, in the order they came."""
    extra = {key: value for key, value in data.items() if key not in known}
    if may_be_rounded(extra):
        if context_of(location) is None:
            raise ValueError
        check_exact(location, extra)
    return extra


def _strings(value: Any) -> list[str]:
    """Raise TypeError unless the value is a JSON array of strings."""
    "".join(array(value))
    return value  # type: ignore[no-any-return]  # just looked at


def _integer(value: Any) -> int:
    """Raise TypeError unless the value is a JSON integer: to Python, `True` and 1.0 are 1."""
    if type(value) is not int:
        raise TypeError
    return value


def _json_object(value: Any) -> None:
    """Raise TypeError unless the value is a JSON object."""
    if type(value) is not dict:
        raise TypeError


def _sent_moment(value: Any) -> Any:
    """A date-time as orjson may write it: it would round an offset with seconds."""
    zone = value.tzinfo
    return value if zone is datetime.UTC or zone is None else value.isoformat()


def _refuse(_value: Any) -> Any:
    """Leave to the caller what is not what its field says."""
    raise TypeError


_ALWAYS: dict[str, Any] = {
    "HIGHEST": HIGHEST,
    "LONGEST_MOMENT": LONGEST_MOMENT,
    "LOWEST": LOWEST,
    "NOT_AS_SPECIFIED": NOT_AS_SPECIFIED,
    "UNSET": UNSET,
    "array": array,
    "day": datetime.date.fromisoformat,
    "integer": _integer,
    "json_object": _json_object,
    "jsonable": jsonable,
    "long_moment": long_moment,
    "moment": datetime.datetime.fromisoformat,
    # `__init__` with its keywords takes twice as long.
    "new": _new,
    # The cheapest way to look at the type of many texts.
    "require_strings": "".join,
    "sent_moment": _sent_moment,
    "strings": _strings,
    "unknown": _unknown,
}
"""What compiled code may use."""


@frozen
class _Names:
    """The names that compiled code uses."""

    known: dict[str, Any] = field(factory=lambda: dict(_ALWAYS), init=False)

    def bind(self, role: str, decoder: Any) -> str:
        """Make a part of a decoder known, and return its name."""
        match role:
            case "decode" | "write" | "send":
                called, value = decoder.model.__name__, codec_of(decoder.model).compiled(role)
            case "known":
                called, value = decoder.enum.__name__, decoder.known
            case "enum":
                called, value = decoder.enum.__name__, decoder.enum
            case "checked":
                called, value = "", partial(checked, decoder)
            case _:
                called, value = "", decoder.strict
        base = name = f"{role}_{called}"
        number = 2
        while name in self.known and self.known[name] is not value:
            name, number = f"{base}_{number}", number + 1
        self.known[name] = value
        return name


def _compile(source: str, title: str, names: dict[str, Any], keys: Iterable[str]) -> Callable[..., Any]:
    # The parser's strings become the constants: Python finds a key at once if it is the very string.
    for key in orjson.loads(orjson.dumps(dict.fromkeys(keys))):
        sys.intern(key)
    filename = f"<flow_retail_core: {title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)  # noqa: S102  # our own source, as attrs and dataclasses do
    return cast("Callable[..., Any]", names["decode" if source.startswith("def decode") else "write"])
