"""The client without resources: its settings, what it shares with its scoped copies, its end."""

import sys
from collections.abc import Mapping
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from attrs import evolve

from flow_retail_core import defaults
from flow_retail_core.ahead import import_ahead
from flow_retail_core.answer import Answer
from flow_retail_core.auth import SendWithToken, TokenProvider, Tokens, TokenSource
from flow_retail_core.batch_calls import BatchCalls
from flow_retail_core.budget import RetryBudget
from flow_retail_core.calls import prepare
from flow_retail_core.connections import Connections
from flow_retail_core.exchange import Exchange, Timing
from flow_retail_core.hooks import Hooks
from flow_retail_core.models.schema_drift import SchemaDrift
from flow_retail_core.operation import Operation
from flow_retail_core.pace import Pace
from flow_retail_core.retry import Retry
from flow_retail_core.settings import (
    TENANT_VARIABLE,
    TOKEN_VARIABLE,
    Settings,
    Timeout,
    check_max_concurrency,
    choose_base_url,
    from_environment,
)
from flow_retail_core.tracing import find_tracing
from flow_retail_core.unset import UNSET, Unset

if TYPE_CHECKING:
    from flow_retail_core.httpx_link import HttpClient, HttpTransport, Link


class BaseClient(BatchCalls):
    """An async client of the API; the generated `FlowRetail` adds the resources.

    It may be made outside an event loop, and is used from one loop at a time. Any number of tasks may use it
    at once. Close it with `async with` or `aclose()`.

    Args:
        environments: Base URLs by name, from the spec.
        tenant: The UID of the tenant; else the environment variable FLOW_RETAIL_TENANT.
        token: A bearer token, an async callable that gives one (called again after a 401), or a provider such
            as `AccountTokens`; else the environment variable FLOW_RETAIL_TOKEN.
        environment: Which of the environments to talk to.
        base_url: Where the API is instead; else the environment variable FLOW_RETAIL_BASE_URL.
        timeout: Seconds for each step of one attempt (connect, read, write), or a `Timeout`.
        deadline: Seconds for one call in all: attempts, waits, token, queue; None for no limit.
        retry: How calls are repeated.
        max_concurrency: Requests in flight at once; further calls wait in line.
        requests_per_second: Requests that may start in a second, evenly spaced, retries included; None for no
            limit. A Retry-After of a 429 or 503 that a call sits out then holds all requests for that time.
        locale: The language of the API's texts, sent as Accept-Language.
        strict: Raise `DecodeError` where an answer leaves the spec, rather than keep the value as it came.
        http_client: An `httpx.AsyncClient` to send through; it stays yours to close.
        transport: "aiohttp" to send over aiohttp (extra `aiohttp`); or an httpx transport to send through,
            which stays yours to close.
        hooks: Functions that are told of each request, answer and retry.

    Raises:
        TypeError: An argument has the wrong type; the message names it.
        ValueError: An argument is missing or out of range; the message names it.
    """

    _timing: ClassVar[Timing] = Timing()
    _provider: TokenProvider | None

    def __init__(
        self,
        *,
        environments: Mapping[str, str],
        tenant: str | None = None,
        token: TokenSource | None = None,
        environment: str = "production",
        base_url: str | None = None,
        timeout: float | Timeout = Timeout(),  # noqa: B008  # frozen
        deadline: float | None = None,
        retry: Retry = Retry(),  # noqa: B008  # frozen
        max_concurrency: int = defaults.MAX_CONCURRENCY,
        requests_per_second: float | None = None,
        locale: str | None = None,
        strict: bool = False,
        http_client: "HttpClient | None" = None,
        transport: "HttpTransport | None" = None,
        hooks: Hooks = Hooks(),  # noqa: B008  # frozen
    ) -> None:
        self._settings = Settings(
            tenant=from_environment(tenant, argument="tenant", variable=TENANT_VARIABLE),
            timeout=timeout,
            deadline=deadline,
            retry=retry,
            requests_per_second=requests_per_second,
            locale=locale,
            strict=strict,
            hooks=hooks,
        )
        self._base_url = choose_base_url(base_url, environment, environments)
        slots = check_max_concurrency(max_concurrency)
        self.drift = SchemaDrift()
        self._budget = RetryBudget(retry.budget)
        self._pace = _make_pace(requests_per_second)
        source: TokenSource = from_environment(token, argument="token", variable=TOKEN_VARIABLE)
        # Checked before the link is opened, so that a refused argument leaves nothing open.
        Tokens.check(source)
        self._connections = Connections(
            partial(_open_link, self._base_url, slots, http_client=http_client, transport=transport), slots
        )
        self._owner = True
        self._closed = False
        self._in_use = False
        self._tracing = find_tracing(self._base_url)
        self._exchange = self._make_exchange()
        self._take_token(source)
        import_ahead()

    def with_options(
        self,
        *,
        tenant: str | Unset = UNSET,
        token: TokenSource | Unset = UNSET,
        timeout: float | Timeout | Unset = UNSET,
        deadline: float | Unset | None = UNSET,
        retry: Retry | Unset = UNSET,
        requests_per_second: float | Unset | None = UNSET,
        locale: str | Unset | None = UNSET,
        strict: bool | Unset = UNSET,
        hooks: Hooks | Unset = UNSET,
    ) -> Self:
        """Make a scoped copy with other options; this client never changes.

        The copy shares connections, slots, token, `drift`, retry budget and pace with this client. It has a
        token of its own if `token` is given, or if `tenant` is and the token comes from a provider such as
        `AccountTokens`; a budget of its own if `retry` has another one; and a pace of its own if
        `requests_per_second` is another one. It need not be closed; closing it leaves this client usable.

        Args:
            tenant: The UID of the tenant.
            token: A bearer token, an async callable that gives one, or a provider.
            timeout: Seconds for each step of one attempt, or a `Timeout`.
            deadline: Seconds for one call in all; None for no limit.
            retry: How calls are repeated.
            requests_per_second: Requests that may start in a second; None for no limit.
            locale: The language of the API's texts; None for the API's own choice.
            strict: Whether an answer that leaves the spec raises `DecodeError`.
            hooks: Functions that are told of each request, answer and retry.

        Returns:
            The copy.

        Raises:
            TypeError: An argument has the wrong type; the message names it.
            ValueError: An argument is out of range; the message names it.
            RuntimeError: This client is closed.
        """
        self._check_open()
        given: dict[str, Any] = {
            "tenant": tenant,
            "timeout": timeout,
            "deadline": deadline,
            "retry": retry,
            "requests_per_second": requests_per_second,
            "locale": locale,
            "strict": strict,
            "hooks": hooks,
        }
        scoped = type(self).__new__(type(self))
        options = {name: value for name, value in given.items() if value is not UNSET}
        scoped._scope(self, token, options)  # noqa: SLF001  # our own copy
        return scoped

    def _scope(self, original: Self, token: TokenSource | Unset, options: dict[str, Any]) -> None:
        """Become a scoped copy: take over what is shared, make what differs."""
        self._settings = evolve(original._settings, **options)
        self._base_url = original._base_url
        self.drift = original.drift
        self._connections = original._connections
        self._owner = self._closed = self._in_use = False
        same_budget = self._settings.retry.budget == original._settings.retry.budget
        self._budget = original._budget if same_budget else RetryBudget(self._settings.retry.budget)
        rate = self._settings.requests_per_second
        same_pace = rate == original._settings.requests_per_second
        self._pace = original._pace if same_pace else _make_pace(rate)
        self._tracing = original._tracing
        self._exchange = self._make_exchange()
        self._provider, self._tokens = original._provider, original._tokens
        if not isinstance(token, Unset):
            Tokens.check(token)
            self._take_token(token)
        elif self._provider is not None and self.tenant != original.tenant:
            # What a provider fetched is good for the tenant that it was fetched for.
            self._take_token(self._provider)

    async def aclose(self) -> None:
        """Close the client; the second time it does nothing.

        Closing the client that was constructed closes its connections, for its scoped copies too. Closing a
        scoped copy ends that copy alone; connections that no other client has used are closed with it, and
        opened again should one want them. An `http_client` or `transport` of yours stays open.

        Raises:
            RuntimeError: The client is in use by another event loop that is still open.
        """
        if self._closed:
            return
        if self._owner:
            await self._connections.aclose()
            await self._tokens.aclose()
        else:
            await self._connections.leave(self)
        self._closed = True

    async def __aenter__(self) -> Self:
        self._use()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    # The next three are also for a subclass that belongs to whoever ends event loops, such as a test runner.

    def _use(self) -> None:
        """Get ready on the running event loop; called by `async with`, and by a call unless `_in_use`."""
        self._check_open()
        self._connections.join(self)
        self._in_use = True

    async def _leave_loop(self) -> None:
        """Close the connections before the running event loop ends; the next call may come on another.

        Connections that other clients use as well stay open until the last of them leaves.
        """
        self._in_use = False
        await self._connections.leave(self)

    def _close_without_loop(self) -> None:
        """Close the client and its copies when no event loop is left; connections died with theirs."""
        self._closed = self._connections.closed = True

    def _check_open(self) -> None:
        if self._closed or self._connections.closed:
            raise RuntimeError(f"this {type(self).__name__} is closed; make a new one")

    def _take_token(self, source: TokenSource) -> None:
        # A token itself is kept by Tokens alone, which shows it to no one.
        self._provider = None
        if not isinstance(source, TokenProvider):
            self._tokens = Tokens(source)
            return
        self._provider = source
        # The deadline of whoever waits for the token bounds it.
        exchange = evolve(self._exchange, deadline=None)
        send: SendWithToken = partial(_send_with_token, exchange, self._base_url, self.tenant)
        self._tokens = Tokens(partial(source.fetch, send))

    def _make_exchange(self) -> Exchange:
        settings = self._settings
        headers = [
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"gzip, deflate"),
            (b"User-Agent", _user_agent()),
        ]
        if settings.locale is not None:
            headers.append((b"Accept-Language", settings.locale.encode("ascii")))
        timeout = settings.timeout
        return Exchange(
            connections=self._connections,
            retry=settings.retry,
            budget=self._budget,
            pace=self._pace,
            hooks=settings.hooks,
            headers=tuple(headers),
            # pool: our own slots are the queue, and the deadline bounds it.
            timeouts={"connect": timeout.connect, "read": timeout.read, "write": timeout.write, "pool": None},
            deadline=settings.deadline,
            timing=self._timing,
            tracing=self._tracing,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} tenant={self.tenant!r} base_url={self._base_url!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} can't be pickled or copied: it holds a credential and open connections;"
            " make one where it is needed, or use with_options()"
        )


def _make_pace(rate: float | None) -> Pace | None:
    return None if rate is None else Pace(rate)


def _open_link(
    base_url: str, slots: int, *, http_client: "HttpClient | None", transport: "HttpTransport | None"
) -> "Link":
    # Here, since httpx is most of what importing this package would cost; and here rather than in the first
    # call, where it would stall the event loop.
    from flow_retail_core.httpx_link import choose_link  # noqa: PLC0415  # see above

    return choose_link(base_url, slots, http_client=http_client, transport=transport)


async def _send_with_token(
    exchange: Exchange, base_url: str, tenant: str, operation: Operation, token: str
) -> Answer:
    # Asking for a token twice gives two tokens and harms no one.
    return await exchange.run(prepare(base_url, tenant, operation, repeatable=True), Tokens(token))


@lru_cache(maxsize=1)
def _user_agent() -> bytes:
    # Here, since it takes longer to import than most of this package.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # see above

    try:
        release = version("flow-retail-client")
    except PackageNotFoundError:  # run from a source tree
        release = "unknown"
    python = ".".join(map(str, sys.version_info[:3]))
    return f"flow-retail-client/{release} python/{python}".encode("ascii")
