"""The readers of each kind of value that a spec can describe.

Every reader has two ways. `exact` is for values as promised and costs little; whatever it raises means "not
as promised". `read` then goes over the same value slowly, keeps what can't be read as it came, and reports
it. Models have their own `exact`, emitted with the class (`read_exact`).
"""

import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen
from dateutil.parser import isoparse

from flow_retail_core.exact import array
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flow_retail_core.enums import OpenIntEnum, OpenStrEnum
    from flow_retail_core.model import Model
    from flow_retail_core.reading import Path, Reader, Reading

T = TypeVar("T")
M = TypeVar("M", bound="Model")
E = TypeVar("E", bound="OpenStrEnum | OpenIntEnum")

NOT_AS_PROMISED = (KeyError, TypeError, ValueError, AttributeError)
"""What an exact reader raises for a value that is not what the spec promises."""


def found(value: object, promised: str) -> str:
    """Say what stands where `promised` was promised."""
    return "null" if value is None else f"not {promised}"


@frozen
class Plain(Generic[T]):
    """A JSON value that stays what it is: string, integer, number, boolean."""

    promised: str
    types: frozenset[type]

    def exact(self, value: Any) -> T:
        """See `Reader`."""
        # By exact type: to Python, `True` is an int, to JSON it is not.
        if type(value) not in self.types:
            raise TypeError(self.promised)
        return value  # type: ignore[no-any-return]  # its type was just looked at

    def read(self, value: Any, path: "Path", reading: "Reading") -> T:
        """See `Reader`."""
        if type(value) not in self.types:
            reading.deviates(path, found(value, self.promised))
        return value  # type: ignore[no-any-return]  # as promised, or kept as it came


STRING: Plain[str] = Plain("a string", frozenset({str}))
INTEGER: Plain[int] = Plain("an integer", frozenset({int}))
NUMBER: Plain[float] = Plain("a number", frozenset({int, float}))
BOOLEAN: Plain[bool] = Plain("a boolean", frozenset({bool}))
NULL: Plain[None] = Plain("null", frozenset({type(None)}))


class _Anything:
    """A value of which the spec says nothing."""

    def exact(self, value: Any) -> Any:
        """See `Reader`."""
        return value

    def read(self, value: Any, _path: "Path", _reading: "Reading") -> Any:
        """See `Reader`."""
        return value


ANYTHING = _Anything()


@frozen
class _Time(Generic[T]):
    """A date or a date-time."""

    promised: str
    parse: "Callable[[str], T]" = field(repr=False)
    convert: "Callable[[datetime.datetime], T]" = field(repr=False)

    def exact(self, value: Any) -> T:
        """See `Reader`."""
        return self.parse(value)

    def read(self, value: Any, path: "Path", reading: "Reading") -> T:
        """See `Reader`."""
        if isinstance(value, str):
            try:
                return self.parse(value)
            except ValueError:
                pass
            try:
                return self.convert(isoparse(value))
            # The parser lets errors of its own helpers through for some malformed texts.
            except (ValueError, OverflowError, TypeError, ArithmeticError):
                pass
        reading.deviates(path, found(value, self.promised))
        return value  # type: ignore[no-any-return]  # kept as it came


DATE_TIME: _Time[datetime.datetime] = _Time(
    "a date-time", datetime.datetime.fromisoformat, lambda moment: moment
)
DATE: _Time[datetime.date] = _Time("a date", datetime.date.fromisoformat, lambda moment: moment.date())


@frozen
class EnumReader(Generic[E]):
    """A value of an open enum."""

    enum: type[E]
    _known: "Mapping[object, E]" = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_known", {member.value: member for member in self.enum})

    def exact(self, value: Any) -> E:
        """See `Reader`."""
        return self._known[value]

    def read(self, value: Any, path: "Path", reading: "Reading") -> E:
        """See `Reader`."""
        try:
            return self._known[value]
        except (KeyError, TypeError):
            pass
        try:
            unlisted = self.enum(value)
        except ValueError:
            reading.deviates(path, found(value, "an enum value"))
            return value  # type: ignore[no-any-return]  # kept as it came
        reading.deviates(path, "an unknown enum value")
        return unlisted


@frozen
class ListReader(Generic[T]):
    """An array."""

    item: "Reader[T]"

    def exact(self, value: Any) -> list[T]:
        """See `Reader`."""
        exact = self.item.exact
        return [exact(item) for item in array(value)]

    def read(self, value: Any, path: "Path", reading: "Reading") -> list[T]:
        """See `Reader`."""
        if type(value) is not list:
            reading.deviates(path, found(value, "an array"))
            return value  # type: ignore[no-any-return]  # kept as it came
        return [
            self.item.read(item, (*path, position), reading) for position, item in enumerate(array(value))
        ]


@frozen
class UnionReader(Generic[T]):
    """A value of one of several kinds, nullable ones among them; the first kind that fits is taken."""

    kinds: "tuple[Reader[T], ...]"

    def exact(self, value: Any) -> T:
        """See `Reader`."""
        for kind in self.kinds:
            try:
                return kind.exact(value)
            except NOT_AS_PROMISED:
                continue
        raise ValueError("of a kind that the spec lists")

    def read(self, value: Any, path: "Path", reading: "Reading") -> T:
        """See `Reader`."""
        try:
            return self.exact(value)
        except NOT_AS_PROMISED:
            pass
        # With one kind beside null it is clear what was meant, and most of it can still be read.
        others = [kind for kind in self.kinds if not isinstance(kind, Plain) or kind != NULL]
        if len(others) == 1:
            return others[0].read(value, path, reading)
        reading.deviates(path, "of no kind that the spec lists")
        return value  # type: ignore[no-any-return]  # kept as it came


@frozen
class ModelReader(Generic[M]):
    """An object with a class of its own."""

    model: type[M]

    def exact(self, value: Any) -> M:
        """See `Reader`."""
        return cast("M", self.model.read_exact(value))

    def read(self, value: Any, path: "Path", reading: "Reading") -> M:
        """See `Reader`."""
        try:
            return self.exact(value)
        except NOT_AS_PROMISED:
            pass
        if type(value) is not dict:
            reading.deviates(path, found(value, "an object"))
            return value  # type: ignore[no-any-return]  # kept as it came
        return read_fields(self.model, cast("dict[str, Any]", value), path, reading)


@frozen
class Field:
    """One property of a model: its attribute, its JSON name, how it is read, whether it is promised."""

    attribute: str
    name: str
    reader: "Reader[Any]"
    required: bool


_fields: "dict[type[Model], tuple[Field, ...]]" = {}


def fields_of(model: "type[Model]") -> tuple[Field, ...]:
    """The fields of a model, made when first needed: models may refer to each other in circles."""
    try:
        return _fields[model]
    except KeyError:
        return _fields.setdefault(model, model.json_fields())


def read_fields(model: type[M], value: dict[str, Any], path: "Path", reading: "Reading") -> M:
    """Read an object field by field, reporting each that is not as promised."""
    instance = model.__new__(model)
    unread = dict(value)
    for described in fields_of(model):
        at = (*path, described.name)
        if described.name in unread:
            content = described.reader.read(unread.pop(described.name), at, reading)
        else:
            content = UNSET
            if described.required:
                reading.deviates(at, "missing")
        setattr(instance, described.attribute, content)
    instance.additional_properties = unread
    return instance
