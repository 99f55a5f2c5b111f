"""What the API reference calls deprecated: editors and type checkers show it, and using it warns.

`deprecated` is that of PEP 702. Type checkers bundle `typing_extensions` and know it from there. At run time
the package does without it, and without `warnings.deprecated` of Python 3.13, which for a class also warns of
objects that are copied or unpickled. Here only a call of the constructor warns: decoding a response does not.
"""

import asyncio.coroutines
import enum
import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["deprecated", "deprecated_keywords"]

C = TypeVar("C", bound=Callable[..., Any])

_ANY_CALL = ""
"""In place of the name of a keyword, which is never empty."""


def warning_when_called(message: str) -> Callable[[Any], Any]:
    """Mark a function, a method or a class: a call emits a `DeprecationWarning` at the place of the call.

    Of a coroutine function it is given before anything is awaited. An enum is only marked: its members
    are there already.
    """

    def mark(marked: Any) -> Any:
        result: Any = marked if isinstance(marked, enum.EnumType) else _warning(marked, {_ANY_CALL: message})
        result.__deprecated__ = message
        return result

    return mark


if TYPE_CHECKING:
    from typing_extensions import deprecated
else:
    deprecated = warning_when_called


def deprecated_keywords(**messages: str) -> Callable[[C], C]:
    """Warn likewise of keywords of a method or a constructor that have another value than their default."""
    return lambda marked: _warning(marked, messages)


def _warning(marked: Any, messages: Mapping[str, str]) -> Any:
    """Let a function, or the constructor of a class, warn of its keywords, or of any call."""
    is_class = isinstance(marked, type)
    function: Any = marked.__init__ if is_class else marked
    defaults = function.__kwdefaults__

    # Kept short: the constructors of models are called for every record that is sent.
    @functools.wraps(function)
    def announced(*arguments: Any, **keywords: Any) -> Any:
        for name, message in messages.items():
            if name == _ANY_CALL or (name in keywords and keywords[name] is not defaults[name]):
                warnings.warn(message, DeprecationWarning, stacklevel=2)
        return function(*arguments, **keywords)

    if is_class:
        marked.__init__ = announced
        return marked
    if inspect.iscoroutinefunction(function):
        # Mocks and frameworks ask whether the result of a call is awaitable.
        if sys.version_info >= (3, 12):
            inspect.markcoroutinefunction(announced)
        else:
            # What asyncio and the mocks of 3.11 look for; its inspect has no mark.
            vars(announced)["_is_coroutine"] = vars(asyncio.coroutines)["_is_coroutine"]
    return announced
