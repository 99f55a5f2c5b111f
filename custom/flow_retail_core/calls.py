"""The ways to make a call: as it came, read, in pages, in batches."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from flow_retail_core.answer import Answer
from flow_retail_core.auth import Tokens
from flow_retail_core.errors import DecodeError
from flow_retail_core.exchange import Call, Exchange
from flow_retail_core.headers import encode_headers
from flow_retail_core.models.schema_drift import SchemaDrift
from flow_retail_core.operation import Operation
from flow_retail_core.query import QueryValue, encode_query
from flow_retail_core.settings import Settings
from flow_retail_core.slots import Slots
from flow_retail_core.urls import check_path

if TYPE_CHECKING:
    from flow_retail_core.models.decoders import Decoder
    from flow_retail_core.models.model import Model
    from flow_retail_core.page import Envelope
    from flow_retail_core.pager import Pager

T = TypeVar("T")
M = TypeVar("M", bound="Model")

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Calls(ABC):
    """What a client does with what it has been given; `BaseClient` gives it that.

    Attributes:
        drift: Where the answers read so far left the spec.
    """

    drift: SchemaDrift
    _base_url: str
    _settings: Settings
    _exchange: Exchange
    _tokens: Tokens
    _in_use: bool
    _closed: bool

    @abstractmethod
    def _use(self) -> None:
        """Note that the client is in use; raise `RuntimeError` if it is closed."""

    @property
    def tenant(self) -> str:
        """The UID of the tenant."""
        return self._settings.tenant

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at the end."""
        return self._base_url

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        json: object = None,
    ) -> Answer:
        """Call an endpoint that the spec lacks, with token, retries and errors as everywhere.

        Args:
            method: The HTTP method.
            path: The path under the base URL, such as `/tenants/{tenantUid}/stores`; `{tenantUid}` is filled
                in.
            query: Query parameters; None is not sent, a list is sent as one parameter an item.
            headers: Further headers; those of the client itself can't be changed.
            json: The body, a model or anything that JSON knows; None for no body.

        Returns:
            The answer, its body not yet read as JSON: see `Answer.json()`.

        Raises:
            FlowRetailError: The call did not succeed.
            TypeError: The body has no JSON form.
            ValueError: The method is unknown, or the path leaves the API: an absolute URL, `..`, `//`, `?`,
                `#`.
        """
        from flow_retail_core.models.encoding import encode  # noqa: PLC0415  # see flow_retail_core.ahead

        verb = method.upper()
        if verb not in _METHODS:
            raise ValueError(f"method must be one of {', '.join(sorted(_METHODS))}")
        # The path may hold UIDs, so it is not part of the name, which is logged.
        operation = Operation(f"request {verb}", verb, check_path(path))
        content = None if json is None else encode(json, operation=operation.name)
        return await self.send(operation, query=query, headers=headers, content=content)

    async def send(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        content: bytes | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Call an operation and give its answer as it came.

        Args:
            operation: What is called.
            path_arguments: A value for each path parameter but the tenant, in path order.
            query: Query parameters by the spec's name.
            headers: Header parameters by the spec's name.
            content: The body in bytes, JSON; None for no body.
            repeatable: Whether sending it twice has the effect of sending it once; None for what the
                operation says.

        Returns:
            The answer. Its status is a success, or 404 to the repeat of a DELETE whose first answer was lost:
            the thing is gone, as asked.

        Raises:
            FlowRetailError: The call did not succeed.
            TypeError: A path or query value has the wrong type.
            ValueError: A path value would address something else, or does not match the spec's pattern.
            RuntimeError: The client is closed or in use by another event loop.
        """
        return await self._start(
            operation,
            path_arguments,
            query=query,
            headers=headers,
            content=content,
            repeatable=repeatable,
        )

    def _start(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...],
        *,
        query: Mapping[str, QueryValue] | None,
        headers: Mapping[str, QueryValue] | None,
        content: bytes | None,
        repeatable: bool | None = None,
    ) -> Awaitable[Answer]:
        if not self._in_use or self._closed:
            self._use()
        return self._exchange.run(
            prepare(
                self._base_url,
                self._settings.tenant,
                operation,
                path_arguments,
                query=query,
                headers=headers,
                content=content,
                repeatable=repeatable,
            ),
            self._tokens,
        )

    @overload
    async def call(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        body: object = None,
        takes: object = None,
        returns: None,
    ) -> None: ...
    @overload
    async def call(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        body: object = None,
        takes: object = None,
        returns: type[M],
    ) -> M: ...
    @overload
    async def call(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        body: object = None,
        takes: object = None,
        returns: "Decoder[T]",
    ) -> T: ...
    async def call(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        body: object = None,
        takes: object = None,
        returns: "type[Model] | Decoder[Any] | None",
    ) -> Any:
        """Call an operation and read its answer.

        Args:
            operation: What is called.
            path_arguments: A value for each path parameter but the tenant, in path order.
            query: Query parameters by the spec's name.
            headers: Header parameters by the spec's name.
            body: What is sent: a model, or anything that JSON knows; None for no body.
            takes: What the body must be: a model class or a decoder; None for anything.
            returns: What the answer is read as; None for nothing.

        Returns:
            What was read; None for a 204, or where nothing is promised.

        Raises:
            DecodeError: The answer is not JSON, or, in strict mode, leaves the spec.
            FlowRetailError: The call did not succeed otherwise.
            TypeError: A value has the wrong type.
            ValueError: A path value would address something else, or does not match the spec's pattern.
        """
        from flow_retail_core.models.decoding import prepare  # noqa: PLC0415  # see flow_retail_core.ahead
        from flow_retail_core.models.encoding import encode  # noqa: PLC0415  # see flow_retail_core.ahead

        prepare(returns)
        content = None
        if body is not None or takes is not None:
            content = encode(body, operation=operation.name, expected=takes)
        answer = await self._start(operation, path_arguments, query=query, headers=headers, content=content)
        return self._read(operation, answer, returns)

    def _read(
        self, operation: Operation, answer: Answer, returns: "type[Model] | Decoder[Any] | None"
    ) -> Any:
        from flow_retail_core.models.decoding import decode  # noqa: PLC0415  # see flow_retail_core.ahead

        # 404 is here only as the success of a DELETE; see `send`.
        if returns is None or answer.status_code in {204, 404}:
            return None
        reader: Any = returns  # the overloads of `decode` take a class or a reader, not their union
        try:
            return decode(
                reader,
                answer.content,
                operation=operation.name,
                schema_drift=self.drift,
                strict=self._settings.strict,
            )
        except DecodeError as error:
            problem = error
        # The parser's own error, which stands in the context, holds the whole body.
        problem.__context__ = None
        problem.attempts = answer.attempts
        raise problem

    def paged(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, QueryValue] | None = None,
        body: object = None,
        takes: object = None,
        returns: "type[Envelope[T]] | Decoder[Envelope[T]]",
        key: str | None = None,
        page_number: int | None = None,
        page_size: int | None = None,
        prefetch: int = 1,
    ) -> "Pager[T]":
        """Call an operation that answers in pages.

        Args:
            operation: What is called; its query takes `pageNumber` and `pageSize`.
            path_arguments: A value for each path parameter but the tenant, in path order.
            query: Further query parameters by the spec's name.
            headers: Header parameters by the spec's name.
            body: What is sent with each request, likewise; None for no body.
            takes: What the body must be: a model class or a decoder; None for anything.
            returns: What a page is read as.
            key: The attribute that identifies a record; None if records have no identity.
            page_number: The page to begin with; None for the first.
            page_size: Records a page; None to leave it to the server.
            prefetch: Page requests to keep in flight.

        Returns:
            A pager; nothing is sent before it is awaited or iterated.

        Raises:
            TypeError: A value has the wrong type.
            ValueError: A value is out of range, or a path value would address something else.
        """
        from flow_retail_core.models.decoding import prepare  # noqa: PLC0415  # see flow_retail_core.ahead
        from flow_retail_core.models.encoding import encode  # noqa: PLC0415  # see flow_retail_core.ahead
        from flow_retail_core.pager import Pager  # noqa: PLC0415

        prepare(cast("Any", returns))
        # Now, where the mistake is, and not at the first page.
        operation.url_path(self.tenant, path_arguments)
        encode_query(query)
        encode_headers(headers)

        content = None
        if body is not None or takes is not None:
            content = encode(body, operation=operation.name, expected=takes)
        turns = Slots(1)

        async def fetch(number: int | None, size: int | None) -> "Envelope[T]":
            page = {**(query or {}), "pageNumber": number, "pageSize": size}
            answer = await self._start(
                operation, path_arguments, query=page, headers=headers, content=content
            )
            # Pages that were asked for together come together. Read in one go they would hold up the loop,
            # and with it the requests for the pages after them; so one waits for the other, and each leaves
            # the loop a turn.
            if not turns.take():
                await turns.wait()
            try:
                await asyncio.sleep(0)
                return cast("Envelope[T]", self._read(operation, answer, cast("Decoder[T]", returns)))
            finally:
                turns.give_back()

        return Pager(
            fetch,
            operation=operation.name,
            key=key,
            page_number=page_number,
            page_size=page_size,
            prefetch=prefetch,
        )


def prepare(
    base_url: str,
    tenant: str,
    operation: Operation,
    path_arguments: tuple[str, ...] = (),
    *,
    query: Mapping[str, QueryValue] | None = None,
    headers: Mapping[str, QueryValue] | None = None,
    content: bytes | None = None,
    repeatable: bool | None = None,
) -> Call:
    """Put together what stays the same over all attempts of a call; see `Calls.send` for the arguments."""
    url = base_url + operation.url_path(tenant, path_arguments)
    text = encode_query(query)
    return Call(
        operation.name,
        operation.method,
        f"{url}?{text}" if text else url,
        content,
        operation.repeatable if repeatable is None else repeatable,
        encode_headers(headers),
    )
