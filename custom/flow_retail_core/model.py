"""The base of every generated model."""

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Self

from attrs import define, field, fields

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
        return ModelReader(cls).read(dict(data), Reading(cls.__name__, strict))

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
        return jsonable(self)  # type: ignore[no-any-return]  # of an object, an object

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


DEEPEST = 1024
"""Levels that are written, as many as orjson reads; deeper ones may be a cycle."""


def jsonable(body: Any) -> Any:
    """Turn a value of a model into what JSON knows; what was kept as it came stays so.

    Not recursive: what was kept may be nested deeper than Python calls go.

    Raises:
        TypeError: It is, or holds, `UNSET`, which only a field can be, or is nested too deep.
    """
    written: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any, int]] = [(body, written, 0, 0)]
    while waiting:
        value, within, key, depth = waiting.pop()
        if depth > DEEPEST:
            raise TypeError(f"nested deeper than {DEEPEST} levels, or holding itself")
        if isinstance(value, Model):
            named: dict[str, Any] = dict(value._extra or {})  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own class
            within[key] = named
            for described in fields_of(type(value)):
                content = getattr(value, described.attribute)
                if content is not UNSET:
                    named[described.name] = content
                    waiting.append((content, named, described.name, depth + 1))
        elif isinstance(value, list | tuple):
            items: list[Any] = [*value]
            within[key] = items
            waiting.extend((item, items, position, depth + 1) for position, item in enumerate(items))
        elif value is UNSET:
            raise TypeError("UNSET has no JSON form: leave out what is not given")
        elif isinstance(value, enum.Enum):
            within[key] = value.value
        elif isinstance(value, datetime.date):
            within[key] = value.isoformat()
        else:
            within[key] = value
    return written[0]
