"""What pydantic, and FastAPI with it, has to know of a model; imported only by them."""

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as schema

from flow_retail_core.models import decoders
from flow_retail_core.models.files import FILE
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable

    from flow_retail_core.models.model import Model

_SCHEMAS: dict[Any, schema.CoreSchema] = {
    decoders.STRING: schema.str_schema(),
    decoders.INTEGER: schema.int_schema(),
    decoders.NUMBER: schema.float_schema(),
    decoders.BOOLEAN: schema.bool_schema(),
    decoders.NULL: schema.none_schema(),
    decoders.DATE_TIME: schema.datetime_schema(),
    decoders.DATE: schema.date_schema(),
    FILE: schema.bytes_schema(),
}
"""What pydantic writes into a JSON schema; a decoder checks the values."""


def core_schema_of(model: "type[Model]") -> schema.CoreSchema:
    """Describe a model to pydantic: objects of JSON become models, models become objects of JSON."""
    definitions: dict[str, Any] = {}
    reference = _reference(model, definitions)
    return schema.definitions_schema(reference, [*definitions.values()])


def _reference(model: "type[Model]", definitions: dict[str, Any]) -> schema.CoreSchema:
    """Refer to a model, and define it unless that is done or under way: models may hold themselves."""
    name = f"{model.__module__}.{model.__qualname__}:{id(model)}"
    if name in definitions:
        return schema.definition_reference_schema(name)
    definitions[name] = None
    codec = model.__codec__()
    members = schema.typed_dict_schema(
        {
            each.name: schema.typed_dict_field(_value(each.decoder, definitions), required=each.required)
            for each in codec.fields
        },
        extras_schema=_value(codec.extra, definitions),
        extra_behavior="allow",
        metadata={"pydantic_js_updates": {"title": model.__name__}},
    )

    def read(value: Any, validate: "Callable[[Any], dict[str, Any]]") -> Any:
        if isinstance(value, model):
            return value
        extra = validate(value)
        made: Any = object.__new__(model)
        for each in codec.fields:
            setattr(made, each.attribute, extra.pop(each.name, UNSET))
        made.additional_properties = extra
        return made

    definitions[name] = schema.no_info_wrap_validator_function(
        read,
        members,
        ref=name,
        serialization=schema.plain_serializer_function_ser_schema(lambda value: value.to_dict()),
    )
    return schema.definition_reference_schema(name)


def _value(decoder: Any, definitions: dict[str, Any]) -> schema.CoreSchema:
    of = cast("object", type(decoder))
    if of is decoders.ModelDecoder:
        return _reference(decoder.model, definitions)
    if of is decoders.ListDecoder:
        return schema.list_schema(_value(decoder.item, definitions), strict=True)
    if of is decoders.EnumDecoder:
        return _enum(decoder)
    if of is not decoders.UnionDecoder:
        return schema.any_schema() if decoder is decoders.ANYTHING else _plain(decoder)
    if decoder.nullable is not None:
        return schema.nullable_schema(_value(decoder.nullable, definitions))
    if decoder.discriminator is None:
        options = [_value(option, definitions) for option in decoder.options]
        return schema.union_schema([*options], mode="left_to_right")
    by_tag = {tag: _value(option, definitions) for tag, option in decoder.tagged.items()}

    def tag_of(value: Any) -> Any:
        """What a discriminator says, which an object of a model is the name of its class."""
        if isinstance(value, dict):
            return cast("dict[str, Any]", value).get(decoder.discriminator.property)
        return value.__class__.__name__

    return schema.tagged_union_schema({**by_tag}, tag_of)


def _enum(decoder: Any) -> schema.CoreSchema:
    described: schema.CoreSchema = schema.literal_schema([*decoder.known])
    if not decoder.closed:
        # The server may add values; what is sent it has to know.
        any_value = schema.str_schema() if decoder.value_type is str else schema.int_schema()
        described = schema.union_schema([described, any_value])

    def check(value: Any, _validate: object) -> Any:
        known = type(value) is decoder.value_type and (value in decoder.known or not decoder.closed)
        if known or isinstance(value, decoder.enum):
            return decoder.enum(value)
        values = ", ".join(map(repr, decoder.known))
        raise PydanticCustomError("enum", "Input should be one of {values}", {"values": values})

    return schema.no_info_wrap_validator_function(check, described)


def _plain(decoder: Any) -> schema.CoreSchema:
    def check(value: Any, _validate: object) -> Any:
        try:
            return decoder.decode(value, None)
        except decoders.NOT_AS_SPECIFIED:
            pass
        raise PydanticCustomError("type", "Input should be {expected}", {"expected": decoder.expected})

    return schema.no_info_wrap_validator_function(check, _SCHEMAS[decoder])
