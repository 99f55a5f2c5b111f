"""The readers of each kind of value that a spec can describe.

Every reader has two ways. `exact` is for values as promised and costs little; whatever it raises means "not
as promised". `read` goes over the same value slowly, keeps what can't be read as it came, and reports it.
Models read themselves (`read_json`, emitted with the class), and hand to `tolerate` what is not as promised:
only the object that deviates is read twice.
"""

import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen

from flow_retail_core.exact import (
    HIGHEST,
    LONGEST_MOMENT,
    LOWEST,
    NOT_AS_PROMISED,
    array,
    has_finer_digits,
    may_be_rounded,
    new,
)
from flow_retail_core.reading import Place, Step, deviates, keep, reading_at
from flow_retail_core.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flow_retail_core.enums import OpenIntEnum, OpenStrEnum
    from flow_retail_core.model import Model
    from flow_retail_core.reading import Reader

T = TypeVar("T")
M = TypeVar("M", bound="Model")
E = TypeVar("E", bound="OpenStrEnum | OpenIntEnum")


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

    def read(self, value: Any, place: Place) -> T:
        """See `Reader`."""
        if type(value) not in self.types:
            keep(place, value)
            deviates(place, found(value, self.promised))
        return value  # type: ignore[no-any-return]  # as promised, or kept as it came


class _Number(Plain[float]):
    """A number, which may be one that orjson rounded."""

    def exact(self, value: Any) -> float:
        """See `Reader`."""
        if type(value) is not int and not (type(value) is float and LOWEST < value < HIGHEST):
            raise TypeError(self.promised)
        return value

    def read(self, value: Any, place: Place) -> float:
        """See `Reader`."""
        keep(place, value)
        return super().read(value, place)


STRING: Plain[str] = Plain("a string", frozenset({str}))
INTEGER: Plain[int] = Plain("an integer", frozenset({int}))
NUMBER: Plain[float] = _Number("a number", frozenset({int, float}))
BOOLEAN: Plain[bool] = Plain("a boolean", frozenset({bool}))
NULL: Plain[None] = Plain("null", frozenset({type(None)}))


class _Anything:
    """A value of which the spec says nothing."""

    def exact(self, value: Any) -> Any:
        """See `Reader`."""
        if may_be_rounded(value):
            raise ValueError
        return value

    def read(self, value: Any, place: Place) -> Any:
        """See `Reader`."""
        keep(place, value)
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
        if len(value) > LONGEST_MOMENT and has_finer_digits(value):
            raise ValueError
        return self.parse(value)

    def read(self, value: Any, place: Place) -> T:
        """See `Reader`."""
        if isinstance(value, str):
            try:
                read = self._read_text(value)
            # The second parser lets errors of its own helpers through for some malformed texts.
            except (ValueError, OverflowError, TypeError, ArithmeticError):
                pass
            else:
                if has_finer_digits(value):
                    deviates(place, "finer than a microsecond")
                return read
        keep(place, value)
        deviates(place, found(value, self.promised))
        return value  # type: ignore[no-any-return]  # kept as it came

    def _read_text(self, value: str) -> T:
        try:
            return self.parse(value)
        except ValueError:
            # Imported when a server first writes dates in such a form: it takes as long as all of httpx.
            from dateutil.parser import isoparse  # noqa: PLC0415  # see above

            return self.convert(isoparse(value))


DATE_TIME: _Time[datetime.datetime] = _Time(
    "a date-time", datetime.datetime.fromisoformat, lambda moment: moment
)
DATE: _Time[datetime.date] = _Time("a date", datetime.date.fromisoformat, lambda moment: moment.date())


@frozen
class EnumReader(Generic[E]):
    """A value of an open enum."""

    enum: type[E]
    _known: "Mapping[object, E]" = field(init=False, repr=False)
    _type: type[Any] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_known", {member.value: member for member in self.enum})
        object.__setattr__(self, "_type", str if issubclass(self.enum, str) else int)

    def exact(self, value: Any) -> E:
        """See `Reader`."""
        if type(value) is not self._type:
            raise TypeError
        return self._known[value]

    def read(self, value: Any, place: Place) -> E:
        """See `Reader`."""
        if type(value) is not self._type:
            keep(place, value)
            deviates(place, found(value, "an enum value"))
            return value  # type: ignore[no-any-return]  # kept as it came
        member = self._known.get(value)
        if member is None:
            deviates(place, "an unknown enum value")
            return cast("E", self.enum.unlisted(value))
        return member


@frozen
class ListReader(Generic[T]):
    """An array."""

    item: "Reader[T]"

    def exact(self, value: Any) -> list[T]:
        """See `Reader`."""
        exact = self.item.exact
        return [exact(item) for item in array(value)]

    def read(self, value: Any, place: Place) -> list[T]:
        """See `Reader`."""
        if type(value) is not list:
            keep(place, value)
            deviates(place, found(value, "an array"))
            return value  # type: ignore[no-any-return]  # kept as it came
        read = self.item.read
        return [read(item, (place, position)) for position, item in enumerate(array(value))]


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

    def read(self, value: Any, place: Place) -> T:
        """See `Reader`."""
        try:
            return self.exact(value)
        except NOT_AS_PROMISED:
            pass
        # With one kind beside null it is clear what was meant, and most of it can still be read.
        others = [kind for kind in self.kinds if not isinstance(kind, Plain) or kind != NULL]
        if len(others) == 1:
            return others[0].read(value, place)
        keep(place, value)
        deviates(place, "of no kind that the spec lists")
        return value  # type: ignore[no-any-return]  # kept as it came


@frozen
class ModelReader(Generic[M]):
    """An object with a class of its own."""

    model: type[M]

    def exact(self, value: Any) -> M:
        """See `Reader`."""
        return cast("M", self.model.read_json(value))

    def read(self, value: Any, place: Place) -> M:
        """See `Reader`."""
        reading = reading_at(place)
        if reading is not None and not reading.strict:
            return self.model.read_json(value, place)  # type: ignore[no-any-return]  # of its class, or kept
        # The error of strict mode names positions in lists, which models do not keep count of.
        try:
            return self.exact(value)
        except NOT_AS_PROMISED:
            pass
        return _read_object(self.model, value, place)


@frozen
class Field:
    """One property of a model: its attribute, its JSON name, how it is read, whether it is promised."""

    attribute: str
    name: str
    reader: "Reader[Any]"
    required: bool


class _Shape:
    """The fields of a model, and what is asked of them again and again.

    Attributes:
        fields: The fields.
        names: Their JSON names.
        readers: Their readers, by attribute.
        records: Those that are arrays of objects, with the class of these.
        steps: With each field the types of which nothing needs to be read, and what reads others.
    """

    __slots__ = ("fields", "names", "readers", "records", "steps")

    def __init__(self, described: tuple[Field, ...]) -> None:
        self.fields = described
        self.names = frozenset(field.name for field in described)
        self.readers = {field.attribute: field.reader for field in described}
        models = [(field, record_model(field.reader)) for field in described]
        self.records = [(field, model) for field, model in models if model is not None]
        self.steps: list[tuple[Field, frozenset[type], Callable[[Any, Place], Any]]] = [
            (field, field.reader.types if type(field.reader) is Plain else frozenset(), field.reader.read)
            for field in described
        ]


_shapes: "dict[type[Model], _Shape]" = {}


def _shape_of(model: "type[Model]") -> _Shape:
    try:
        return _shapes[model]
    except KeyError:
        # Not when the class is made: models may refer to each other in circles.
        return _shapes.setdefault(model, _Shape(model.json_fields()))


def record_model(reader: object) -> "type[Model] | None":
    """The class of the items of an array, if that is what is read and they are objects."""
    item: object = cast("Any", reader).item if isinstance(reader, ListReader) else None
    return cast("Any", item).model if isinstance(item, ModelReader) else None


def records_of(model: "type[Model]") -> "list[tuple[Field, type[Model]]]":
    """The fields of a model that are arrays of objects, with the class of these."""
    return _shape_of(model).records


def fields_of(model: "type[Model]") -> tuple[Field, ...]:
    """The fields of a model."""
    return _shape_of(model).fields


def reader_of(model: "type[Model]", attribute: str) -> "Reader[Any]":
    """The reader of one field of a model."""
    return _shape_of(model).readers[attribute]


def tolerate(model: type[M], data: Any, place: Place, step: Step, deviation: Exception) -> M:
    """Read an object that is not what the spec promises.

    Args:
        model: Its class.
        data: The object, or what stands in its place.
        place: Where it stands.
        step: The last step to there, if `place` lacks it.
        deviation: What reading it as promised raised.

    Returns:
        The model, with what is not as promised kept as it came; what is no object at all, as it came.
    """
    if reading_at(place) is None:
        raise deviation
    return _read_object(model, data, place if step is None else (place, step))


def _read_object(model: type[M], data: Any, place: Place) -> M:
    problem = found(data, "an object")
    if type(data) is dict:
        try:
            return _read_fields(model, cast("dict[str, Any]", data), place)
        except RecursionError:
            problem = "nested too deep"
    keep(place, data)
    deviates(place, problem)
    return data  # type: ignore[no-any-return]  # kept as it came


def _read_fields(model: type[M], data: dict[str, Any], place: Place) -> M:
    """Read an object field by field, reporting each that is not as promised."""
    shape = _shape_of(model)
    instance = new(model)
    known = 0
    for described, types, read in shape.steps:
        name = described.name
        if name in data:
            known += 1
            content = data[name]
            if type(content) not in types:
                content = read(content, (place, name))
        else:
            content = UNSET
            if described.required:
                deviates((place, name), "missing")
        setattr(instance, described.attribute, content)
    extra: dict[str, Any] = {}
    if known != len(data):
        extra = {key: value for key, value in data.items() if key not in shape.names}
        keep(place, extra)
    instance.additional_properties = extra
    return instance
