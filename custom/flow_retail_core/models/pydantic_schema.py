"""What pydantic, and FastAPI with it, has to know of a model; imported only by them."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticCustomError, core_schema

from flow_retail_core.models.decoders import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NOT_AS_SPECIFIED,
    NULL,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.files import FILE
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable

    from flow_retail_core.models.model import Model

_begun: ContextVar[frozenset[type]] = ContextVar("_begun", default=frozenset())
"""The models whose schemas are being made: models may hold themselves."""

_JSON_SCHEMAS: dict[Any, dict[str, Any]] = {
    STRING: {"type": "string"},
    INTEGER: {"type": "integer"},
    NUMBER: {"type": "number"},
    BOOLEAN: {"type": "boolean"},
    NULL: {"type": "null"},
    DATE_TIME: {"type": "string", "format": "date-time"},
    DATE: {"type": "string", "format": "date"},
    FILE: {"type": "string", "format": "binary"},
}


def core_schema_of(model: "type[Model]", handler: Any) -> core_schema.CoreSchema:
    """Describe a model to pydantic: objects of JSON become models, models become objects of JSON."""
    name = f"{model.__module__}.{model.__qualname__}:{id(model)}"
    begun = _begun.get()
    if model in begun:
        return core_schema.definition_reference_schema(name)
    token = _begun.set(begun | {model})
    try:
        fields = {
            each.name: core_schema.typed_dict_field(
                _value_schema(each.decoder, handler), required=each.required
            )
            for each in model.__codec__().fields
        }
        extra = _value_schema(model.__codec__().extra, handler)
    finally:
        _begun.reset(token)
    members = core_schema.typed_dict_schema(
        fields,
        extras_schema=extra,
        extra_behavior="allow",
        metadata={"pydantic_js_updates": {"title": model.__name__}},
    )

    def read(value: Any, validate: "Callable[[Any], dict[str, Any]]") -> Any:
        return value if isinstance(value, model) else _made(model, validate(value))

    return core_schema.no_info_wrap_validator_function(
        read,
        members,
        ref=name,
        serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value.to_dict()),
    )


def _made(model: "type[Model]", members: dict[str, Any]) -> Any:
    fields = {each.name: each.attribute for each in model.__codec__().fields}
    made: Any = object.__new__(model)
    for name, attribute in fields.items():
        setattr(made, attribute, members.get(name, UNSET))
    made.additional_properties = {name: value for name, value in members.items() if name not in fields}
    return made


def _value_schema(decoder: Any, handler: Any) -> core_schema.CoreSchema:
    decoder_type = cast("object", type(decoder))
    if decoder_type is ModelDecoder:
        return cast("core_schema.CoreSchema", handler.generate_schema(decoder.model))
    if decoder_type is ListDecoder:
        return core_schema.list_schema(_value_schema(decoder.item, handler), strict=True)
    if decoder_type is not UnionDecoder:
        return core_schema.any_schema() if decoder is ANYTHING else _checked(decoder)
    if decoder.nullable is not None:
        return core_schema.nullable_schema(_value_schema(decoder.nullable, handler))
    options = [_value_schema(option, handler) for option in decoder.options]
    models = [option.object_model for option in decoder.options]
    if decoder.discriminator is None or None in models:
        return core_schema.union_schema([*options], mode="left_to_right")

    def class_of(value: Any) -> str | None:
        """The name of the class, as the discriminator says it."""
        if not hasattr(value, "get"):
            return value.__class__.__name__  # type: ignore[no-any-return]  # of any class
        option = decoder.tagged.get(value.get(decoder.discriminator.property))
        return None if option is None else option.model.__name__

    by_name = {model.__name__: option for model, option in zip(models, options, strict=True)}
    return core_schema.tagged_union_schema({**by_name}, class_of)


def _checked(decoder: Any) -> core_schema.CoreSchema:
    is_enum = cast("object", type(decoder)) is EnumDecoder

    def check(value: Any) -> Any:
        if is_enum and isinstance(value, decoder.enum):
            return cast("object", value)
        try:
            return decoder.decode(value, None)
        except NOT_AS_SPECIFIED:
            pass
        if not is_enum:
            raise PydanticCustomError("type", "Input should be {expected}", {"expected": decoder.expected})
        if not decoder.closed and type(value) is decoder.value_type:
            return decoder.enum(value)
        values = ", ".join(repr(each) for each in decoder.known)
        raise PydanticCustomError("enum", "Input should be one of {values}", {"values": values})

    def describe(_schema: object, _handler: object) -> dict[str, Any]:
        return _enum_json_schema(decoder) if is_enum else _JSON_SCHEMAS[decoder]

    schema = core_schema.no_info_plain_validator_function(check)
    schema["metadata"] = {"pydantic_js_functions": [describe]}
    return schema


def _enum_json_schema(decoder: Any) -> dict[str, Any]:
    type_ = "string" if decoder.value_type is str else "integer"
    listed = {"type": type_, "enum": [*decoder.known]}
    # The server may add values; what is sent it has to know.
    return listed if decoder.closed else {"anyOf": [listed, {"type": type_}]}
