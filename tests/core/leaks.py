"""Where a secret shows in an exception: its texts, its attributes, the variables of its traceback."""

import pickle
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TESTS = str(Path(__file__).parent)


def leaks(error: BaseException, *secrets: str) -> list[str]:
    """List the places where one of the secrets shows.

    Frames of the tests themselves are left out: who passes a token has it in a variable.
    """
    found = []
    for place, text in everything_shown(error):
        found += [f"{place}: {text[:200]!r}" for secret in secrets if secret in text]
    return found


def everything_shown(error: BaseException) -> Iterator[tuple[str, str]]:
    """Every text that a log, an error tracker or a debugger shows of an exception."""
    for one in chain(error):
        name = type(one).__name__
        yield f"the text of {name}", str(one)
        yield f"the repr of {name}", repr(one)
        for text in texts([one.args, vars(one)]):
            yield f"the attributes of {name}", text
        for frame, line in traceback.walk_tb(one.__traceback__):
            if frame.f_code.co_filename.startswith(TESTS):
                continue
            where = f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
            for variable, value in frame.f_locals.items():
                for text in texts(value):
                    yield f"{where} {variable}", text
    if isinstance(error, Exception):
        yield "the pickle", pickle.dumps(error).decode("latin-1")


def chain(error: BaseException) -> list[BaseException]:
    """The exception and all that hang on it."""
    seen: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        pending += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions
    return seen


def texts(value: Any, depth: int = 8) -> Iterator[str]:
    """The texts in a value: strings, bytes, what containers hold, and the repr of anything else."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, Mapping) and depth:
        for key, item in list(value.items()):
            yield from texts(key, depth - 1)
            yield from texts(item, depth - 1)
        yield safe_repr(value)
    elif isinstance(value, list | tuple | set | frozenset) and depth:
        for item in list(value):
            yield from texts(item, depth - 1)
    else:
        yield safe_repr(value)


def safe_repr(value: object) -> str:
    """The repr of a value, which may be half made."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # whatever an object that is not complete raises
        return ""
