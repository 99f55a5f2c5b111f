"""Where a token may come from, and what may be one."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

from flow_retail_core.errors import TokenError
from flow_retail_core.messages import Response, Secret
from flow_retail_core.operation import Operation
from flow_retail_core.unset import UNSET
from flow_retail_core.validation import type_name

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")

TokenCallable: TypeAlias = Callable[[], Awaitable[str]]
SendWithToken: TypeAlias = Callable[[Operation[Any], str | Secret], Awaitable[Response]]
"""Sends an operation without path values or body to the client's tenant, with the given token."""


@runtime_checkable
class TokenProvider(Protocol):
    """Something that gets a token from the API itself, over the client's own connections."""

    async def fetch_token(self, send: SendWithToken) -> str:
        """Get a fresh token.

        Args:
            send: Sends an operation, authorized with the given token, with the client's retries and errors.

        Returns:
            The token.
        """
        ...


TokenSource: TypeAlias = str | TokenCallable | TokenProvider


def hide(source: object) -> object:
    """Put what may hold a token into a `Secret`, so that no traceback shows it; other sources stay."""
    if source is None or source is UNSET or callable(source) or isinstance(source, Secret | TokenProvider):
        return source
    return Secret(source)


def check_source(source: object, name: str = "token") -> object:
    """Check and return a source of tokens that `hide` was given, without asking it for one."""
    if source is None or isinstance(source, Secret):
        _check_token(source, name, "a str, an async function or a token provider")
    return source


def usable_token(token: object, name: str) -> Secret:
    """Check and return a token that `hide` was given; what is none is a `TokenError`."""
    try:
        return _check_token(token, name, "a str")
    except (TypeError, ValueError) as error:
        problem = str(error)
    raise TokenError(problem)


def _check_token(token: object, name: str, expected: str) -> Secret:
    if not isinstance(token, Secret) or not isinstance(token.reveal(), str):
        found = type_name(token.reveal() if isinstance(token, Secret) else token)
        raise TypeError(f"{name} must be {expected}, not {found}")
    if _VISIBLE_ASCII.fullmatch(token.reveal()) is None:
        raise ValueError(
            f"{name} can't be sent: it holds spaces, line breaks, control or non-ASCII characters, or nothing"
            " (pass it without the word Bearer, and strip the line break at the end of a file)"
        )
    return token
