"""One HTTP request of a call, as a transport gets it."""

from collections.abc import AsyncIterator
from typing import Protocol

from attrs import define, field

from flow_retail_core.secret import Secret

HeaderLines = tuple[tuple[bytes, bytes], ...]


class BodyStream(Protocol):
    """A body that is sent as it is read, and is never whole in memory."""

    @property
    def media_type(self) -> str:
        """The value of Content-Type."""
        ...

    @property
    def length(self) -> int | None:
        """The number of bytes; None if it is not known, and the body is then sent in chunks."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether `open` returns the same bytes each time; if not, it is called once."""
        ...

    def open(self) -> AsyncIterator[bytes]:
        """Start to read at the first byte; the iterator is closed with `aclose`, if it has one."""
        ...


@define(eq=False)
class Request:
    """One request; the same object for all attempts of a call.

    Attributes:
        operation: What is called, such as `customers.get`; for logs.
        method: The HTTP method.
        url: The absolute URL, percent-encoded, query included.
        headers: Names and values, without Host, Content-Length and Authorization.
        content: The body, in bytes or as a stream; None for no body.
        timeouts: Seconds, under `connect`, `read`, `write` and `pool`; None for no limit.
        max_response_bytes: The most bytes of a response body, decompressed, that are read.
        idempotent: Whether sending it twice has the effect of sending it once.
        absence_is_success: Whether a 404 after a lost response means that the call has done its work.
        token: The bearer token of this attempt; None for none.
        sent: Whether the server may have received all of this attempt; set by the transport.
        body_read: Whether any attempt has begun to read a body stream; set by the transport.
    """

    operation: str
    method: str
    # Paths hold UIDs, queries and bodies personal data, headers credentials.
    url: str = field(repr=False)
    headers: HeaderLines = field(repr=False)
    content: bytes | BodyStream | None = field(repr=False)
    timeouts: dict[str, float | None]
    max_response_bytes: int
    idempotent: bool
    absence_is_success: bool = False
    token: Secret | None = None
    sent: bool = False
    body_read: bool = False

    @property
    def has_stream(self) -> bool:
        """Whether the body is a stream."""
        return self.content is not None and not isinstance(self.content, bytes)

    @property
    def content_length(self) -> int | None:
        """The length of the body; None if it is not known."""
        content = self.content
        return (
            content.length if content is not None and not isinstance(content, bytes) else len(content or b"")
        )

    def header_lines(self) -> list[tuple[bytes, bytes]]:
        """The headers with the token, for the library that sends them."""
        lines = list(self.headers)
        if self.token is not None:
            lines.append((b"Authorization", b"Bearer " + self.token.reveal().encode("ascii")))
        return lines
