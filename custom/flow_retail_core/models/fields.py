"""The fields of a model, from its declaration.

A field's JSON name is its attribute in camel case, or `metadata={"json": ...}`; it is required if it has no
default; its type says how it is read.
"""

import datetime
import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from flow_retail_core.models import decoders
from flow_retail_core.models.enums import OpenIntEnum, OpenStrEnum
from flow_retail_core.models.files import FILE, FileSource
from flow_retail_core.unset import Unset

if TYPE_CHECKING:
    from flow_retail_core.models.model import Model

_DECODERS: dict[Any, decoders.Decoder[Any]] = {
    str: decoders.STRING,
    int: decoders.INTEGER,
    float: decoders.NUMBER,
    bool: decoders.BOOLEAN,
    type(None): decoders.NULL,
    datetime.datetime: decoders.DATE_TIME,
    datetime.date: decoders.DATE,
    FileSource: FILE,
    Any: decoders.ANYTHING,
}

_EXTRA = "additional_properties"

_FILE = frozenset(get_args(FileSource))
"""What a file may be, which within another union is no part of its own."""


@frozen
class Field:
    """One property of a model."""

    attribute: str
    name: str
    decoder: decoders.Decoder[Any]
    required: bool


def fields_of(model: "type[Model]") -> tuple[Field, ...]:
    """The fields of a model."""
    return model.__codec__().fields


def declared_fields(model: "type[Model]") -> tuple[tuple[Field, ...], decoders.Decoder[Any]]:
    """Read the declaration of a model: its fields, and the decoder of the properties without a field."""
    declared = attrs.fields(model)
    types_ = {each.name: each.type for each in declared}
    if any(isinstance(each, str) for each in types_.values()):
        types_ = get_type_hints(model, include_extras=True)
    fields = [
        Field(
            each.name,
            each.metadata.get("json") or camel_case(each.name),
            decoder_of(types_[each.name]),
            each.default is attrs.NOTHING,
        )
        for each in declared
        if each.name != _EXTRA
    ]
    return tuple(fields), decoder_of(get_args(types_[_EXTRA])[1])


def camel_case(attribute: str) -> str:
    """The JSON name of an attribute that declares no other."""
    first, *others = attribute.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def decoder_of(declared: Any, *, closed: bool = False) -> decoders.Decoder[Any]:
    """The decoder of a type, such as `list[str] | Unset`; an enum may be closed for what is sent."""
    if declared in _DECODERS:
        return _DECODERS[declared]
    arguments = [each for each in get_args(declared) if each is not Unset]
    origin = get_origin(declared)
    if origin is Annotated:
        of, discriminator = decoder_of(arguments[0]), arguments[1]
        return attrs.evolve(of, discriminator=discriminator) if isinstance(of, decoders.UnionDecoder) else of
    if origin in (Union, types.UnionType):
        # The literals beside an enum say which of its values may be sent.
        options = [each for each in arguments if get_origin(each) is not Literal]
        closed = len(options) < len(arguments)
        if set(options) >= _FILE:
            options = [FileSource, *(each for each in options if each not in _FILE)]
        read = [decoder_of(each, closed=closed) for each in options]
        return read[0] if len(read) == 1 else decoders.UnionDecoder(tuple(read))
    if origin in (list, Sequence):
        return decoders.ListDecoder(decoder_of(arguments[0]))
    if isinstance(declared, type) and issubclass(declared, OpenStrEnum | OpenIntEnum):
        return decoders.EnumDecoder(declared, closed)
    if isinstance(declared, type) and attrs.has(declared):
        return decoders.ModelDecoder(declared)
    raise TypeError(f"a field of a model can't be of the type {declared!r}: no JSON value is")
