"""Enums that stay open: tomorrow's server may send a value that today's spec does not list."""

import enum
from typing import Self


class OpenStrEnum(enum.StrEnum):
    """A string enum that takes values the spec does not list.

    Such a value is an instance of the same class with `name` and `value` both the text, equal to that text,
    and written back unchanged. It is not listed when the class is iterated; `is_known` tells the two apart.
    """

    @property
    def json_value(self) -> str:
        """The same as `value`, in half the time: for writing JSON."""
        return self._value_

    @classmethod
    def unlisted(cls, value: str) -> Self:
        """Make a value that the spec does not list."""
        # Not registered among the members: a server that sends ever new values must not fill the memory.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls.unlisted(value) if isinstance(value, str) else None

    @property
    def is_known(self) -> bool:
        """Whether the spec lists this value."""
        return self.value in type(self)._value2member_map_

    def __reduce_ex__(self, _protocol: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.value,)


class OpenIntEnum(enum.IntEnum):
    """An integer enum that takes values the spec does not list; see `OpenStrEnum`."""

    @property
    def json_value(self) -> int:
        """See `OpenStrEnum`."""
        return self._value_

    @classmethod
    def unlisted(cls, value: int) -> Self:
        """Make a value that the spec does not list."""
        member = int.__new__(cls, value)
        member._name_ = str(int(value))
        member._value_ = int(value)
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls.unlisted(value) if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def is_known(self) -> bool:
        """Whether the spec lists this value."""
        return self.value in type(self)._value2member_map_

    def __reduce_ex__(self, _protocol: object) -> tuple[type[Self], tuple[int]]:
        return type(self), (self.value,)
