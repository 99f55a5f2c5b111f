"""The decoders of each kind of value that a spec can describe.

Each has two ways. `strict` is for values as the spec has them and costs little; whatever it raises means "not
as the spec has it". `lenient` goes over the same value slowly, keeps what can't be read as it came, and
reports it.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from attrs import field, frozen

from flow_retail_core.models.schema_drift import (
    HIGHEST,
    LOWEST,
    Location,
    check_exact,
    context_of,
    may_be_rounded,
    report,
)

if TYPE_CHECKING:
    from flow_retail_core.models.enums import OpenIntEnum, OpenStrEnum
    from flow_retail_core.models.model import Model

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound="Model")
E = TypeVar("E", bound="OpenStrEnum | OpenIntEnum")

NOT_AS_SPECIFIED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What strict decoding raises for a value that is not as the spec has it."""

LONGEST_MOMENT = 26
"""Characters up to which a date-time of RFC 3339 has no more digits than Python keeps."""

_FINER_DIGITS = re.compile(r"[.,]\d{6}0*[1-9]")


class Decoder(Protocol[T_co]):
    """Reads one kind of value."""

    def strict(self, value: Any, /) -> T_co:
        """Read a value that is as the spec has it; any of `NOT_AS_SPECIFIED` means that it is not."""
        ...

    def lenient(self, value: Any, location: Location, /) -> T_co:
        """Read any value: one that is not as the spec has it is reported and kept as it came.

        What is kept may be of another type than the annotation says; `flow.schema_drift` says where.
        """
        ...


def found(value: object, expected: str) -> str:
    """Say what is there in place of `expected`."""
    return "null" if value is None else f"not {expected}"


def array(value: Any) -> list[Any]:
    """Raise TypeError unless the value is a JSON array."""
    if type(value) is not list:
        raise TypeError
    return value  # pyright: ignore[reportUnknownVariableType]  # its items are looked at one by one


@frozen
class Plain(Generic[T]):
    """A JSON value that stays what it is: string, integer, number, boolean."""

    expected: str
    types: frozenset[type]

    def strict(self, value: Any) -> T:
        """See `Decoder`."""
        # By exact type: to Python, `True` is an int, to JSON it is not.
        if type(value) not in self.types:
            raise TypeError(self.expected)
        return value  # type: ignore[no-any-return]  # its type was just looked at

    def lenient(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        if type(value) not in self.types:
            report(location, found(value, self.expected), value)
        return value  # type: ignore[no-any-return]  # of the type, or kept as it came


class _Number(Plain[float]):
    """A number, which may be one that orjson rounded."""

    def strict(self, value: Any) -> float:
        """See `Decoder`."""
        if type(value) is not int and not (type(value) is float and LOWEST < value < HIGHEST):
            raise TypeError(self.expected)
        return value

    def lenient(self, value: Any, location: Location) -> float:
        """See `Decoder`."""
        check_exact(location, value)
        return super().lenient(value, location)


STRING: Plain[str] = Plain("a string", frozenset({str}))
INTEGER: Plain[int] = Plain("an integer", frozenset({int}))
NUMBER: Plain[float] = _Number("a number", frozenset({int, float}))
BOOLEAN: Plain[bool] = Plain("a boolean", frozenset({bool}))
NULL: Plain[None] = Plain("null", frozenset({type(None)}))


class _Anything:
    """A value of which the spec says nothing."""

    def strict(self, value: Any) -> Any:
        """See `Decoder`."""
        if may_be_rounded(value):
            raise ValueError
        return value

    def lenient(self, value: Any, location: Location) -> Any:
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
class _Time(Generic[T]):
    """A date or a date-time."""

    expected: str
    parse: Callable[[str], T] = field(repr=False)
    convert: Callable[[datetime.datetime], T] = field(repr=False)

    def strict(self, value: Any) -> T:
        """See `Decoder`."""
        if len(value) > LONGEST_MOMENT and has_finer_digits(value):
            raise ValueError
        return self.parse(value)

    def lenient(self, value: Any, location: Location) -> T:
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
        return value  # type: ignore[no-any-return]  # kept as it came

    def _parse(self, value: str) -> T:
        try:
            return self.parse(value)
        except ValueError:
            # Not above, because it takes as long to import as httpx; each client has imported it.
            from dateutil.parser import isoparse  # noqa: PLC0415  # see above

            return self.convert(isoparse(value))


DATE_TIME: _Time[datetime.datetime] = _Time(
    "a date-time", datetime.datetime.fromisoformat, lambda moment: moment
)
DATE: _Time[datetime.date] = _Time("a date", datetime.date.fromisoformat, lambda moment: moment.date())


@frozen
class EnumDecoder(Generic[E]):
    """A value of an open enum."""

    enum: type[E]
    closed: bool = False
    known: Mapping[object, E] = field(init=False, repr=False, eq=False)
    value_type: type[Any] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "known", {member.value: member for member in cast("Any", self.enum)})
        object.__setattr__(self, "value_type", str if issubclass(self.enum, str) else int)

    def strict(self, value: Any) -> E:
        """See `Decoder`."""
        if type(value) is not self.value_type:
            raise TypeError
        return self.known[value]

    def lenient(self, value: Any, location: Location) -> E:
        """See `Decoder`."""
        if type(value) is not self.value_type:
            report(location, found(value, "an enum value"), value)
            return value  # type: ignore[no-any-return]  # kept as it came
        listed = self.known.get(value)
        if listed is not None:
            return listed
        report(location, "an unknown enum value")
        return cast("E", cast("Any", self.enum).unlisted(value))


@frozen
class ListDecoder(Generic[T]):
    """An array."""

    item: Decoder[T]

    def strict(self, value: Any) -> list[T]:
        """See `Decoder`."""
        strict = self.item.strict
        return [strict(item) for item in array(value)]

    def lenient(self, value: Any, location: Location) -> list[T]:
        """See `Decoder`."""
        if type(value) is not list:
            report(location, found(value, "an array"), value)
            return value  # type: ignore[no-any-return]  # kept as it came
        lenient = self.item.lenient
        return [lenient(item, (location, position)) for position, item in enumerate(array(value))]


@frozen
class UnionDecoder(Generic[T]):
    """A value of one of several kinds, nullable ones among them; the first that fits is taken."""

    options: tuple[Decoder[T], ...]

    @property
    def nullable(self) -> Decoder[T] | None:
        """The one option beside null, if there is but one."""
        options = [option for option in self.options if cast("object", option) != NULL]
        return options[0] if len(options) == 1 else None

    def strict(self, value: Any) -> T:
        """See `Decoder`."""
        for option in self.options:
            try:
                return option.strict(value)
            except NOT_AS_SPECIFIED:
                continue
        raise ValueError("of a kind that the spec lists")

    def lenient(self, value: Any, location: Location) -> T:
        """See `Decoder`."""
        try:
            return self.strict(value)
        except NOT_AS_SPECIFIED:
            pass
        # With one kind beside null it is clear what was meant, and most of it can still be read.
        if self.nullable is not None:
            return self.nullable.lenient(value, location)
        report(location, "of no kind that the spec lists", value)
        return value  # type: ignore[no-any-return]  # kept as it came


@frozen
class ModelDecoder(Generic[M]):
    """An object with a class of its own."""

    model: type[M]

    def strict(self, value: Any) -> M:
        """See `Decoder`."""
        return cast("M", self.model.__codec__().decode(value, None, None))

    def lenient(self, value: Any, location: Location) -> M:
        """See `Decoder`."""
        context = context_of(location)
        if context is not None and not context.strict:
            return cast("M", self.model.__codec__().decode(value, location, None))
        # The error of strict mode names positions in lists, which compiled code does not keep count of.
        try:
            return self.strict(value)
        except NOT_AS_SPECIFIED:
            return cast("M", self.model.__codec__().decode_leniently(value, location))
