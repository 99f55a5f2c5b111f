"""The base of every generated model."""

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Self

from attrs import define, field, fields

from flow_retail_core.drift import Drift
from flow_retail_core.readers import Field, ModelReader, fields_of
from flow_retail_core.reading import Place, Reading, Step
from flow_retail_core.unset import UNSET


@define(kw_only=True, repr=False, weakref_slot=False)
class Model:
    """A JSON object with a class of its own.

    Fields that the spec does not know are kept in `additional_properties` and written back. The `repr` shows
    UIDs and enum values only, because the rest may be personal data: `to_dict()` shows all.
    """

    # None while there is nothing to keep, nearly always: an empty dict would cost 64 bytes an object.
    _extra: dict[str, Any] | None = field(
        default=None, alias="additional_properties", eq=lambda extra: extra or None
    )

    @staticmethod
    def read_json(data: dict[str, Any], place: Place = None, step: Step = None) -> Any:
        """Read an object that is what the spec promises.

        Args:
            data: The object.
            place: Where it stands, for `tolerate`, which reads what is not as promised.
            step: The last step to there, if `place` lacks it.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: It is not as promised, and its place is of no
                reading that tolerates that.
        """
        raise NotImplementedError

    @staticmethod
    def json_fields() -> tuple[Field, ...]:
        """Describe the fields for the tolerant reader."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The object as JSON knows it: unset fields absent, `None` as null, dates as ISO 8601 texts."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, strict: bool = False) -> Self:
        """Read an object as tolerantly as an answer of the server.

        Args:
            data: The object, as JSON knows it.
            strict: Whether to refuse what the spec does not promise.

        Returns:
            The model; what is not as promised is kept as it came.

        Raises:
            TypeError: `data` is not a mapping.
            DecodeError: In strict mode, at the first deviation, with its JSON path.
        """
        if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may not check types
            raise TypeError(f"data must be a mapping, not {type(data).__name__}")
        return ModelReader(cls).read(dict(data), Reading(cls.__name__, Drift(), strict))

    @property
    def additional_properties(self) -> dict[str, Any]:
        """Fields that the spec does not know, as they came; what is put here is sent."""
        if self._extra is None:
            self._extra = {}
        return self._extra

    @additional_properties.setter
    def additional_properties(self, value: dict[str, Any]) -> None:
        self._extra = value or None

    def write_kept(self) -> dict[str, Any]:
        """What `to_dict` gives where a value is not what its field promises: each value by what it is."""
        written = dict(self._extra or {})
        for described in fields_of(type(self)):
            value = getattr(self, described.attribute)
            if value is not UNSET:
                written[described.name] = jsonable(value)
        return written

    def __repr__(self) -> str:
        shown: list[str] = []
        for attribute in fields(type(self)):
            value = getattr(self, attribute.name)
            if isinstance(value, enum.Enum):
                if value is not UNSET:
                    shown.append(f"{attribute.name}={value.value!r}")
            elif attribute.name.endswith("_uid") and isinstance(value, str):
                shown.append(f"{attribute.name}={value!r}")
        return f"{type(self).__name__}({', '.join([*shown, '...'])})"


def jsonable(value: Any) -> Any:
    """Turn one value of a model into what JSON knows; what was kept as it came stays so.

    Raises:
        TypeError: It is, or holds, `UNSET`, which only a field can be.
    """
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # JSON
    if value is UNSET:
        raise TypeError("UNSET has no JSON form: leave out what is not given")
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
