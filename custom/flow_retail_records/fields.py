"""What the spec says of each field of a record."""

import re
from functools import cache
from typing import Any, cast

from attrs import frozen

from flow_retail_core.models.decoders import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model

_POSITION = re.compile(r"[0-9]{1,9}")


def without_null(reader: Any) -> Any:
    """The type of a nullable field apart from null, if it is one type; else the reader itself."""
    if isinstance(reader, UnionDecoder):
        other: object = cast("Any", reader).nullable
        if other is not None:
            return other
    return cast("object", reader)


def readers_of(model: type[Model]) -> dict[str, Any]:
    """The reader of each field of a class, apart from null, by its JSON name."""
    return _readers_of(cast("Any", model))


@cache
def _readers_of(model: Any) -> dict[str, Any]:
    return {field.name: without_null(field.decoder) for field in fields_of(model)}


def json_name(model: type[Model], attribute: str | None) -> str | None:
    """The name in JSON of an attribute; None if there is no such attribute."""
    return next((field.name for field in fields_of(model) if field.attribute == attribute), None)


def model_of(reader: Any) -> type[Model] | None:
    """The class of the objects in a field; None for other types."""
    return cast("Any", reader).model if isinstance(reader, ModelDecoder) else None


def item_of(reader: Any) -> Any:
    """The reader of the items of a list; None for other types."""
    return without_null(cast("Any", reader).item) if isinstance(reader, ListDecoder) else None


def map_of(reader: Any) -> Any:
    """The reader of the values of a map, an object with keys of any name; None for other types."""
    model = model_of(reader)
    return None if model is None or fields_of(model) else without_null(model.__codec__().extra)


def known_values(reader: Any) -> tuple[str | int, ...]:
    """The values that an enum lists."""
    return tuple(member.value for member in reader.enum)


@frozen
class Column:
    """One column.

    Attributes:
        name: The path to the field with dots, such as `credit.limit`.
        path: The same as steps: names of fields, and positions in lists from 0.
        reader: What the spec says of the field.
    """

    name: str
    path: tuple[str | int, ...]
    reader: Any


def resolve(model: type[Model], name: str) -> Column | None:
    """Find the field that a column name refers to; None if there is none."""
    path: list[str | int] = []
    reader: Any = ModelDecoder(model)
    for step in name.split("."):
        inner, item, value = model_of(reader), item_of(reader), map_of(reader)
        if value is not None:
            path.append(step)
            reader = value
        elif inner is not None and step in readers_of(inner):
            path.append(step)
            reader = readers_of(inner)[step]
        elif item is not None and _POSITION.fullmatch(step):
            path.append(int(step))
            reader = item
        else:
            return None
    return Column(name, tuple(path), reader)


def remedy(reader: Any) -> str:
    """How to write a value of this type."""
    if isinstance(reader, EnumDecoder):
        return f"write one of {', '.join(str(value) for value in known_values(reader))}"
    if isinstance(reader, ListDecoder):
        return "write a JSON array, or use one column per item: NAME.0, NAME.1"
    if isinstance(reader, ModelDecoder):
        return "write a JSON object, or use one column per field: NAME.FIELD"
    return {
        id(BOOLEAN): "write true or false",
        id(INTEGER): "write a whole number, digits only",
        id(NUMBER): "write a number, such as 12.5",
        id(DATE): "write a date as 2026-12-31",
        id(DATE_TIME): "write a time as 2026-12-31T13:45:00Z",
        id(STRING): "write a text",
    }.get(id(reader), "write JSON")
