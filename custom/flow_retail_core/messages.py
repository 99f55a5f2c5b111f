"""What a transport exchanges: a request with its credential, and the complete response."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, NoReturn, Protocol

import orjson
from attrs import define, field

from flow_retail_core.errors import DecodeError

HeaderLines = tuple[tuple[bytes, bytes], ...]


class Secret:
    """A value that no repr, log, pickle or local variable of a traceback shows."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> Any:
        """Return the value; to be passed on at once, never kept in a variable of a frame that raises."""
        return self._value

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential can't be pickled")


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
        return not isinstance(self.content, bytes | None)

    @property
    def content_length(self) -> int | None:
        """The length of the body; None if it is not known."""
        content = self.content
        return len(content or b"") if content is None or isinstance(content, bytes) else content.length

    def header_lines(self) -> list[tuple[bytes, bytes]]:
        """The headers with Authorization, and Content-Length if there is a body whose length is known."""
        lines = list(self.headers)
        if self.token is not None:
            lines.append((b"Authorization", b"Bearer " + self.token.reveal().encode("ascii")))
        if self.content is not None and (length := self.content_length) is not None:
            lines.append((b"Content-Length", b"%d" % length))
        return lines


class Headers(Mapping[str, str]):
    """The headers of a response; names are matched without regard to case, and listed in lower case.

    Args:
        pairs: Names and values as they came, in Latin-1; values of a repeated name are joined by a comma.
    """

    __slots__ = ("by_name",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.by_name = by_name = dict[str, str]()
        """The values by name in lower case."""
        for raw_name, raw_value in pairs:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            by_name[name] = f"{by_name[name]}, {value}" if name in by_name else value

    def __getitem__(self, name: str) -> str:
        return self.by_name[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def __repr__(self) -> str:
        # The names alone: a Set-Cookie or a Location may hold what must not reach a log.
        return f"<Headers: {', '.join(self)}>"


@define(eq=False)
class Response:
    """One complete response of the API.

    Attributes:
        status_code: The HTTP status: 2xx, or 404 if a DELETE was retried after a lost response and the record
            is gone.
        headers: The headers, by name in any case.
        content: The body in bytes, decompressed.
        operation: What was called, such as `customers.get`.
        attempts: The number of requests that the call took.
    """

    status_code: int
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)
    operation: str = "request"
    attempts: int = 1

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            DecodeError: The body is not JSON.
        """
        try:
            return orjson.loads(self.content)
        except ValueError:
            reason = "not JSON" if self.content else "an empty body"
        # Outside the handler, because orjson's error holds the whole body.
        raise DecodeError(path="$", reason=reason, operation=self.operation, attempts=self.attempts)
