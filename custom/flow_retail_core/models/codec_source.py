"""The Python source of a codec: what decodes and sends the objects of one model.

The steps are those that measured fastest: no `__init__`, one look at each property, texts checked by joining
them, and a `try` that costs nothing as long as nothing deviates. Whatever deviates is left to the caller.
"""

from typing import TYPE_CHECKING

from flow_retail_core.models.decoders import STRING, Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flow_retail_core.models.fields import Field

_FEW = 3
"""Texts up to which it is quicker to look at each by itself."""

_MANY = 20
"""Objects up to which all are turned into dicts at once; of more, orjson asks for one after the other."""

_LONGEST_DISPLAY = 15
"""Items up to which Python makes a dict at once."""


def decoding_source(fields: "Sequence[Field]", names: Names) -> str:
    """Write the function that reads an object which is as the spec has it."""
    required = [field for field in fields if field.required]
    optional = [field for field in fields if not field.required]
    # Objects are read last: what deviates in them is reported then, and must not be read a second time.
    objects = [field for field in fields if field.decoder.holds_objects]
    as_it_is = [field for field in required if _is_first_kept(field)]
    body = [] if required else ["if type(data) is not dict:", "    raise TypeError"]
    body.append("self = new(Model)")
    body += [f"self.{field.attribute} = data[{field.name!r}]" for field in as_it_is]
    body += _checks(as_it_is)
    body += [f"self.{field.attribute} = {_read(field, names)}" for field in required if field not in as_it_is]
    if optional:
        body.append(f"count = {len(required)}")
    for field in optional:
        value = f"data[{field.name!r}]" if _is_first_kept(field) else _read(field, names)
        body += [
            f"if {field.name!r} in data:",
            f"    self.{field.attribute} = {value}",
            *(f"    {line}" for line in _checks([field])),
            "    count += 1",
            "else:",
            f"    self.{field.attribute} = UNSET",
        ]
    for field in objects:
        lines = _read_objects(field, names)
        body += (
            lines
            if field.required
            else [f"if self.{field.attribute} is not UNSET:", *(f"    {line}" for line in lines)]
        )
    # Only what has objects within makes its own location beforehand: most small objects never need one.
    at = "location if step is None else (location, step)"
    count = "count" if optional else str(len(required))
    where = "at" if objects else at
    body.append(f"self._extra = None if len(data) == {count} else unknown(data, {where})")
    return _function(
        "decode(data, location, step)",
        [
            *([f"at = {at}"] if objects else []),
            "try:",
            *(f"    {line}" for line in body),
            "except NOT_AS_SPECIFIED as deviation:",
            "    return tolerate(data, location, step, deviation)",
            "return self",
        ],
    )


def sending_source(fields: "Sequence[Field]", names: Names, *, typed_extra: bool) -> str:
    """Write the function that turns an object into what orjson writes, or raises if it may not be sent."""
    whole = [field for field in fields if field.required and field.decoder.record_model is None]
    at_once = whole[:_LONGEST_DISPLAY]
    body = ["if type(self) is not Model:", "    return send_other(Model, self)", "written = {"]
    body += [
        f"    {field.name!r}: {field.decoder.send_source(f'self.{field.attribute}', names)},"
        for field in at_once
    ]
    body.append("}")
    for field in fields:
        if field in at_once:
            continue
        if field.required:
            body += [f"value = self.{field.attribute}", *_send(field, names)]
        else:
            body.append(f"if (value := self.{field.attribute}) is not UNSET:")
            body += [f"    {line}" for line in _send(field, names)]
    extra = "send_extra(self._extra)" if typed_extra else "self._extra"
    body.append(f"return written if self._extra is None else {{**{extra}, **written}}")
    return _function("send(self, UNSET=UNSET)", body)


def _send(field: "Field", names: Names) -> list[str]:
    records = field.decoder.record_model
    if records is None:
        return [f"written[{field.name!r}] = {field.decoder.send_source('value', names)}"]
    return [
        "if type(value) is not list:",
        "    raise TypeError",
        f"if len(value) > {_MANY}:",
        f"    written[{field.name!r}] = array_of({names.bind(records.__name__, records)}, value)",
        "else:",
        f"    written[{field.name!r}] = items = []",
        "    for item in value:",
        f"        items.append({names.bind_model('send', records)}(item))",
    ]


def _function(signature: str, lines: list[str]) -> str:
    return "\n".join([f"def {signature}:", *(f"    {line}" for line in lines), ""])


def _is_first_kept(field: "Field") -> bool:
    """Whether a value is stored as it came: for good, or until the objects are read."""
    return field.decoder.holds_objects or bool(field.decoder.holds)


def _read(field: "Field", names: Names) -> str:
    return field.decoder.decode_source(f"data[{field.name!r}]", names, "")


def _read_objects(field: "Field", names: Names) -> list[str]:
    own = f"self.{field.attribute}"
    records = field.decoder.record_model
    if records is None:
        return [f"{own} = {field.decoder.decode_source(own, names, f'at, {field.name!r}')}"]
    return [
        "items = []",
        f"for item in {own}:",
        f"    items.append({names.bind_model('decode', records)}(item, at, {field.name + '[*]'!r}))",
        f"{own} = items",
    ]


def _checks(fields: "Sequence[Field]") -> list[str]:
    """Statements that raise TypeError unless each value is of the type that its decoder reads."""
    texts = [f"self.{field.attribute}" for field in fields if field.decoder is STRING]
    lines: list[str] = []
    if len(texts) > _FEW:
        lines.append(f"require_strings(({', '.join(texts)}))")
        fields = [field for field in fields if field.decoder is not STRING]
    conditions = [
        f"type(self.{field.attribute}) is list"
        if field.decoder.record_model is not None
        else field.decoder.holds.format(f"self.{field.attribute}")
        for field in fields
    ]
    if any(conditions):
        lines += [f"if not ({' and '.join(filter(None, conditions))}):", "    raise TypeError"]
    return lines
