"""The protocol of a transport: it sends one request and returns a complete response, or why there is none."""

from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from attrs import frozen

from flow_retail_core.messages import Request, Response


@frozen
class TransportFailure:
    """Why there is no complete response.

    Attributes:
        reason: What happened, in a few words without values.
        timed_out: Whether it was one of the timeouts.
        sent: Whether the server may have received the whole request.
        incomplete: Whether the connection broke while the request was being sent.
        transient: Whether another attempt may succeed.
        oversized: Whether the response was larger than `max_response_bytes`.
    """

    reason: str
    timed_out: bool = False
    sent: bool = True
    incomplete: bool = False
    transient: bool = True
    oversized: bool = False


@frozen
class ConnectionStats:
    """The open connections of a transport.

    Attributes:
        active: Connections with a request in flight.
        idle: Connections that wait for the next request.
    """

    active: int
    idle: int


@runtime_checkable
class Transport(Protocol):
    """Sends requests. One object serves any number of tasks of one event loop."""

    async def send(self, request: Request) -> Response | TransportFailure:
        """Send one request and read its response to the end.

        Args:
            request: The request; `request.sent` is set once the server may have received it.

        Returns:
            The response, or why there is none; no other library's exception is raised.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...

    def stats(self) -> ConnectionStats:
        """Count the open connections."""
        ...


class HttpClient(Protocol):
    """An `AsyncClient` of httpx or httpx2; described here, so that its annotation imports neither."""

    def build_request(self, *args: Any, **options: Any) -> Any:
        """Make a request."""
        ...

    async def send(self, *args: Any, **options: Any) -> Any:
        """Send a request."""
        ...


class HttpxAsyncTransport(Protocol):
    """An `AsyncBaseTransport` of httpx or httpx2; described here likewise."""

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request."""
        ...


TransportOption: TypeAlias = Literal["aiohttp"] | HttpxAsyncTransport | Transport
"""What `transport` may be: `"aiohttp"`, an httpx transport, or a transport of one's own."""
