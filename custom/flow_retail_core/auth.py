"""Bearer tokens: fixed ones, ones that a callable gives, and the API's own exchange for short-lived ones."""

import asyncio
import copy
import re
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, Protocol, TypeAlias, runtime_checkable

from attrs import Attribute, field, frozen

from flow_retail_core.answer import Answer
from flow_retail_core.errors import FlowRetailError, TokenUnavailable
from flow_retail_core.operation import Operation
from flow_retail_core.recording import stop_recording

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")

TokenCallable: TypeAlias = Callable[[], Awaitable[str]]
SendWithToken: TypeAlias = Callable[[Operation, str], Awaitable[Answer]]
"""Sends an operation without path values or body to the client's tenant, with the given token."""


@runtime_checkable
class TokenProvider(Protocol):
    """Something that gets a token from the API itself, over the client's own connections."""

    async def fetch(self, send: SendWithToken) -> str:
        """Get a fresh token.

        Args:
            send: Sends an operation, authorized with the given token, with the client's retries and errors.

        Returns:
            The token.
        """
        ...


TokenSource: TypeAlias = str | TokenCallable | TokenProvider


def check_token(token: object, name: str = "token") -> str:
    """Check that a text can be sent as a bearer token.

    Args:
        token: What was given.
        name: How the message names it. The token itself is never shown.

    Raises:
        TypeError: It is not a string.
        ValueError: It is empty, or holds spaces, line breaks, control or non-ASCII characters.
    """
    if not isinstance(token, str):
        raise TypeError(f"{name} must be a str, not {type(token).__name__}")
    if not token:
        raise ValueError(f"{name} is empty")
    if _VISIBLE_ASCII.fullmatch(token) is None:
        raise ValueError(
            f"{name} can't be sent: it holds spaces, line breaks, control or non-ASCII characters"
            " (pass it without the word Bearer, and strip what a file puts at its end)"
        )
    return str(token)


def _check_auth_token(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not callable(value):
        check_token(value, attribute.name)


@frozen
class AccountTokens:
    """Short-lived access tokens, exchanged for a user's auth token at `POST /tenants/{tenantUid}/account`.

    Args:
        auth_token: The auth token of the user, or an async callable that gives one.

    Example:
        ```python
        flow = FlowRetail(tenant="acme", token=AccountTokens(auth_token))
        ```
    """

    auth_token: str | TokenCallable = field(repr=False, validator=_check_auth_token)

    async def fetch(self, send: SendWithToken) -> str:
        """Exchange the auth token for an access token.

        Raises:
            APIStatusError: The API refused the exchange.
            TokenUnavailable: The answer holds no `accessToken`.
        """
        auth_token = self.auth_token if isinstance(self.auth_token, str) else await self.auth_token()
        answer = await send(_EXCHANGE, _usable(auth_token, "auth_token"))
        content = answer.json()
        token: object = content.get("accessToken") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON from outside
        if not isinstance(token, str):
            raise TokenUnavailable(
                f"{_EXCHANGE.name}: the answer holds no accessToken",
                operation=_EXCHANGE.name,
                attempts=answer.attempts,
            )
        return token

    def __reduce__(self) -> NoReturn:
        raise TypeError("AccountTokens can't be pickled: a credential would be in the pickle")


_EXCHANGE = Operation("account.login", "POST", "/tenants/{tenantUid}/account")


class Tokens:
    """The token of a client: kept until the API refuses it, refreshed once for all who wait.

    Args:
        source: The token, or an async callable that gives one.

    Raises:
        TypeError: It is neither.
        ValueError: It is no token.
    """

    __slots__ = ("_fetch", "_refresh", "_token")

    @staticmethod
    def check(source: object) -> None:
        """Check that a token can be had from what a user passed, without asking for one.

        Raises:
            TypeError: It is no string, callable or provider.
            ValueError: It is a string that is no token.
        """
        if isinstance(source, TokenProvider) or callable(source):
            return
        if not isinstance(source, str):
            raise TypeError(
                f"token must be a str, an async callable or a token provider, not {type(source).__name__}"
            )
        check_token(source)

    def __init__(self, source: str | TokenCallable) -> None:
        self._fetch: TokenCallable | None = None
        self._refresh: asyncio.Task[str] | None = None
        self._token: str | None = None
        if callable(source):
            self._fetch = source
        else:
            self._token = check_token(source)

    @property
    def renewable(self) -> bool:
        """Whether another token can be had after one was refused."""
        return self._fetch is not None

    @property
    def current(self) -> str | None:
        """The token at hand; None if one must be awaited."""
        return self._token

    def invalidate(self, token: str) -> None:
        """Forget a token that the API refused; a newer one, which another task has got meanwhile, is kept."""
        if self._fetch is not None and self._token == token:
            self._token = None

    async def get(self) -> str:
        """Give the token, waiting for a refresh if there is none; all who wait share one refresh.

        Raises:
            FlowRetailError: The refresh failed; what our own requests raised is passed on, for each who
                waits.
            TokenUnavailable: The callable raised something else, or gave something that is no token.
        """
        if self._token is not None:
            return self._token
        refresh = self._refresh
        if refresh is None or refresh.done() or refresh.get_loop() is not asyncio.get_running_loop():
            refresh = self._refresh = asyncio.create_task(self._renew())
            refresh.add_done_callback(_mark_as_seen)
        try:
            # Shielded, because who waits may be cancelled while others still wait for the same refresh.
            return await asyncio.shield(refresh)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not refresh.cancelled() or (task is not None and task.cancelling()):
                raise
            problem: FlowRetailError = TokenUnavailable("the refresh of the token was cancelled")
        except FlowRetailError as error:
            # Each who waits gets its own, since an exception collects the traceback of whoever raises it.
            problem = copy.copy(error)
        raise problem

    async def _renew(self) -> str:
        # Requests that serve the refresh belong to no call in particular.
        stop_recording()
        fetch = self._fetch
        if fetch is None:
            raise TokenUnavailable("this token can't be refreshed")
        try:
            token = await fetch()
        except FlowRetailError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a program's own callable raises
            problem = _describe(error)
        else:
            self._token = _usable(token, "what the token callable returned")
            return self._token
        # Outside the handler: the foreign error may hold a request with its credentials.
        raise TokenUnavailable(problem)

    async def aclose(self) -> None:
        """Stop a refresh that is still running."""
        if self._refresh is not None and self._refresh.get_loop() is asyncio.get_running_loop():
            self._refresh.cancel()

    def __repr__(self) -> str:
        return "<Tokens: renewable>" if self.renewable else "<Tokens: fixed>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Tokens can't be pickled: a credential would be in the pickle")


def _usable(token: object, name: str) -> str:
    try:
        return check_token(token, name)
    except (TypeError, ValueError) as error:
        problem = str(error)
    raise TokenUnavailable(problem)


def _mark_as_seen(refresh: "asyncio.Task[str]") -> None:
    """Keep asyncio quiet about a failed refresh that everyone stopped waiting for."""
    if not refresh.cancelled():
        refresh.exception()


def _describe(error: Exception) -> str:
    """Say what the callable raised, and where, but not the text: it may hold a credential."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
    return f"the token callable raised {type(error).__name__}{where}"
