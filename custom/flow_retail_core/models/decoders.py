"""The decoders, one for each type of value that a spec can describe.

A decoder reads a value tolerantly: what is not as the spec has it is reported and kept as it came. Where the
location has no context, it raises one of `NOT_AS_SPECIFIED` instead.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen

from flow_retail_core.models.enums import known_values
from flow_retail_core.models.schema_drift import Location, check_exact, report

if TYPE_CHECKING:
    from flow_retail_core.models.enums import OpenIntEnum, OpenStrEnum
    from flow_retail_core.models.model import Model

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D", bound=datetime.date)
M = TypeVar("M", bound="Model")
E = TypeVar("E", bound="OpenStrEnum | OpenIntEnum")

NOT_AS_SPECIFIED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What is raised for a value that is not as the spec has it."""

_FINER_DIGITS = re.compile(r"[.,]\d{6}0*[1-9]")
"""A fraction of a microsecond, which Python drops."""


class Decoder(Generic[T_co]):
    """Reads one type of value."""

    def decode(self, value: Any, location: Location) -> T_co:
        """Read any value.

        What is kept may be of another type than the annotation says; `flow.schema_drift` says where.
        """
        raise NotImplementedError


def found(value: object, expected: str) -> str:
    """Say what is there in place of `expected`."""
    return "null" if value is None else f"not {expected}"


@frozen
class Plain(Decoder[T]):
    """A value that stays what it is: string, integer, number, boolean, or anything."""

    expected: str
    is_it: Callable[[Any], bool] = field(repr=False)
    is_exact: bool = True
    """Whether orjson can't have rounded what is in it."""

    def decode(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        if not self.is_it(value):
            return cast("T", report(location, found(value, self.expected), value))
        if not self.is_exact:
            check_exact(location, value)
        return cast("T", value)


# By exact type: to Python, `True` is an int, to JSON it is not.
STRING: Plain[str] = Plain("a string", lambda value: type(value) is str)
INTEGER: Plain[int] = Plain("an integer", lambda value: type(value) is int)
NUMBER: Plain[float] = Plain("a number", lambda value: type(value) in {int, float}, is_exact=False)
BOOLEAN: Plain[bool] = Plain("a boolean", lambda value: type(value) is bool)
NULL: Plain[None] = Plain("null", lambda value: value is None)
ANYTHING: Plain[Any] = Plain("anything", lambda _value: True, is_exact=False)


@frozen
class _Time(Decoder[D]):
    """A date or a date-time."""

    expected: str
    type: type[D]

    def decode(self, value: Any, location: Location) -> D:
        """See `Decoder`."""
        if isinstance(value, str):
            try:
                read = self._parse(value)
            # dateutil lets errors of its own helpers through for some malformed texts.
            except (ValueError, TypeError, ArithmeticError):
                pass
            else:
                if _FINER_DIGITS.search(value):
                    report(location, "finer than a microsecond")
                return read
        return cast("D", report(location, found(value, self.expected), value))

    def _parse(self, value: str) -> D:
        try:
            return self.type.fromisoformat(value)
        except ValueError:
            # Not above, because it takes as long to import as httpx; each client has imported it.
            from dateutil.parser import isoparse  # noqa: PLC0415  # see above

            moment: Any = isoparse(value)
            return cast("D", moment if self.type is datetime.datetime else moment.date())


DATE_TIME: _Time[datetime.datetime] = _Time("a date-time", datetime.datetime)
DATE: _Time[datetime.date] = _Time("a date", datetime.date)


@frozen
class EnumDecoder(Decoder[E]):
    """A value of an open enum."""

    enum: type[E]
    closed: bool = False

    @property
    def known(self) -> Mapping[object, E]:
        """The members that the spec lists, by value."""
        return known_values(self.enum)

    @property
    def value_type(self) -> type:
        """What the values are: `str` or `int`."""
        return str if issubclass(self.enum, str) else int

    def decode(self, value: Any, location: Location) -> E:
        """See `Decoder`."""
        if type(value) is not self.value_type:
            return cast("E", report(location, found(value, "an enum value"), value))
        if value not in self.known:
            report(location, "an unknown enum value")
        return cast("E", cast("Any", self.enum)(value))


@frozen
class ListDecoder(Decoder[list[T]]):
    """An array."""

    item: Decoder[T]

    def decode(self, value: Any, location: Location) -> list[T]:
        """See `Decoder`."""
        if type(value) is not list:
            return cast("list[T]", report(location, found(value, "an array"), value))
        decode, items = self.item.decode, cast("Any", value)
        return [decode(item, (location, position)) for position, item in enumerate(items)]


@frozen
class Discriminator:
    """Says by a property of an object which class it is of.

    Args:
        property: The property, by its JSON name.
        classes: By the value of the property, the name of the class; without one, the value is that name.
    """

    property: str
    classes: Mapping[str, str] = field(factory=dict[str, str], hash=False)


@frozen
class UnionDecoder(Decoder[T_co]):
    """A value of one of several types, null among them; the first that fits is taken."""

    options: tuple[Decoder[T_co], ...]
    discriminator: Discriminator | None = None

    @cached_property
    def nullable(self) -> Decoder[T_co] | None:
        """The one option beside null, if there is but one."""
        options = [option for option in self.options if cast("object", option) != NULL]
        return options[0] if len(options) == 1 else None

    @cached_property
    def tagged(self) -> Mapping[str, Decoder[T_co]]:
        """The options by the values of the discriminator."""
        models = [(object_model(option), option) for option in self.options]
        named = {model.__name__: option for model, option in models if model is not None}
        tags: Mapping[str, str] = {} if self.discriminator is None else self.discriminator.classes
        return named | {tag: named[name] for tag, name in tags.items() if name in named}

    def decode(self, value: Any, location: Location) -> T_co:
        """See `Decoder`."""
        # With one type beside null it is clear what was meant, and most of it can still be read.
        if self.nullable is not None:
            return cast("T_co", None) if value is None else self.nullable.decode(value, location)
        if self.discriminator is not None and type(value) is dict:
            return self._decode_tagged(cast("dict[str, Any]", value), location, self.discriminator.property)
        for option in self.options:
            try:
                return option.decode(value, None)
            except NOT_AS_SPECIFIED:
                continue
        return cast("T_co", report(location, "of no kind that the spec lists", value))

    def _decode_tagged(self, value: dict[str, Any], location: Location, name: str) -> T_co:
        tag = value.get(name)
        option = self.tagged.get(tag) if isinstance(tag, str) else None
        if option is not None:
            return option.decode(value, location)
        kind = "an unknown discriminator value" if name in value else "missing"
        return cast("T_co", report((location, name), kind, value))


@frozen
class ModelDecoder(Decoder[M]):
    """An object with a class of its own."""

    model: type[M]

    def decode(self, value: Any, location: Location) -> M:
        """See `Decoder`."""
        return cast("M", self.model.__codec__().read(value, location))


def object_model(decoder: Any) -> "type[Model] | None":
    """The class of the objects that a decoder reads, if it reads nothing else."""
    return cast("Any", decoder).model if isinstance(decoder, ModelDecoder) else None


def record_model(decoder: Any) -> "type[Model] | None":
    """The class of the items of an array, if a decoder reads arrays of objects and nothing else."""
    return object_model(cast("Any", decoder).item) if isinstance(decoder, ListDecoder) else None


def decoder_for(declared: Any) -> Decoder[Any]:
    """The decoder of a body or a response, which an operation may declare by the class of a model."""
    return ModelDecoder(cast("type[Model]", declared)) if isinstance(declared, type) else declared
