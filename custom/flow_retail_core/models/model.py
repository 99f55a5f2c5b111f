"""The base of every generated model."""

import enum
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Self, cast

from attrs import NOTHING, define, fields

from flow_retail_core.models.codec import Codec, codec_of
from flow_retail_core.models.decoders import ModelDecoder
from flow_retail_core.models.decoding import read_strictly
from flow_retail_core.models.encoding import dumps, to_dict
from flow_retail_core.models.schema_drift import DecodingContext
from flow_retail_core.unset import UNSET


class _OfDataclass:
    """An attribute that dataclasses have, made when it is first asked for.

    FastAPI takes for the body of a request what it knows as a mapping, a model of pydantic or a dataclass.
    """

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, _instance: object, owner: type) -> Any:
        return getattr(_dataclass_of(owner), self._name)


@cache
def _dataclass_of(model: Any) -> type:
    import dataclasses  # noqa: PLC0415  # hardly any program needs it

    defaults = {NOTHING: dataclasses.MISSING}
    declared = [
        (each.name, each.type, dataclasses.field(default=defaults.get(each.default, each.default)))
        for each in fields(model)
    ]
    return dataclasses.make_dataclass(model.__name__, declared, kw_only=True)


NO_PROPERTIES: Any = None
"""The default of `additional_properties`, which are made when they are first asked for."""


@define(kw_only=True, repr=False, weakref_slot=False)
class Model:
    """A JSON object with a class of its own.

    The `repr` shows UIDs and enum values only, because the rest may be personal data: `to_dict()` shows all.

    Attributes:
        additional_properties: Fields that the spec does not know, as they came; what is put here is sent.
    """

    __dataclass_fields__: ClassVar[Any] = _OfDataclass()
    __dataclass_params__: ClassVar[Any] = _OfDataclass()

    additional_properties: dict[str, Any] = NO_PROPERTIES

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read an object as tolerantly as a response of the server.

        Args:
            data: The object, as JSON knows it.

        Returns:
            The model; what is not as the spec has it is kept as it came.

        Raises:
            TypeError: `data` is not a mapping.
        """
        return cast("Self", codec_of(cls).read(_mapping(data), DecodingContext(cls.__name__)))

    @classmethod
    def from_dict_strict(cls, data: Mapping[str, Any]) -> Self:
        """Read an object, and refuse what is not as the spec has it.

        Args:
            data: The object, as JSON knows it.

        Raises:
            TypeError: `data` is not a mapping.
            DecodeError: At the first deviation, with its JSON path.
        """
        context = DecodingContext(cls.__name__, strict=True)
        return cast("Self", read_strictly(ModelDecoder(cls), _mapping(data), context))

    def to_dict(self) -> dict[str, Any]:
        """The object as JSON knows it: unset fields absent, `None` as null, dates as ISO 8601 texts."""
        return to_dict(self)

    def to_json(self) -> str:
        """The object as a JSON text."""
        return dumps(self).decode()

    @classmethod
    def __codec__(cls) -> Codec:
        return codec_of(cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        # Pydantic asks for it, so it is installed; the client itself does without.
        from flow_retail_core.models.pydantic_schema import core_schema_of  # noqa: PLC0415  # see above

        return core_schema_of(cls)

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join([*shown, '...'])})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        for attribute in fields(type(self)):
            value = getattr(self, attribute.name)
            if isinstance(value, enum.Enum):
                if value is not UNSET:
                    yield attribute.name, value.value
            elif attribute.name.endswith("_uid") and isinstance(value, str):
                yield attribute.name, value


def _mapping(data: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not check types
        raise TypeError(f"data must be a mapping, not {type(data).__name__}")
    return dict(data)


_slot: Any = vars(Model)["additional_properties"]


def _kept(model: object) -> dict[str, Any]:
    # None while there is nothing to keep, nearly always: an empty dict would cost 64 bytes an object.
    if _slot.__get__(model) is None:
        _slot.__set__(model, {})
    return cast("dict[str, Any]", _slot.__get__(model))


def _keep(model: object, value: dict[str, Any] | None) -> None:
    _slot.__set__(model, value or None)


_model: Any = Model
# What compiled code uses, for which a property would be too slow.
_model._extra = _slot  # noqa: SLF001  # its own class
_model.additional_properties = property(_kept, _keep)
