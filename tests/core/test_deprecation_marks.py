"""The marks of what is deprecated change nothing but that its use warns."""

import enum
import warnings
from unittest import mock

from flow_retail_core.deprecation import deprecated, deprecated_keywords


class _Lamp:
    @deprecated_keywords(watt="no watt", colour="no colour")
    def __init__(self, *, watt=1, colour=None, shade=None):
        self.given = (watt, colour, shade)


@deprecated("no bulb")
class _Bulb:
    def __init__(self, socket):
        self.socket = socket


@deprecated("no socket")
class _Socket(enum.Enum):
    SCREW = "SCREW"


@deprecated("no light")
async def _light(lamp):
    return lamp


@deprecated_keywords(fast="not fast")
async def _dim(lamp, *, fast=False):
    return lamp, fast


_Lit = deprecated_keywords(watt="no watt")(type("_Lit", (_Lamp,), {"__init__": _Lamp.__init__.__wrapped__}))


async def test_the_marks_change_nothing_but_the_warning() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = _Lamp(watt=2, colour="red", shade=3).given, _Lit(watt=3).given, _Bulb("s").socket
        done = await _light("l"), await _dim("l", fast=True)
    assert made == ((2, "red", 3), (3, None, None), "s")
    assert done == ("l", ("l", True))
    assert [str(each.message) for each in told] == [
        *("no watt", "no colour", "no watt", "no bulb", "no light", "not fast")
    ]
    assert {(each.category, each.filename) for each in told} == {(DeprecationWarning, __file__)}
    assert _Socket("SCREW") is _Socket.SCREW
    assert _Socket.__deprecated__ == "no socket"
    assert _Lamp(watt=1, colour=None, shade=3).given == (1, None, 3)
    assert await _dim("l", fast=False) == ("l", False)
    for marked in (_light, _dim):
        await mock.create_autospec(marked)("l")
