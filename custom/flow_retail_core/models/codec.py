"""The codec of a model: what reads and sends its objects, compiled once a class from its declaration.

The source is registered with `linecache`, so that a debugger and a traceback show it.
"""

import linecache
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import orjson

from flow_retail_core.models.codec_source import NAMES, bind, decoding_source, sending_source
from flow_retail_core.models.decoders import STRING, found, record_model
from flow_retail_core.models.fields import Field, declared_fields
from flow_retail_core.models.schema_drift import Location, Step, context_of, report
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
        "decode",
        "extra",
        "fields",
        "is_compiled",
        "model",
        "name",
        "records",
        "send",
    )

    def __init__(self, model: "type[Model]") -> None:
        self.model = model
        self.fields, self.extra = declared_fields(model)
        self.records = [(each, of) for each in self.fields if (of := record_model(each.decoder)) is not None]
        self._known = frozenset(each.name for each in self.fields)
        self._decoded = 0
        self.is_compiled = False
        """Whether `decode` is."""
        self.decode: Callable[[Any, Location, Step], Any] = self._decode_first
        self.send: Callable[[Any], dict[str, Any]] = self._send_first
        self.name = bind(model.__name__, self)
        """What compiled code calls it."""
        NAMES[f"class_{self.name}"] = model
        NAMES[f"decode_{self.name}"] = self.decode
        NAMES[f"send_{self.name}"] = self.send

    def _decode_first(self, data: Any, location: Location, step: Step) -> Any:
        self._decoded += 1
        if self._decoded <= _FEW:
            return self._read(data, location, step)
        if not self.is_compiled:
            self.compiled("decode")
        return self.decode(data, location, step)

    def _send_first(self, value: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", self.compiled("send")(value))

    def compiled(self, part: str) -> Callable[..., Any]:
        """Compile `decode` or `send`."""
        source = decoding_source(self) if part == "decode" else sending_source(self)
        # The parser's strings become the constants: Python finds a key at once if it is the very string.
        for key in orjson.loads(orjson.dumps(dict.fromkeys(self._known))):
            sys.intern(key)
        filename = f"<flow_retail_core: {part} {self.model.__qualname__}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        # Our own source, as attrs and dataclasses do. It takes the place of what its name stood for, so that
        # what other models have compiled calls it from now on.
        exec(compile(source, filename, "exec"), NAMES)  # noqa: S102  # see above
        function: Callable[..., Any] = NAMES[f"{part}_{self.name}"]
        setattr(self, part, function)
        self.is_compiled |= part == "decode"
        return function

    def tolerate(self, data: Any, location: Location, step: Step, deviation: Exception) -> Any:
        """Read an object that deviates from the spec, unless the caller wants the exception."""
        if context_of(location) is None:
            raise deviation
        return self._read(data, location, step)

    def read(self, data: Any, location: Location) -> Any:
        """Read an object as a decoder does."""
        context = context_of(location)
        if context is None or not context.strict:
            return self.decode(data, location, None)
        # The error of strict mode names positions in lists, which compiled code does not keep count of.
        return self._read(data, location)

    def _read(self, data: Any, location: Location, step: Step = None) -> Any:
        """Read an object field by field, reporting each that is not as the spec has it."""
        if step is not None:
            location = (location, step)
        if type(data) is not dict:
            return report(location, found(data, "an object"), data)
        try:
            return self._read_fields(cast("dict[str, Any]", data), location)
        except RecursionError:
            return report(location, "nested too deep", data)

    def _read_fields(self, data: dict[str, Any], location: Location) -> Any:
        instance: Any = object.__new__(self.model)
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
        instance.additional_properties = {} if known == len(data) else self.unknown(data, location)
        return instance

    def unknown(self, data: dict[str, Any], location: Location) -> dict[str, Any]:
        """The fields that the spec does not name, in the order they came."""
        extra = [each for each in data.items() if each[0] not in self._known]
        return {key: self.extra.decode(value, (location, key)) for key, value in extra}

    def set_in(self, value: Any) -> Iterator[tuple[Field, Any]]:
        """The fields that are set in an object, with their values."""
        for each in self.fields:
            content = getattr(value, each.attribute)
            if content is not UNSET:
                yield each, content


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
    return codec_of(value.__class__).send(value)
