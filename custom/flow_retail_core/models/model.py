"""The base of every generated model."""

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Self, cast

from attrs import define, field, fields

from flow_retail_core.models.codec import Codec, codec_of
from flow_retail_core.models.decoders import ModelDecoder
from flow_retail_core.models.encoding import dumps
from flow_retail_core.models.schema_drift import DecodingContext
from flow_retail_core.unset import UNSET


@define(kw_only=True, repr=False, weakref_slot=False)
class Model:
    """A JSON object with a class of its own.

    The `repr` shows UIDs and enum values only, because the rest may be personal data: `to_dict()` shows all.

    Attributes:
        additional_properties: Fields that the spec does not know, as they came; what is put here is sent.
    """

    additional_properties: dict[str, Any] = field(
        default=cast("Any", None), eq=lambda extra: cast("object", extra or None)
    )

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
        return cls._read(data, strict=False)

    @classmethod
    def from_dict_strict(cls, data: Mapping[str, Any]) -> Self:
        """Read an object, and refuse what is not as the spec has it.

        Args:
            data: The object, as JSON knows it.

        Raises:
            TypeError: `data` is not a mapping.
            DecodeError: At the first deviation, with its JSON path.
        """
        return cls._read(data, strict=True)

    @classmethod
    def _read(cls, data: Mapping[str, Any], *, strict: bool) -> Self:
        if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not check types
            raise TypeError(f"data must be a mapping, not {type(data).__name__}")
        return ModelDecoder(cls).lenient(dict(data), DecodingContext(cls.__name__, strict))

    def to_dict(self) -> dict[str, Any]:
        """The object as JSON knows it: unset fields absent, `None` as null, dates as ISO 8601 texts."""
        return cast("dict[str, Any]", codec_of(type(self)).write(self))

    def to_json(self) -> str:
        """The object as a JSON text."""
        return dumps(self).decode()

    @classmethod
    def __codec__(cls) -> Codec:
        return codec_of(cls)

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


_slot: Any = vars(Model)["additional_properties"]


def _kept(model: object) -> dict[str, Any]:
    # None while there is nothing to keep, nearly always: an empty dict would cost 64 bytes an object.
    kept = _slot.__get__(model)
    if kept is None:
        kept = {}
        _slot.__set__(model, kept)
    return cast("dict[str, Any]", kept)


def _keep(model: object, value: dict[str, Any] | None) -> None:
    _slot.__set__(model, value or None)


_model: Any = Model
# What compiled code uses, for which a property would be too slow.
_model._extra = _slot  # noqa: SLF001  # its own class
_model.additional_properties = property(_kept, _keep)
