"""Enums that stay open: tomorrow's server may send a value that today's spec does not list."""

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

T = TypeVar("T", str, int)
E = TypeVar("E")

# To type checkers an open enum is a class with constants: what they know as an enum has no further values,
# so that they call a last `case _` unreachable and a comparison with a new value an error.
if TYPE_CHECKING:
    from collections.abc import Iterator

    class member:  # noqa: N801  # stands for `enum.member`
        """A value that the spec lists."""

        def __init__(self, value: str | int, /) -> None: ...
        def __get__(self, instance: object, owner: type[E], /) -> E: ...

    class _OpenEnumType(type):
        def __iter__(cls: type[E]) -> Iterator[E]: ...
        def __len__(cls) -> int: ...
        def __getitem__(cls: type[E], name: str, /) -> E: ...
        def __contains__(cls, value: object, /) -> bool: ...
        @property
        def __members__(cls: type[E]) -> dict[str, E]: ...

    class _Open(Generic[T], metaclass=_OpenEnumType):
        def __new__(cls, value: T, /) -> Self: ...
        @property
        def name(self) -> str: ...
        @property
        def value(self) -> T: ...

    class _OpenStr(_Open[str], str): ...

    class _OpenInt(_Open[int], int): ...
else:
    from enum import IntEnum as _OpenInt
    from enum import StrEnum as _OpenStr
    from enum import member

__all__ = ["OpenIntEnum", "OpenStrEnum", "member"]


class _OpenEnum:
    """What both have in common: a value that the spec does not list is an instance, too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        of: Any = str if issubclass(cls, str) else int
        if not isinstance(value, of) or isinstance(value, bool):
            return None
        # Not registered among the members: a server that sends ever new values must not fill the memory.
        made: Any = of.__new__(cls, value)
        made._value_ = of(value)
        made._name_ = str(made._value_)
        return made  # type: ignore[no-any-return]  # just made

    @property
    def is_known(self) -> bool:
        """Whether the spec lists this value."""
        return cast("Any", self).value in known_values(type(self))

    def __reduce_ex__(self, _protocol: object, /) -> tuple[type[Self], tuple[str | int]]:
        return type(self), (cast("Any", self).value,)


class OpenStrEnum(_OpenEnum, _OpenStr):
    """A string enum that takes values the spec does not list.

    Such a value is an instance of the same class with `name` and `value` both the text, equal to that text,
    and written back unchanged. It is not listed when the class is iterated; `is_known` distinguishes the two.
    """


class OpenIntEnum(_OpenEnum, _OpenInt):
    """An integer enum that takes values the spec does not list; see `OpenStrEnum`."""


def known_values(listed: type) -> dict[Any, Any]:
    """The members that the spec lists, by value."""
    members: Any = listed
    return members._value2member_map_  # type: ignore[no-any-return]  # of any enum


def check_sendable(listed: type, value: Any) -> None:
    """Raise ValueError for a value that may not be sent where the spec closes what may be."""
    known = known_values(listed)
    # A member that the spec does not list was made on purpose, or came from the server.
    if not isinstance(value, listed) and not (isinstance(value, str | int) and value in known):
        values = ", ".join(map(repr, known))
        raise ValueError(f"must be one of {values}; another one is made with {listed.__name__}(...)")


def sendable(listed: type, value: Any, name: str) -> Any:
    """Check the value of a parameter against an enum that closes what may be sent."""
    several = isinstance(value, list | tuple | set | frozenset)
    items: Any = value if several else (value,)  # pyright: ignore[reportUnknownVariableType]  # of any type
    try:
        for item in items if value is not None else ():
            check_sendable(listed, item)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    return cast("object", value)
