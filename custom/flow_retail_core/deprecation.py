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
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

__all__ = ["deprecated", "deprecated_keywords"]

C = TypeVar("C", bound=Callable[..., Any])


def warning_when_called(message: str) -> Callable[[C], C]:
    """Mark a function, a method or a class: a call emits a `DeprecationWarning` at the place of the call.

    Of a coroutine function it is given before anything is awaited. An enum is only marked: its members are
    there already.

    Args:
        message: What is deprecated and, if that is known, what to use instead.
    """

    def mark(marked: C) -> C:
        result: Any = marked
        if not isinstance(marked, enum.EnumType):
            function = _function(marked)

            @functools.wraps(function)
            def announced(*arguments: Any, **keywords: Any) -> Any:
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return function(*arguments, **keywords)

            result = _in_place_of(marked, function, announced)
        result.__deprecated__ = message
        return cast("C", result)

    return mark


if TYPE_CHECKING:
    from typing_extensions import deprecated
else:
    deprecated = warning_when_called


def deprecated_keywords(**messages: str) -> Callable[[C], C]:
    """Give a `DeprecationWarning` where certain keywords of a method or a constructor are given.

    A keyword given its own default counts as not given.

    Args:
        **messages: For each of the keywords, which has a default, what the warning says.
    """

    def mark(marked: C) -> C:
        function = _function(marked)
        defaults = function.__kwdefaults__

        # Kept short: the constructors of models are called for every record that is sent.
        @functools.wraps(function)
        def announced(*arguments: Any, **keywords: Any) -> Any:
            for name, message in messages.items():
                if name in keywords and keywords[name] is not defaults[name]:
                    warnings.warn(message, DeprecationWarning, stacklevel=2)
            return function(*arguments, **keywords)

        return _in_place_of(marked, function, announced)

    return mark


def _function(called: Any) -> Any:
    return called.__init__ if isinstance(called, type) else called  # type: ignore[misc]  # of this class, no other


def _in_place_of(called: C, function: Any, announced: Callable[..., Any]) -> C:
    """Let a function, or the constructor of a class, be another one."""
    result: Any = announced
    if isinstance(called, type):
        result = called
        result.__init__ = announced
    elif inspect.iscoroutinefunction(function):
        _mark_coroutine_function(announced)
    return cast("C", result)


def _mark_coroutine_function(function: Any) -> None:
    """Let mocks and frameworks see that the result of a call is awaitable."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(function)
    else:
        # What asyncio and the mocks of 3.11 look for; its inspect has no mark.
        vars(function)["_is_coroutine"] = vars(asyncio.coroutines)["_is_coroutine"]
