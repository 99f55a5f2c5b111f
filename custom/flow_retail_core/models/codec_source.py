"""The Python source of a codec: what reads and writes the fields of one model.

The steps are those that measured fastest: no `__init__`, one look at each property, texts checked by joining
them, and a `try` that costs nothing as long as nothing deviates. Whatever deviates is left to the caller.
"""

# What values and decoders are made of is looked at as the program runs.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flow_retail_core.models.decoders import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    Plain,
    UnionDecoder,
)

if TYPE_CHECKING:
    from flow_retail_core.models.fields import Field

_FEW = 3
"""Texts up to which it is quicker to look at each by itself."""

_CONDITIONS: dict[Any, str] = {
    STRING: "type({0}) is str",
    INTEGER: "type({0}) is int",
    BOOLEAN: "type({0}) is bool",
    NULL: "{0} is None",
    NUMBER: "(type({0}) is int or (type({0}) is float and LOWEST < {0} < HIGHEST))",
}

Bind = Callable[[str, Any], str]
"""Makes an object known to the source, and returns the name for it."""


def decoding_source(fields: "Sequence[Field]", bind: Bind) -> str:
    """Write the function that reads an object which is as the spec has it."""
    required = [field for field in fields if field.required]
    optional = [field for field in fields if not field.required]
    plain = [field for field in required if _is_plain(field.decoder)]
    objects = [field for field in required if _is_tolerant(field.decoder)]
    body = ["self = new(Model)"] if required else ["json_object(data)", "self = new(Model)"]
    body += [f"self.{field.attribute} = data[{field.name!r}]" for field in plain]
    # Objects are read last: what deviates in them is reported then, and must not be read a second time.
    body += [f"of_{field.attribute} = data[{field.name!r}]" for field in objects]
    body += _checks(
        [
            *((field.decoder, f"self.{field.attribute}") for field in plain),
            *((field.decoder, f"of_{field.attribute}") for field in objects if _is_records(field.decoder)),
        ]
    )
    for field in required:
        if not _is_plain(field.decoder) and not _is_tolerant(field.decoder):
            body += _read(field, f"data[{field.name!r}]", bind)
    if optional:
        body.append(f"known = {len(required)}")
    for field in optional:
        if not _is_tolerant(field.decoder):
            check = _checks([(field.decoder, f"self.{field.attribute}")])
            body += _if_given(field, [*_read(field, f"data[{field.name!r}]", bind), *check])
    for field in optional:
        if _is_records(field.decoder):
            condition = f"{field.name!r} in data and type(data[{field.name!r}]) is not list"
            body += [f"if {condition}:", "    raise TypeError"]
    for field in objects:
        body += _read(field, f"of_{field.attribute}", bind)
    for field in optional:
        if _is_tolerant(field.decoder):
            body += _if_given(field, _read(field, f"data[{field.name!r}]", bind))
    count = "known" if optional else str(len(required))
    # Only what has objects within makes its own location beforehand: most small objects never need one.
    at = "location if step is None else (location, step)"
    within = any(_is_tolerant(field.decoder) for field in fields)
    where = "at" if within else at
    body.append(f"self._extra = None if len(data) == {count} else unknown(data, names, {where})")
    return _function(
        "decode(data, location, step)",
        [f"at = {at}"] if within else [],
        body,
        ["except NOT_AS_SPECIFIED as deviation:", "    return tolerate(data, location, step, deviation)"],
        ["return self"],
    )


def writing_source(fields: "Sequence[Field]", bind: Bind, *, sent: bool) -> str:
    """Write the function that turns an object into what JSON knows."""
    required = [field for field in fields if field.required]
    plain = [(field.decoder, f"self.{field.attribute}") for field in required if _is_plain(field.decoder)]
    body = [] if sent else _checks(plain)
    body.append("written = {")
    for field in required:
        body.append(f"    {field.name!r}: {_write(field.decoder, f'self.{field.attribute}', bind, sent)},")
    body.append("}")
    for field in fields:
        if not field.required:
            body.append(f"if (value := self.{field.attribute}) is not UNSET:")
            body.append(f"    written[{field.name!r}] = {_write(field.decoder, 'value', bind, sent)}")
    return _function(
        "write(self)",
        ["if type(self) is not Model:", "    return other(self)"],
        body,
        ["except NOT_AS_SPECIFIED:", "    return deviating(self)"],
        ["return written if self._extra is None else {**self._extra, **written}"],
    )


def _function(
    signature: str, before: list[str], tried: list[str], handler: list[str], after: list[str]
) -> str:
    lines = [*before, "try:", *(f"    {line}" for line in tried), *handler, *after]
    return "\n".join([f"def {signature}:", *(f"    {line}" for line in lines), ""])


def _if_given(field: "Field", lines: list[str]) -> list[str]:
    return [
        f"if {field.name!r} in data:",
        *(f"    {line}" for line in lines),
        "    known += 1",
        "else:",
        f"    self.{field.attribute} = UNSET",
    ]


def _read(field: "Field", source: str, bind: Bind) -> list[str]:
    if not _is_records(field.decoder):
        read = _read_value(field.decoder, source, f", at, {field.name!r}", bind)
        return [f"self.{field.attribute} = {read}"]
    function = bind("decode", field.decoder.item)
    return [
        "items = []",
        f"for item in {source}:",
        f"    items.append({function}(item, at, {field.name + '[*]'!r}))",
        f"self.{field.attribute} = items",
    ]


def _read_value(decoder: Any, source: str, location: str, bind: Bind, depth: int = 0) -> str:
    """The expression that reads a value as the spec has it; objects in it are tolerated at the location."""
    if decoder is DATE_TIME:
        return f"moment(text) if len(text := {source}) <= LONGEST_MOMENT else long_moment(text)"
    if decoder is DATE:
        return f"day({source})"
    if _is_plain(decoder):
        return source
    match decoder:
        case EnumDecoder():
            key = source if decoder.value_type is str else f"integer({source})"
            return f"{bind('known', decoder)}[{key}]"
        case ModelDecoder():
            return f"{bind('decode', decoder)}({source}{location or ', None, None'})"
        case ListDecoder() if decoder.item is STRING:
            return f"strings({source})"
        case ListDecoder() if _is_direct(decoder.item) and not _has_plain_items(decoder):
            item = f"item_{depth}"
            inner = _read_value(decoder.item, item, "", bind, depth + 1)
            return f"[{inner} for {item} in array({source})]"
        case UnionDecoder() if _is_direct(decoder) and not _has_plain_items(decoder):
            inner = _read_value(decoder.nullable, "value", location, bind, depth)
            return f"None if (value := {source}) is None else {inner}"
        case _:
            return f"{bind('strict', decoder)}({source})"


def _write(decoder: Any, source: str, bind: Bind, sent: bool, depth: int = 0) -> str:
    """The expression that turns a value into what JSON knows."""
    if decoder is DATE_TIME:
        return f"sent_moment({source})" if sent else f"{source}.isoformat()"
    if decoder is DATE:
        return f"{source}.isoformat()"
    if _is_plain(decoder):
        return source
    match decoder:
        case EnumDecoder():
            listed = f"{bind('known', decoder)}[{source}]._value_"
            return f"({source}._value_ if type({source}) is {bind('enum', decoder)} else {listed})"
        case ModelDecoder():
            return f"{bind('send' if sent else 'write', decoder)}({source})"
        case ListDecoder() if _is_plain(decoder.item):
            return source if sent else f"[*array({source})]"
        case ListDecoder() if _is_direct(decoder):
            item = f"item_{depth}"
            return f"[{_write(decoder.item, item, bind, sent, depth + 1)} for {item} in array({source})]"
        case UnionDecoder() if _is_direct(decoder):
            return f"None if {source} is None else {_write(decoder.nullable, source, bind, sent, depth)}"
        case UnionDecoder() if sent:
            return f"{bind('checked', decoder)}({source})"
        case _:
            return f"jsonable({source})"


def _is_plain(decoder: Any) -> bool:
    """Whether values stay what they are."""
    kind = decoder.nullable if isinstance(decoder, UnionDecoder) else decoder
    return isinstance(kind, Plain)


def _is_direct(decoder: Any) -> bool:
    """Whether there is but one way to read and write a value, null aside."""
    match decoder:
        case ListDecoder():
            return _is_direct(decoder.item)
        case UnionDecoder():
            return decoder.nullable is not None and _is_direct(decoder.nullable)
        case _:
            return decoder in (DATE, DATE_TIME) or isinstance(decoder, Plain | EnumDecoder | ModelDecoder)


def _has_plain_items(decoder: Any) -> bool:
    """Whether it is an array of values that stay what they are: only decoders look at the type of each."""
    kind = decoder.nullable if isinstance(decoder, UnionDecoder) else decoder
    if not isinstance(kind, ListDecoder):
        return False
    return _has_plain_items(kind.item) or (_is_plain(kind.item) and kind.item is not STRING)


def _is_records(decoder: Any) -> bool:
    return isinstance(decoder, ListDecoder) and isinstance(decoder.item, ModelDecoder)


def _is_tolerant(decoder: Any) -> bool:
    """Whether what reads a value goes on after a deviation."""
    kind = decoder.nullable if isinstance(decoder, UnionDecoder) else decoder
    return isinstance(kind, ModelDecoder) or _is_records(decoder)


def _checks(values: Sequence[tuple[Any, str]]) -> list[str]:
    """Statements that raise TypeError unless each value is of the type that its decoder reads."""
    texts = [source for decoder, source in values if decoder is STRING]
    lines: list[str] = []
    if len(texts) > _FEW:
        lines.append(f"require_strings(({', '.join(texts)}))")
        values = [(decoder, source) for decoder, source in values if decoder is not STRING]
    conditions = [condition for decoder, source in values if (condition := _condition(decoder, source))]
    if conditions:
        lines += [f"if not ({' and '.join(conditions)}):", "    raise TypeError"]
    return lines


def _condition(decoder: Any, source: str) -> str:
    if isinstance(decoder, UnionDecoder):
        condition = _condition(decoder.nullable, source)
        return f"({source} is None or {condition})" if condition else ""
    if _is_records(decoder):
        return f"type({source}) is list"
    return _CONDITIONS[decoder].format(source) if isinstance(decoder, Plain) else ""
