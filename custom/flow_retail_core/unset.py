"""The sentinel that distinguishes "not given" from `None`."""

import enum
from typing import Final, Literal


class Unset(enum.Enum):
    """The type of `UNSET`.

    An enum with one member, because type checkers narrow `value is not UNSET` only for enums, and because it
    stays the same object through pickle and copy.
    """

    # Of no JSON form: where a text stood here, a misplaced UNSET would be sent as that text.
    UNSET = ...

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""A field that is absent from the JSON object, where `None` is a JSON `null`."""
