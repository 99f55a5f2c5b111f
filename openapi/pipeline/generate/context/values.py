"""What a value of a schema is in Python: its type and its decoder, as source.

Names of classes are made safe when they are given; every other text of the spec is escaped for its literal.
"""

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.references import SCHEMAS, lookup, resolve


@frozen
class Value:
    """A type of value, as source."""

    type: str  # its annotation
    decoder: str
    field: str  # the annotation of a field: with the discriminator of a choice
    sent: str  # that of a field or a parameter that is sent: values of enums may be literals, too
    classes: frozenset[str] = frozenset()  # the classes that it names
    options: tuple["Value", ...] = ()  # those of a choice; null last
    discriminator: str = ""  # that of a choice
    item: "Value | None" = None  # that of a list
    enum: bool = False


def _plain(type_: str, decoder: str) -> Value:
    return Value(type_, decoder, type_, type_)


ANYTHING = _plain("Any", "ANYTHING")
BYTES = _plain("bytes", "BYTES")
FILE = _plain("FileSource", "FILE")
NULL = _plain("None", "NULL")
TEXT = _plain("str", "TEXT")

_FORMATS = {
    "binary": FILE,
    "date": _plain("datetime.date", "DATE"),
    "date-time": _plain("datetime.datetime", "DATE_TIME"),
}
_TYPES = {
    "boolean": _plain("bool", "BOOLEAN"),
    "integer": _plain("int", "INTEGER"),
    "number": _plain("float", "NUMBER"),
    "string": _plain("str", "STRING"),
}


def value_of(document: dict[str, Any], schema: dict[str, Any]) -> Value:
    """The type of the values of a schema."""
    if "$ref" in schema:
        target = lookup(document, schema["$ref"])
        return _class(target) if "title" in target else value_of(document, target)
    if schema.get("enum") and set(schema["enum"]) == {None}:
        return NULL
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, ())]
    found = [value_of(document, part) for part in parts]
    kind = schema.get("type")
    if not found and kind == "array":
        found = [_list(value_of(document, schema["items"]))]
    elif not found:
        formats = _FORMATS if kind == "string" else {}
        found = [formats.get(schema.get("format", ""), _TYPES.get(str(kind), ANYTHING))]
    null = [NULL] if schema.get("nullable") is True and found != [ANYTHING] else []
    return choice([*found, *null], _discriminator(document, schema))


def choice(found: Sequence[Value], discriminator: str = "") -> Value:
    """The type of what is of one of several types."""
    flat = {one.type: one for each in found for one in each.options or (each,)}
    # Null last: it is the rarer kind.
    options = tuple(sorted(flat.values(), key=lambda one: one == NULL))
    if len(options) == 1:
        return options[0]
    classes = frozenset[str]().union(*(one.classes for one in options))
    by = discriminator or next((each.discriminator for each in found if each.classes == classes), "")

    def union(types: list[str]) -> str:
        if not by:
            return " | ".join(types)
        null = " | None" if NULL in options else ""
        return f"Annotated[{' | '.join(each for each in types if each != 'None')}, {by}]{null}"

    type_ = " | ".join(one.type for one in options)
    # What several kinds have in common is `object` to a type checker.
    typed = "" if len(options) == 2 and NULL in options else f"[{type_}]"
    decoders = ", ".join(one.decoder for one in options)
    return Value(
        type_,
        f"UnionDecoder{typed}(({decoders}){f', {by}' if by else ''})",
        union([one.field for one in options]),
        union([one.sent for one in options]),
        classes,
        options,
        by,
    )


def _class(schema: dict[str, Any]) -> Value:
    name = str(schema["title"])
    if "enum" not in schema:
        return Value(name, f"ModelDecoder({name})", name, name, frozenset({name}))
    literals = ", ".join(
        str(each) if isinstance(each, int) else f'"{in_double_quote_literal(each)}"'
        for each in schema["enum"]
    )
    sent = f"{name} | Literal[{literals}]"
    return Value(name, f"EnumDecoder({name})", name, sent, frozenset({name}), enum=True)


def _list(item: Value) -> Value:
    # Of a list, type checkers would not take one of enum values alone.
    sent = f"Sequence[{item.sent}]" if "Literal[" in item.sent else f"list[{item.sent}]"
    return Value(
        f"list[{item.type}]",
        f"ListDecoder({item.decoder})",
        f"list[{item.field}]",
        sent,
        item.classes,
        item=item,
    )


def _discriminator(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """What says, by one of its properties, which class an object of a choice is of; empty if nothing does."""
    declared = schema.get("discriminator")
    classes: dict[str, str] = {}
    for option in schema.get("oneOf") or schema.get("anyOf") or ():
        if "$ref" in option and "title" in (target := resolve(document, option)):
            # A discriminator may name the parts of a composition as well.
            named = [part["$ref"] for part in (option, *target.get("allOf", ())) if "$ref" in part]
            classes |= {each.removeprefix(SCHEMAS): str(target["title"]) for each in named}
    if not isinstance(declared, dict) or not classes:
        return ""
    targets = declared.get("mapping") or {}
    tags = classes | {
        value: classes[key]
        for value, target in targets.items()
        if (key := target.removeprefix(SCHEMAS)) in classes
    }
    pairs = [
        f'"{in_double_quote_literal(tag)}": "{name}"' for tag, name in sorted(tags.items()) if tag != name
    ]
    mapping = f", {{{', '.join(pairs)}}}" if pairs else ""
    return f'Discriminator("{in_double_quote_literal(declared["propertyName"])}"{mapping})'
