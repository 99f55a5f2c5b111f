"""The decoders, one for each type of value that a spec can describe.

A decoder reads a value tolerantly: what is not as the spec has it is reported and kept as it came. Where the
location has no context, it raises one of `NOT_AS_SPECIFIED` instead. It also writes its part of the compiled
code, which reads and writes what is as the spec has it, and leaves all else to the slower ways.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen

from flow_retail_core.models.schema_drift import Location, check_exact, report

if TYPE_CHECKING:
    from flow_retail_core.models.enums import OpenIntEnum, OpenStrEnum
    from flow_retail_core.models.model import Model

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound="Model")
E = TypeVar("E", bound="OpenStrEnum | OpenIntEnum")

NOT_AS_SPECIFIED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What is raised for a value that is not as the spec has it."""

LONGEST_MOMENT = 26
"""Characters up to which a date-time of RFC 3339 has no more digits than Python keeps."""

_FINER_DIGITS = re.compile(r"[.,]\d{6}0*[1-9]")


@frozen
class Names:
    """The names that compiled code uses."""

    known: dict[str, Any]

    def bind(self, role: str, value: object) -> str:
        """Make a value known, and return its name."""
        name, number = role, 2
        while name in self.known and self.known[name] is not value:
            name, number = f"{role}_{number}", number + 1
        self.known[name] = value
        return name

    def bind_model(self, role: str, model: "type[Model]") -> str:
        """Make the function known that decodes or sends a model, and return its name."""
        name = f"{role}_{model.__name__}"
        model.__codec__().used_as(role, self.known, name)
        return name


class Decoder(Generic[T_co]):
    """Reads and writes one type of value."""

    reads: str = ""
    """The source that reads a value as the spec has it; none if that takes `decode`."""

    sends: str = ""
    """The source of what orjson writes of a value; none if the value is to be checked first."""

    holds: str = ""
    """The condition of a value that stays what it is; none if it is to be read."""

    def decode(self, value: Any, location: Location) -> T_co:
        """Read any value.

        What is kept may be of another type than the annotation says; `flow.schema_drift` says where.
        """
        raise NotImplementedError

    def decode_source(self, value: str, names: Names, location: str) -> str:
        """The expression that reads a value, or raises one of `NOT_AS_SPECIFIED`."""
        del location
        return self.reads.format(value) if self.reads else f"{names.bind('read', self.decode)}({value}, None)"

    def send_source(self, value: str, names: Names) -> str:
        """The expression for what orjson writes, or leaves to the codec of a model."""
        return self.sends.format(value) if self.sends else f"checked({names.bind('decoder', self)}, {value})"

    @property
    def object_model(self) -> "type[Model] | None":
        """The class of the objects that it reads, if it reads nothing else."""
        return None

    @property
    def record_model(self) -> "type[Model] | None":
        """The class of the items of an array, if it reads arrays of objects and nothing else."""
        return None

    @property
    def holds_objects(self) -> bool:
        """Whether a deviation may be within an object, which then is reported and read on."""
        return (self.object_model or self.record_model) is not None


def found(value: object, expected: str) -> str:
    """Say what is there in place of `expected`."""
    return "null" if value is None else f"not {expected}"


@frozen
class Plain(Decoder[T]):
    """A JSON value that stays what it is: string, integer, number, boolean."""

    expected: str
    # By exact type: to Python, `True` is an int, to JSON it is not.
    types: frozenset[type]
    holds: str
    reads: str = "{}"
    sends: str = "{}"

    def decode(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        if type(value) not in self.types:
            report(location, found(value, self.expected), value)
        return cast("T", value)


class _Number(Plain[float]):
    """A number, which may be one that orjson rounded."""

    def decode(self, value: Any, location: Location) -> float:
        """See `Decoder`."""
        check_exact(location, value)
        return super().decode(value, location)


STRING: Plain[str] = Plain("a string", frozenset({str}), "type({0}) is str")
INTEGER: Plain[int] = Plain("an integer", frozenset({int}), "type({0}) is int")
NUMBER: Plain[float] = _Number(
    "a number",
    frozenset({int, float}),
    "(type({0}) is int or (type({0}) is float and LOWEST < {0} < HIGHEST))",
)
BOOLEAN: Plain[bool] = Plain("a boolean", frozenset({bool}), "type({0}) is bool")
NULL: Plain[None] = Plain("null", frozenset({type(None)}), "{0} is None")


class _Anything(Decoder[Any]):
    """A value of which the spec says nothing."""

    def decode(self, value: Any, location: Location) -> Any:
        """See `Decoder`."""
        check_exact(location, value)
        return value


ANYTHING = _Anything()


def has_finer_digits(text: str) -> bool:
    """Whether a date-time has a fraction of a microsecond, which Python drops."""
    return _FINER_DIGITS.search(text) is not None


def long_moment(text: str) -> datetime.datetime:
    """Read a date-time longer than `LONGEST_MOMENT`; ValueError if it is finer than a microsecond."""
    if has_finer_digits(text):
        raise ValueError
    return datetime.datetime.fromisoformat(text)


@frozen
class _Time(Decoder[T]):
    """A date or a date-time."""

    expected: str
    parse: Callable[[str], T] = field(repr=False)
    convert: Callable[[datetime.datetime], T] = field(repr=False)
    reads: str
    sends: str

    def decode(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        if isinstance(value, str):
            try:
                read = self._parse(value)
            # dateutil lets errors of its own helpers through for some malformed texts.
            except (ValueError, OverflowError, TypeError, ArithmeticError):
                pass
            else:
                if has_finer_digits(value):
                    report(location, "finer than a microsecond")
                return read
        report(location, found(value, self.expected), value)
        return cast("T", value)

    def _parse(self, value: str) -> T:
        try:
            return self.parse(value)
        except ValueError:
            # Not above, because it takes as long to import as httpx; each client has imported it.
            from dateutil.parser import isoparse  # noqa: PLC0415  # see above

            return self.convert(isoparse(value))


DATE_TIME: _Time[datetime.datetime] = _Time(
    "a date-time",
    datetime.datetime.fromisoformat,
    lambda moment: moment,
    "moment(text) if len(text := {0}) <= LONGEST_MOMENT else long_moment(text)",
    "({0} if {0}.tzinfo is UTC else sent_moment({0}))",
)
DATE: _Time[datetime.date] = _Time(
    "a date", datetime.date.fromisoformat, lambda moment: moment.date(), "day({0})", "{0}"
)


@frozen
class EnumDecoder(Decoder[E]):
    """A value of an open enum."""

    enum: type[E]
    closed: bool = False
    known: Mapping[object, E] = field(init=False, repr=False, eq=False)
    value_type: type[Any] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "known", {member.value: member for member in cast("Any", self.enum)})
        object.__setattr__(self, "value_type", str if issubclass(self.enum, str) else int)

    def decode(self, value: Any, location: Location) -> E:
        """See `Decoder`."""
        if type(value) is not self.value_type:
            report(location, found(value, "an enum value"), value)
            return cast("E", value)
        listed = self.known.get(value)
        if listed is not None:
            return listed
        report(location, "an unknown enum value")
        return cast("E", cast("Any", self.enum).unlisted(value))

    def decode_source(self, value: str, names: Names, location: str) -> str:
        """See `Decoder`."""
        # To Python, `True` and 1.0 are 1.
        if self.value_type is int:
            return super().decode_source(value, names, location)
        return f"{names.bind(f'known_{self.enum.__name__}', self.known)}[{value}]"

    def send_source(self, value: str, names: Names) -> str:
        """See `Decoder`."""
        enum = names.bind(f"enum_{self.enum.__name__}", self.enum)
        listed = f"{names.bind(f'known_{self.enum.__name__}', self.known)}[{value}]._value_"
        # orjson would ask for `value`, a property, which takes longer than all else.
        return f"({value}._value_ if type({value}) is {enum} else {listed})"


@frozen
class ListDecoder(Decoder[list[T]]):
    """An array."""

    item: Decoder[T]

    def decode(self, value: Any, location: Location) -> list[T]:
        """See `Decoder`."""
        if type(value) is not list:
            report(location, found(value, "an array"), value)
            return cast("list[T]", value)
        decode, items = self.item.decode, cast("Any", value)
        return [decode(item, (location, position)) for position, item in enumerate(items)]

    @property
    def record_model(self) -> "type[Model] | None":
        """See `Decoder`."""
        return self.item.object_model

    def decode_source(self, value: str, names: Names, location: str) -> str:
        """See `Decoder`."""
        if cast("Any", self.item) is STRING:
            return f"strings({value})"
        return super().decode_source(value, names, location)

    def send_source(self, value: str, names: Names) -> str:
        """See `Decoder`."""
        return value if isinstance(self.item, Plain) else super().send_source(value, names)


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
    holds: str = field(default="", init=False, repr=False, eq=False)
    nullable: Decoder[T_co] | None = field(init=False, repr=False, eq=False)
    """The one option beside null, if there is but one."""
    tagged: Mapping[str, Decoder[T_co]] = field(init=False, repr=False, eq=False)
    """The options by the values of the discriminator."""

    def __attrs_post_init__(self) -> None:
        options = [option for option in self.options if cast("object", option) != NULL]
        object.__setattr__(self, "nullable", options[0] if len(options) == 1 else None)
        if self.nullable is not None and self.nullable.holds:
            object.__setattr__(self, "holds", f"({{0}} is None or {self.nullable.holds})")
        models = [(option.object_model, option) for option in self.options]
        named = {model.__name__: option for model, option in models if model is not None}
        tags: Mapping[str, str] = {} if self.discriminator is None else self.discriminator.classes
        by_tag = {tag: named[name] for tag, name in tags.items() if name in named}
        object.__setattr__(self, "tagged", {**named, **by_tag})

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
        report(location, "of no kind that the spec lists", value)
        return cast("T_co", value)

    def _decode_tagged(self, value: dict[str, Any], location: Location, name: str) -> T_co:
        tag = value.get(name)
        option = self.tagged.get(tag) if isinstance(tag, str) else None
        if option is not None:
            return option.decode(value, location)
        kind = "an unknown discriminator value" if name in value else "missing"
        report((location, name), kind, value)
        return cast("T_co", value)

    def decode_source(self, value: str, names: Names, location: str) -> str:
        """See `Decoder`."""
        if self.nullable is None:
            return super().decode_source(value, names, location)
        if self.holds:
            return value
        return f"None if {value} is None else {self.nullable.decode_source(value, names, location)}"

    def send_source(self, value: str, names: Names) -> str:
        """See `Decoder`."""
        if self.nullable is None:
            return super().send_source(value, names)
        if self.holds:
            return value
        return f"None if {value} is None else {self.nullable.send_source(value, names)}"

    @property
    def holds_objects(self) -> bool:
        """See `Decoder`."""
        return self.nullable is not None and self.nullable.object_model is not None


@frozen
class ModelDecoder(Decoder[M]):
    """An object with a class of its own."""

    model: type[M]

    @property
    def object_model(self) -> type[M]:
        """See `Decoder`."""
        return self.model

    def decode(self, value: Any, location: Location) -> M:
        """See `Decoder`."""
        return cast("M", self.model.__codec__().read(value, location))

    def decode_source(self, value: str, names: Names, location: str) -> str:
        """See `Decoder`."""
        return f"{names.bind_model('decode', self.model)}({value}, {location})"

    def send_source(self, value: str, names: Names) -> str:
        """See `Decoder`."""
        return f"{names.bind_model('send', self.model)}({value})"


def decoder_for(declared: Any) -> Decoder[Any]:
    """The decoder of a body or a response, which an operation may declare by the class of a model."""
    return ModelDecoder(cast("type[Model]", declared)) if isinstance(declared, type) else declared
