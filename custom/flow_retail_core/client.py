"""The client without resources: its settings, what it shares with its scoped copies, closing."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar

from attrs import define, evolve, fields_dict

from flow_retail_core import constants
from flow_retail_core.auth.token_cache import TokenCache
from flow_retail_core.auth.token_source import TokenProvider, TokenSource, check_source, hide
from flow_retail_core.http.caller import Caller
from flow_retail_core.http.connections import Connections, Lease
from flow_retail_core.http.parameters import ParameterValue
from flow_retail_core.http.rate_limiter import RateLimiter
from flow_retail_core.http.sender import RequestSender
from flow_retail_core.messages import Response
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.schema_drift import SchemaDrift
from flow_retail_core.observability.hooks import Hooks
from flow_retail_core.observability.logs import log_as_environment_says
from flow_retail_core.observability.tracing import Tracing, find_tracing
from flow_retail_core.operation import Operation
from flow_retail_core.retry.engine import Clock, RetryBudget, RetryEngine
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Settings, Timeout, choose_base_url, from_environment
from flow_retail_core.transports.transport import HttpClient, Transport, TransportOption
from flow_retail_core.unset import UNSET, Unset
from flow_retail_core.validation import check_path, check_whole

E = TypeVar("E", bound=str)

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_DEFAULT_ENVIRONMENT: Any = "production"
_OPTIONS = frozenset(fields_dict(Settings))
"""The arguments that may differ between a client and its scoped copies, but for the token."""


@define(kw_only=True, eq=False)
class _State:
    """What a client is made of; a scoped copy shares all that its options do not change."""

    settings: Settings
    source: object
    connections: Connections
    base_url: str
    schema_drift: SchemaDrift
    tracing: Tracing | None
    is_copy: bool = False
    # None until they are made for these settings and this source.
    budget: RetryBudget | None = None
    rate_limiter: RateLimiter | None = None
    tokens: TokenCache | None = None


class Client(Generic[E]):
    """The base of the generated `FlowRetail`, which adds the resources."""

    ENVIRONMENTS: ClassVar[Mapping[str, str]] = {}
    """The base URLs of the published servers, by name."""

    NEEDS_TENANT: ClassVar[bool] = True
    """Whether every operation needs a tenant, so that a client without one is a mistake."""

    RESOURCES: ClassVar[Mapping[str, str]] = {}
    """The classes of the resources, by the names of the properties."""

    _clock: ClassVar[Clock] = Clock()

    def __init__(
        self,
        *,
        tenant: str | None = None,
        token: TokenSource | None = None,
        environment: E = _DEFAULT_ENVIRONMENT,
        base_url: str | None = None,
        timeout: float | Timeout = Timeout(),
        deadline: float | None = None,
        retry: Retry = Retry(),
        max_concurrency: int = constants.MAX_CONCURRENCY,
        requests_per_second: float | None = None,
        max_response_bytes: int = constants.MAX_RESPONSE_BYTES,
        locale: str | None = None,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        http_client: HttpClient | None = None,
        transport: TransportOption | None = None,
        hooks: Hooks = Hooks(),
    ) -> None:
        """Make a client; no connection is opened yet.

        Args:
            tenant: The UID of the tenant; else the environment variable FLOW_RETAIL_TENANT.
            token: A bearer token, an async function that returns one (called again after a 401), or a
                provider such as `AccountTokenProvider`; else the environment variable FLOW_RETAIL_TOKEN.
            environment: Which of the published servers to use.
            base_url: Another server; else the environment variable FLOW_RETAIL_BASE_URL. Plain http only to
                loopback.
            timeout: Seconds for each step of one attempt (connect, read, write), or a `Timeout`.
            deadline: Seconds for one call as a whole: attempts, waits, token, queue; None for no limit.
            retry: When a call is sent again, and after how long.
            max_concurrency: Requests in flight at once; further calls wait in line.
            requests_per_second: Requests that may start in a second, evenly spaced, retries included; None
                for no limit. A Retry-After of a 429 or 503 then pauses all requests.
            max_response_bytes: The most bytes of a response body, decompressed, that are read.
            locale: The language of the API's texts, sent as Accept-Language.
            headers: Further headers of every request. A User-Agent stands before that of this package.
            strict: Raise `DecodeError` if a response violates the spec, instead of counting it in
                `schema_drift`.
            http_client: An `httpx.AsyncClient` or an `httpx2.AsyncClient` to send through; it stays yours to
                close.
            transport: `"aiohttp"` to send over aiohttp (extra `aiohttp`); or an httpx transport or a
                `Transport` to send through, which stays yours to close.
            hooks: Functions that are called with each request, response and retry.

        Raises:
            TypeError: An argument has the wrong type; the message names it.
            ValueError: An argument is missing or out of range; the message names it.
        """
        options = {name: value for name, value in locals().items() if name in _OPTIONS}
        # A string is put away at once: the local variables of a frame are part of its tracebacks.
        source, token = hide(token), None
        log_as_environment_says()
        options["tenant"] = from_environment("tenant", tenant, needed=self.NEEDS_TENANT)
        settings = Settings(**options)
        source = check_source(hide(from_environment("token", source, needed=True)))
        url = choose_base_url(base_url, environment, self.ENVIRONMENTS)
        check_whole("max_concurrency", max_concurrency, at_least=1)

        def open_transport() -> Transport:
            # Here, because httpx takes most of the time that importing this package would; and called at
            # once, because in the first call it would stall the event loop.
            from flow_retail_core.transports import opening  # noqa: PLC0415  # see above

            return opening.open_transport(url, http_client, transport)

        self._assemble(
            _State(
                settings=settings,
                source=source,
                connections=Connections(open_transport, max_concurrency),
                base_url=url,
                schema_drift=SchemaDrift(),
                tracing=find_tracing(url),
            )
        )
        # Imported now, because in a call it would stall the event loop: resources with their models, and what
        # reads dates that the standard library can't.
        import_module("dateutil.parser")
        for name in self.RESOURCES:
            getattr(self, name)

    def with_options(
        self,
        *,
        tenant: str | Unset = UNSET,
        token: TokenSource | Unset = UNSET,
        timeout: float | Timeout | Unset = UNSET,
        deadline: float | Unset | None = UNSET,
        retry: Retry | Unset = UNSET,
        requests_per_second: float | Unset | None = UNSET,
        max_response_bytes: int | Unset = UNSET,
        locale: str | Unset | None = UNSET,
        headers: Mapping[str, str] | Unset = UNSET,
        strict: bool | Unset = UNSET,
        hooks: Hooks | Unset = UNSET,
    ) -> Self:
        """Make a scoped copy with other options; this client never changes.

        The copy shares connections, token, `schema_drift`, retry budget and rate limiter with this client. It
        has a token of its own if `token` is given, or if `tenant` is and the token comes from a provider; a
        budget of its own if `retry` has another one; and a rate limiter of its own if `requests_per_second`
        is another one. It need not be closed; closing it leaves this client usable.

        Args:
            tenant: The UID of the tenant.
            token: A bearer token, an async function that returns one, or a provider.
            timeout: Seconds for each step of one attempt, or a `Timeout`.
            deadline: Seconds for one call as a whole; None for no limit.
            retry: When a call is sent again, and after how long.
            requests_per_second: Requests that may start in a second; None for no limit.
            max_response_bytes: The most bytes of a response body, decompressed, that are read.
            locale: The language of the API's texts; None for the API's own choice.
            headers: Further headers of every request, instead of this client's.
            strict: Whether a response that violates the spec raises `DecodeError`.
            hooks: Functions that are called with each request, response and retry.

        Returns:
            The copy.

        Raises:
            TypeError: An argument has the wrong type; the message names it.
            ValueError: An argument is out of range; the message names it.
            RuntimeError: This client is closed.
        """
        options = {name: value for name, value in locals().items() if name in _OPTIONS and value is not UNSET}
        source, token = hide(token), UNSET
        self._lease.check_open()
        before = self._state.settings
        state = evolve(self._state, settings=evolve(before, **options), is_copy=True)
        # What a provider fetched is good for the tenant that it was fetched for.
        if isinstance(state.source, TokenProvider) and state.settings.tenant != before.tenant:
            state.tokens = None
        if source is not UNSET:
            state.source, state.tokens = check_source(source), None
        if state.settings.retry.budget != before.retry.budget:
            state.budget = None
        if state.settings.requests_per_second != before.requests_per_second:
            state.rate_limiter = None
        scoped = type(self).__new__(type(self))
        scoped._assemble(state)  # noqa: SLF001  # our own copy
        return scoped

    def _assemble(self, state: _State) -> None:
        """Become the client of a state, and make what it lacks."""
        self._state, settings = state, state.settings
        self._lease = Lease(state.connections)
        state.budget = state.budget or RetryBudget(settings.retry.budget)
        if state.rate_limiter is None and settings.requests_per_second is not None:
            state.rate_limiter = RateLimiter(settings.requests_per_second)
        engine = RetryEngine(
            policy=settings.retry,
            budget=state.budget,
            pause=None if state.rate_limiter is None else state.rate_limiter.pause,
            hooks=settings.hooks,
            tracing=state.tracing,
            clock=self._clock,
        )
        self._caller = Caller(
            sender=RequestSender(
                lease=self._lease,
                retries=engine,
                rate_limiter=state.rate_limiter,
                deadline=settings.deadline,
            ),
            base_url=state.base_url,
            tenant=settings.tenant,
            headers=settings.header_lines(),
            timeouts=settings.timeout.by_step(),
            max_response_bytes=settings.max_response_bytes,
            schema_drift=state.schema_drift,
            strict=settings.strict,
        )
        tokens = state.tokens or _make_tokens(state.source, self._caller)
        self._tokens = state.tokens = self._caller.tokens = tokens

    @property
    def tenant(self) -> str | None:
        """The UID of the tenant; None for a client that has none."""
        return self._state.settings.tenant

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at the end."""
        return self._state.base_url

    @property
    def schema_drift(self) -> SchemaDrift:
        """Where the responses so far violated the spec."""
        return self._state.schema_drift

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, ParameterValue] | None = None,
        headers: Mapping[str, ParameterValue] | None = None,
        json: object = None,
    ) -> Response:
        """Call an endpoint that the spec lacks, with token, retries and errors as everywhere.

        Args:
            method: The HTTP method.
            path: The path under the base URL, such as `/tenants/{tenantUid}/stores`; `{tenantUid}` is filled
                in.
            query: Query parameters; None is not sent, a list is sent as one parameter an item.
            headers: Further headers; those that the client sets itself can't be changed.
            json: The body, a model or anything that JSON knows; None for no body.

        Returns:
            The response; `Response.json()` reads its body.

        Raises:
            FlowRetailError: The call failed.
            TypeError: The body has no JSON form.
            ValueError: The method is unknown, or the path leaves the API: an absolute URL, `..`, `//`, `?`,
                `#`.
        """
        verb = method.upper()
        if verb not in _METHODS:
            raise ValueError(f"method must be one of {', '.join(sorted(_METHODS))}")
        # The path may hold UIDs, so it is not part of the name, which is logged.
        operation: Operation[Any] = Operation(f"request {verb}", verb, check_path(path))
        content = None if json is None else encode(json, operation=operation.name)
        return await self._caller.send(operation, query=query, headers=headers, content=content)

    async def aclose(self) -> None:
        """Close the client; the second time it does nothing.

        Closing the client that was constructed closes its connections, for its scoped copies too. Closing a
        scoped copy ends that copy alone; connections that no other client has used are closed with it, and
        opened again when one needs them. An `http_client` or `transport` of yours stays open.

        Raises:
            RuntimeError: The client is in use by another event loop that is still open.
        """
        if self._lease.closed:
            return
        if self._state.is_copy:
            await self._lease.leave()
        else:
            await self._state.connections.aclose()
            await self._tokens.aclose()
        self._lease.closed = True

    async def __aenter__(self) -> Self:
        self._lease.join()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def __dir__(self) -> list[str]:
        """List what users call, and nothing else."""
        return [name for name in super().__dir__() if not name.startswith("_") and not name.isupper()]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} tenant={self.tenant!r} base_url={self.base_url!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} can't be pickled or copied: it holds a credential and open connections;"
            " make one where it is needed, or use with_options()"
        )


def _make_tokens(source: Any, caller: Caller) -> TokenCache:
    if not isinstance(source, TokenProvider):
        return TokenCache(source)
    # The deadline of the call that waits for the token bounds the fetch.
    unbounded = evolve(caller, sender=evolve(caller.sender, deadline=None))

    async def send(operation: Operation[Any], token: Any) -> Response:
        token = hide(token)
        return await unbounded.send(operation, tokens=TokenCache(token))

    return TokenCache(partial(source.fetch_token, send))
