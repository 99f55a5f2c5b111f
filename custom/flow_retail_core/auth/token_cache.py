"""The token of a client: kept until the API refuses it, refreshed once for all who wait."""

import asyncio
import copy
import inspect
import traceback
from typing import Any

from flow_retail_core.auth.token_source import TokenCallable, hide, usable_token
from flow_retail_core.errors import FlowRetailError, TokenError
from flow_retail_core.messages import Secret
from flow_retail_core.observability.captured_responses import active_captures


class TokenCache:
    """The current token, and where the next one comes from."""

    __slots__ = ("_fetch", "_refresh", "current")

    def __init__(self, source: Secret | TokenCallable) -> None:
        self._fetch: Any = None if isinstance(source, Secret) else source
        self._refresh: asyncio.Task[None] | None = None
        self.current = source if isinstance(source, Secret) else None
        """The token; None if it has to be fetched first."""

    @property
    def renewable(self) -> bool:
        """Whether another token can be fetched after one was refused."""
        return self._fetch is not None

    def invalidate(self, token: Secret | None) -> None:
        """Forget a token that the API refused; a newer one, fetched by another task meanwhile, is kept."""
        if self._fetch is not None and self.current is token:
            self.current = None

    async def refresh(self) -> None:
        """Fetch a token if there is none; all who wait share one refresh."""
        if self.current is not None:
            return
        refresh = self._refresh
        if refresh is None or refresh.done() or refresh.get_loop() is not asyncio.get_running_loop():
            refresh = self._refresh = asyncio.create_task(self._renew())
            # Marked as seen: asyncio reports a failed refresh that nobody waits for any more.
            refresh.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            # Shielded, because who waits may be cancelled while others still wait for the same refresh.
            await asyncio.shield(refresh)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not refresh.cancelled() or (task is not None and task.cancelling()):
                raise
            problem: FlowRetailError = TokenError("the refresh of the token was cancelled")
        except FlowRetailError as error:
            # A copy for each who waits, because an exception collects the traceback of whoever raises it.
            problem = copy.copy(error)
        else:
            return
        raise problem

    async def _renew(self) -> None:
        # The result of this task is None and not the token: asyncio's debug log shows results.
        # Its requests belong to no call.
        active_captures.set(())
        try:
            fetched = self._fetch()
            is_async = inspect.isawaitable(fetched)
            # Put away before anything can raise: local variables are part of tracebacks.
            token = hide(await fetched) if is_async else None
        except FlowRetailError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a program's own callable raises
            problem = _describe(error)
        else:
            if not is_async:
                del fetched
                raise TokenError("the token callable returned no awaitable: declare it with `async def`")
            self.current = usable_token(token, "what the token callable returned")
            return
        # Outside the handler: the foreign error may hold a request with its credentials.
        raise TokenError(problem)

    async def aclose(self) -> None:
        """Stop a refresh that is still running."""
        if self._refresh is not None and self._refresh.get_loop() is asyncio.get_running_loop():
            self._refresh.cancel()


def _describe(error: Exception) -> str:
    """Name the error of the callable and where it was raised, but not its text: it may hold a credential."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
    return f"the token callable raised {type(error).__name__}{where}"
