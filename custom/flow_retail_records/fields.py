"""What the spec says of each field of a record."""

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


def without_null(reader: Any) -> Any:
    """What a nullable field holds if it is not null; the reader itself where that is not one kind.

    Args:
        reader: What the spec says of the field.
    """
    if isinstance(reader, UnionDecoder):
        kind: object = cast("Any", reader).nullable
        if kind is not None:
            return kind
    return cast("object", reader)


def readers_of(model: type[Model]) -> dict[str, Any]:
    """What each field of a class holds if it is not null, by its JSON name.

    Args:
        model: The class.
    """
    return _readers_of(cast("Any", model))


@cache
def _readers_of(model: Any) -> dict[str, Any]:
    return {field.name: without_null(field.decoder) for field in fields_of(model)}


def model_of(reader: Any) -> type[Model] | None:
    """The class of the objects that a field holds; None if it holds something else.

    Args:
        reader: What the spec says of the field.
    """
    return cast("Any", reader).model if isinstance(reader, ModelDecoder) else None


def item_of(reader: Any) -> Any:
    """What the items of a list are; None if the field holds no list.

    Args:
        reader: What the spec says of the field.
    """
    return without_null(cast("Any", reader).item) if isinstance(reader, ListDecoder) else None


def known_values(reader: Any) -> tuple[str | int, ...]:
    """The values that an enum lists.

    Args:
        reader: An `EnumDecoder`.
    """
    return tuple(member.value for member in reader.enum)


@frozen
class Column:
    """One column.

    Attributes:
        name: The path to the field with dots, such as `credit.limit`.
        path: The same as steps: names of fields, and places in lists from 0.
        reader: What the spec says of the field.
    """

    name: str
    path: tuple[str | int, ...]
    reader: Any


def resolve(model: type[Model], name: str) -> Column | None:
    """Find the field that a column's name means.

    Args:
        model: The class of the records.
        name: The path with dots; a list's item by its place, from 0.

    Returns:
        The column; None if there is no such field.
    """
    path: list[str | int] = []
    reader: Any = ModelDecoder(model)
    for step in name.split("."):
        inner, item = model_of(reader), item_of(reader)
        if inner is not None and step in readers_of(inner):
            path.append(step)
            reader = readers_of(inner)[step]
        elif item is not None and step.isdecimal():
            path.append(int(step))
            reader = item
        else:
            return None
    return Column(name, tuple(path), reader)


def remedy(reader: Any) -> str:
    """How to write a value of this kind.

    Args:
        reader: What the spec says of the field.
    """
    if isinstance(reader, EnumDecoder):
        return f"write one of {', '.join(str(value) for value in known_values(reader))}"
    if isinstance(reader, ListDecoder):
        return "write a JSON array, or give each item a column of its own: NAME.0, NAME.1"
    if isinstance(reader, ModelDecoder):
        return "write a JSON object, or give each of its fields a column of its own: NAME.FIELD"
    return {
        id(BOOLEAN): "write true or false",
        id(INTEGER): "write a whole number, digits only",
        id(NUMBER): "write a number, such as 12.5",
        id(DATE): "write a date as 2026-12-31",
        id(DATE_TIME): "write a time as 2026-12-31T13:45:00Z",
        id(STRING): "write a text",
    }.get(id(reader), "write JSON")
