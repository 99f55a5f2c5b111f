"""The JSON that orjson refuses or would change, read by Python's own parser."""

import contextlib
import json
import re
from typing import Any, NoReturn, cast

from flow_retail_core.reading import Place

_SURROGATE = re.compile("[\ud800-\udfff]")


class _OutOfRange(str):
    """A number that Python can't hold, as its digits."""

    __slots__ = ()


def parse_exactly(content: bytes, root: Place) -> tuple[Any, list[tuple[Place, str]]]:
    """Read JSON with each integer exact, and with U+FFFD for what is not Unicode.

    Args:
        content: The text, in UTF-8 or nearly.
        root: The place of the whole.

    Returns:
        The value, and what is wrong with it: places and problems.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deep for Python's parser.
    """
    holder = [
        json.loads(
            # Bytes that are no UTF-8 become lone surrogates, which a JSON text can't hold otherwise.
            content.decode("utf-8", "surrogateescape"),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse,
        )
    ]
    problems: list[tuple[Place, str]] = []
    waiting: list[tuple[Any, Any, Place]] = [(holder, 0, root)]
    while waiting:
        within, key, place = waiting.pop()
        value = within[key]
        if isinstance(value, _OutOfRange):
            problems.append((place, "a number out of range"))
            within[key] = str(value)
        elif isinstance(value, str):
            if _SURROGATE.search(value):
                problems.append((place, "not valid Unicode"))
                within[key] = _SURROGATE.sub("\ufffd", value)
        elif isinstance(value, dict):
            named = cast("dict[str, Any]", value)
            if any(map(_SURROGATE.search, named)):
                problems.append((place, "an object with a name that is not valid Unicode"))
                named = within[key] = {_SURROGATE.sub("\ufffd", name): each for name, each in named.items()}
            waiting.extend((named, name, (place, name)) for name in reversed(named))
        elif isinstance(value, list):
            items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
            waiting.extend((items, position, (place, position)) for position in reversed(range(len(items))))
    return holder[0], problems


def _integer(digits: str) -> int | _OutOfRange:
    # Python refuses to convert more digits than `sys.get_int_max_str_digits()`.
    with contextlib.suppress(ValueError):
        return int(digits)
    return _OutOfRange(digits)


def _number(digits: str) -> float | _OutOfRange:
    number = float(digits)
    return number if number - number == 0 else _OutOfRange(digits)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError
