"""One call: from arguments to a request, and from its response to what the method returns."""

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar, cast

from attrs import define, field

from flow_retail_core.auth.token_cache import TokenCache
from flow_retail_core.errors import DecodeError
from flow_retail_core.http.parameters import ParameterValue, encode_headers, encode_query
from flow_retail_core.http.sender import RequestSender
from flow_retail_core.messages import BodyStream, HeaderLines, Request, Response
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.schema_drift import SchemaDrift
from flow_retail_core.operation import Operation

T = TypeVar("T")


@define(kw_only=True, eq=False)
class Caller:
    """Calls operations with the settings of one client."""

    sender: RequestSender
    base_url: str
    tenant: str | None
    headers: HeaderLines = field(repr=False)
    timeouts: dict[str, float | None]
    max_response_bytes: int
    schema_drift: SchemaDrift
    strict: bool
    tokens: TokenCache | None = None

    def send(
        self,
        operation: Operation[Any],
        path_values: tuple[str, ...] = (),
        *,
        query: Mapping[str, ParameterValue] | None = None,
        headers: Mapping[str, ParameterValue] | None = None,
        content: bytes | BodyStream | None = None,
        idempotent: bool | None = None,
        tokens: TokenCache | None = None,
    ) -> Awaitable[Response]:
        """Call an operation and return its response as it came."""
        url = self.base_url + operation.url_path(self.tenant, path_values)
        if query and (text := encode_query(query, operation.joined)):
            url = f"{url}?{text}"
        lines = self.headers
        if headers:
            own = encode_headers(headers)
            names = {name.lower() for name, _ in own}
            lines = (*(line for line in lines if line[0].lower() not in names), *own)
        if isinstance(content, bytes):
            lines = (operation.body_line, *lines)
        elif content is not None:
            lines = ((b"Content-Type", content.media_type.encode("ascii")), *lines)
        request = Request(
            operation.name,
            operation.method,
            url,
            (operation.accept_line, *lines),
            content,
            self.timeouts,
            self.max_response_bytes,
            operation.idempotent if idempotent is None else idempotent,
            operation.method == "DELETE" and operation.returns is None,
        )
        return self.sender.send(request, (tokens or self.tokens) if operation.authenticated else None)

    async def call(
        self,
        operation: Operation[T],
        path_values: tuple[str, ...] = (),
        *,
        query: Mapping[str, ParameterValue] | None = None,
        headers: Mapping[str, ParameterValue] | None = None,
        body: object = None,
    ) -> T:
        """Call an operation and decode its response; see `send` for the arguments."""
        content = self.encode(operation, body) if body is not None or operation.body_required else None
        response = await self.send(operation, path_values, query=query, headers=headers, content=content)
        return self.decode(operation, response)

    def encode(self, operation: Operation[Any], body: object) -> bytes | BodyStream:
        """Write the body of a request."""
        if not operation.takes_json:
            # Imported now, because hardly any program needs it and it takes 6 ms.
            from flow_retail_core.http.forms import encode_stream  # noqa: PLC0415  # see above

            return encode_stream(operation, body)
        return encode(body, operation=operation.name, expected=operation.body)

    def decode(self, operation: Operation[T], response: Response) -> T:
        """Decode a response."""
        if operation.returns is None or (operation.may_be_empty and response.status_code == 204):
            return cast("T", None)
        try:
            decoded: T = decode(
                operation.returns,
                response.content,
                operation=operation.name,
                schema_drift=self.schema_drift,
                strict=self.strict,
            )
        except DecodeError as error:
            problem = error
        else:
            return decoded
        # The parser's own error, which is in the context, holds the whole body, as the frames of decoding do.
        problem.__context__ = None
        problem.attempts = response.attempts
        raise problem.with_traceback(None)
