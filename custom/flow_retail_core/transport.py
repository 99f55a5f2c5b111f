"""One request as the attempt loop hands it over, and how it ended: with a whole answer, or lost."""

from typing import NamedTuple

from attrs import define, field

from flow_retail_core.answer import Headers


@define(eq=False)
class Outgoing:
    """One request.

    Attributes:
        operation: What is called, for logs.
        method: The HTTP method.
        url: The absolute URL, percent-encoded.
        headers: Names and values, without Host and Content-Length.
        content: The body in bytes; None for no body.
        timeouts: Seconds, under `connect`, `read`, `write` and `pool`.
        sent: Whether the server may have got the request; true from the moment its head is on its way.
    """

    operation: str
    method: str
    url: str
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: dict[str, float | None]
    sent: bool = False


class Received(NamedTuple):
    """One whole answer."""

    status_code: int
    headers: Headers
    content: bytes

    def __repr__(self) -> str:
        return f"<Received: {self.status_code}>"


class Lost(Exception):  # noqa: N818  # not an error of its own: the attempt loop turns it into one
    """There was no whole answer.

    Attributes:
        reason: What happened, in a few words without values.
        timed_out: Whether it was one of the timeouts.
        sent: Whether the server may have got the request.
        passing: Whether another attempt could fare better.
    """

    def __init__(self, reason: str, *, timed_out: bool, sent: bool, passing: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out
        self.sent = sent
        self.passing = passing
