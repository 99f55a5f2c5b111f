"""One HTTP request of a call, as a transport gets it."""

from attrs import define, field

from flow_retail_core.secret import Secret

HeaderLines = tuple[tuple[bytes, bytes], ...]


@define(eq=False)
class Request:
    """One request; the same object for all attempts of a call.

    Attributes:
        operation: What is called, such as `customers.get`; for logs.
        method: The HTTP method.
        url: The absolute URL, percent-encoded, query included.
        headers: Names and values, without Host, Content-Length and Authorization.
        content: The body in bytes; None for no body.
        timeouts: Seconds, under `connect`, `read`, `write` and `pool`; None for no limit.
        max_response_bytes: The most bytes of a response body, decompressed, that are read.
        idempotent: Whether sending it twice has the effect of sending it once.
        absence_is_success: Whether a 404 after a lost response means that the call has done its work.
        token: The bearer token of this attempt; None for none.
        sent: Whether the server may have received all of this attempt; set by the transport.
    """

    operation: str
    method: str
    # Paths hold UIDs, queries and bodies personal data, headers credentials.
    url: str = field(repr=False)
    headers: HeaderLines = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: dict[str, float | None]
    max_response_bytes: int
    idempotent: bool
    absence_is_success: bool = False
    token: Secret | None = None
    sent: bool = False

    def header_lines(self) -> list[tuple[bytes, bytes]]:
        """The headers with the token, for the library that sends them."""
        lines = list(self.headers)
        if self.token is not None:
            lines.append((b"Authorization", b"Bearer " + self.token.reveal().encode("ascii")))
        return lines
