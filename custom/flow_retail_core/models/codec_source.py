"""The Python source of a codec: what decodes and sends the objects of one model.

The steps are those that measured fastest: no `__init__`, one look at each property, and a `try` that costs
nothing as long as nothing deviates. Whatever deviates is left to the caller.
"""

import datetime
from functools import partial
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, cast

from flow_retail_core.models import decoders
from flow_retail_core.models.jsonable import jsonable
from flow_retail_core.models.schema_drift import HIGHEST, LOWEST
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from flow_retail_core.models.codec import Codec
    from flow_retail_core.models.fields import Field

_BY_ATTRIBUTES = range(8, 31)
"""Numbers of fields for which it is quicker to set attributes and take their dict.

A dict that is filled key by key is resized several times. Python shares the keys of up to 30 attributes.
"""

_HOLDS: dict[Any, str] = {
    decoders.STRING: "type({0}) is str",
    decoders.INTEGER: "type({0}) is int",
    decoders.NUMBER: "(type({0}) is int or (type({0}) is float and LOWEST < {0} < HIGHEST))",
    decoders.BOOLEAN: "type({0}) is bool",
    decoders.NULL: "{0} is None",
    decoders.ListDecoder(decoders.STRING): "(type({0}) is list and join({0}) is not None)",
}

_READS: dict[Any, str] = {
    decoders.DATE_TIME: "moment(text) if len(text := {0}) <= LONGEST else DATE_TIME.decode(text, None)",
    decoders.DATE: "day({0})",
}

_MINUTE = datetime.timedelta(minutes=1)


def _sent_moment(value: datetime.datetime) -> Any:
    """A date-time as orjson may write it: it would round an offset with seconds."""
    offset = value.utcoffset()
    return value.isoformat() if offset and offset % _MINUTE else value


NAMES: dict[str, Any] = {
    "DATE_TIME": decoders.DATE_TIME,
    "HIGHEST": HIGHEST,
    # Characters up to which a date-time of RFC 3339 has no more digits than Python keeps.
    "LONGEST": 26,
    "LOWEST": LOWEST,
    "NOT_AS_SPECIFIED": decoders.NOT_AS_SPECIFIED,
    "UNSET": UNSET,
    "UTC": datetime.UTC,
    "checked": partial(jsonable, writable=False),
    "day": datetime.date.fromisoformat,
    # Raises TypeError at anything but texts.
    "join": "".join,
    "moment": datetime.datetime.fromisoformat,
    # `__init__` with its keywords takes twice as long.
    "new": object.__new__,
    "sent_moment": _sent_moment,
}
"""What compiled code may use, the compiled functions of all models included."""


def bind(name: str, value: object) -> str:
    """Make a value known to compiled code, and return the name that it has there."""
    free, number = name, 2
    while NAMES.setdefault(free, value) is not value:
        free, number = f"{name}_{number}", number + 1
    return free


def decoding_source(codec: "Codec") -> str:
    """Write the function that reads an object which is as the spec has it."""
    required = sum(field.required for field in codec.fields)
    count = str(required) if required == len(codec.fields) else "count"
    # Objects are read last: what deviates in them is reported then, and must not be read a second time.
    objects = [field for field in codec.fields if _holds_objects(field.decoder)]
    body = [] if required else ["if type(data) is not dict:", "    raise TypeError"]
    body += [f"count = {required}", f"self = new(class_{codec.name})"]
    for field in codec.fields:
        lines = _read(field)
        if not field.required:
            lines = [
                f"if {field.name!r} in data:",
                *_indented(lines),
                "    count += 1",
                "else:",
                f"    self.{field.attribute} = UNSET",
            ]
        body += lines
    for field in objects:
        lines = _read_objects(field)
        body += lines if field.required else [f"if self.{field.attribute} is not UNSET:", *_indented(lines)]
    # Only what has objects within makes its own location beforehand: most small objects never need one.
    at = "location if step is None else (location, step)"
    unknown = f"{codec.name}.unknown(data, {'at' if objects else at})"
    body.append(f"self._extra = None if len(data) == {count} else {unknown}")
    return _function(
        f"decode_{codec.name}(data, location, step)",
        [
            *([f"at = {at}"] if objects else []),
            "try:",
            *_indented(body),
            "except NOT_AS_SPECIFIED as deviation:",
            f"    return {codec.name}.tolerate(data, location, step, deviation)",
            "return self",
        ],
    )


def sending_source(codec: "Codec") -> str:
    """Write the function that turns an object into what orjson writes, or raises if it may not be sent."""
    fields = codec.fields
    by_attributes = len(fields) in _BY_ATTRIBUTES and all(_is_attribute(field.name) for field in fields)
    # A class of its own, since only the instances of one class share their keys.
    new = f"new({bind(f'Written_{codec.name}', type('Written', (), {}))})" if by_attributes else "{}"
    body = [f"if type(self) is not class_{codec.name}:", "    raise TypeError", f"written = {new}"]
    for field in fields:
        target = f"written.{field.name}" if by_attributes else f"written[{field.name!r}]"
        if field.required:
            body += [f"value = self.{field.attribute}", *_send(field, target)]
        else:
            body.append(f"if (value := self.{field.attribute}) is not UNSET:")
            body += _indented(_send(field, target))
    if by_attributes:
        body.append("written = written.__dict__")
    extra = "self._extra"
    if codec.extra is not decoders.ANYTHING:
        extra = f"{{key: {_sent(codec.extra, 'each')} for key, each in self._extra.items()}}"
    body.append(f"return written if self._extra is None else {{**{extra}, **written}}")
    return _function(f"send_{codec.name}(self, UNSET=UNSET)", body)


def _is_attribute(name: str) -> bool:
    # Python reads an identifier beyond ASCII in its normal form, which may be another name.
    return name.isascii() and name.isidentifier() and not iskeyword(name) and not name.startswith("__")


def _function(signature: str, lines: list[str]) -> str:
    return "\n".join([f"def {signature}:", *_indented(lines), ""])


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _send(field: "Field", target: str) -> list[str]:
    records = decoders.record_model(field.decoder)
    if records is None:
        return [f"{target} = {_sent(field.decoder, 'value')}"]
    name = records.__codec__().name
    return [
        "if type(value) is not list:",
        "    raise TypeError",
        f"{target} = items = []",
        "for item in value:",
        f"    items.append(send_{name}(item))",
    ]


def _sent(decoder: Any, value: str) -> str:
    """The expression for what orjson writes, or leaves to the codec of a model."""
    of = cast("object", type(decoder))
    if decoder is decoders.DATE or _holds(decoder.item if of is decoders.ListDecoder else decoder):
        return value
    if decoder is decoders.DATE_TIME:
        return f"({value} if {value}.tzinfo is UTC else sent_moment({value}))"
    if of is decoders.ModelDecoder:
        return f"send_{decoder.model.__codec__().name}({value})"
    if of is decoders.UnionDecoder and decoder.nullable is not None:
        return f"None if {value} is None else {_sent(decoder.nullable, value)}"
    if of is decoders.EnumDecoder:
        enum, known = bind(f"enum_{decoder.enum.__name__}", decoder.enum), _known(decoder)
        # orjson would ask for `value`, a property, which takes longer than all else.
        return f"({value}._value_ if type({value}) is {enum} else {known}[{value}]._value_)"
    return f"checked({value}, {bind('decoder', decoder)})"


def _decoded(decoder: Any, value: str, location: str = "") -> str:
    """The expression that reads a value, or raises one of `NOT_AS_SPECIFIED`."""
    of = cast("object", type(decoder))
    if _holds(decoder):
        return value
    if decoder in _READS:
        return _READS[decoder].format(value)
    if of is decoders.ModelDecoder:
        return f"decode_{decoder.model.__codec__().name}({value}, {location})"
    if of is decoders.UnionDecoder and decoder.nullable is not None:
        return f"None if {value} is None else {_decoded(decoder.nullable, value, location)}"
    # To Python, `True` and 1.0 are 1.
    if of is decoders.EnumDecoder and decoder.value_type is str:
        return f"{_known(decoder)}[{value}]"
    return f"{bind('decoder', decoder)}.decode({value}, None)"


def _known(decoder: Any) -> str:
    return bind(f"known_{decoder.enum.__name__}", decoder.known)


def _holds(decoder: Any) -> str:
    """The condition of a value that stays what it is; none if it is to be read."""
    if isinstance(decoder, decoders.UnionDecoder):
        other = _holds(decoder.nullable)  # pyright: ignore[reportUnknownMemberType]  # of any type
        return other and f"({{0}} is None or {other})"
    return _HOLDS.get(decoder, "")


def _holds_objects(decoder: Any) -> bool:
    """Whether a deviation may be within an object, which then is reported and read on."""
    of = getattr(decoder, "nullable", None) or decoder
    return (decoders.object_model(of) or decoders.record_model(decoder)) is not None


def _read(field: "Field") -> list[str]:
    """Statements that read a field, or keep it as it came: for good, or until the objects are read."""
    target, value = f"self.{field.attribute}", f"data[{field.name!r}]"
    is_list = decoders.record_model(field.decoder) is not None
    condition = f"type({target}) is list" if is_list else _holds(field.decoder).format(target)
    if condition:
        return [f"{target} = {value}", f"if not ({condition}):", "    raise TypeError"]
    return [f"{target} = {value if _holds_objects(field.decoder) else _decoded(field.decoder, value)}"]


def _read_objects(field: "Field") -> list[str]:
    own = f"self.{field.attribute}"
    records = decoders.record_model(field.decoder)
    if records is None:
        return [f"{own} = {_decoded(field.decoder, own, f'at, {field.name!r}')}"]
    return [
        "items = []",
        f"for item in {own}:",
        f"    items.append(decode_{records.__codec__().name}(item, at, {field.name + '[*]'!r}))",
        f"{own} = items",
    ]
