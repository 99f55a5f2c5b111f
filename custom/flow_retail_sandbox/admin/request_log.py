"""What was asked of the sandbox, for tests that count."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request

KEPT = 10_000
"""How many of the latest requests are kept whole; counts go on."""

KEPT_BYTES = 32 * 1024 * 1024
"""How much the addresses, headers and bodies of those that are kept may come to."""

_LARGEST_BODY = 256 * 1024

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(slots=True)
class LoggedRequest:
    """One request.

    Attributes:
        number: Its place among all requests, from 1.
        method: The HTTP method.
        path: The path, as it came.
        query: The query string, as it came.
        raw_headers: The headers, as they came.
        operation: The operation's name, empty if the path is none of the API's.
        status: The response's HTTP status; 0 while there is none, and for good if the connection was reset.
        body: The request's body, empty if there was none or it is too large to be kept.
    """

    number: int
    method: str
    path: str
    query: str
    raw_headers: Sequence[tuple[bytes, bytes]] = field(repr=False)
    operation: str = ""
    status: int = 0
    body: bytes = field(default=b"", repr=False)

    @property
    def json(self) -> Any:
        """The request's body as JSON, None if there was none."""
        return orjson.loads(self.body) if self.body else None

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name in small letters, without credentials."""
        decoded = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.raw_headers}
        return {name: value for name, value in decoded.items() if name not in _SECRET}

    @property
    def kept_bytes(self) -> int:
        """How much is kept of it."""
        headers = sum([len(name) + len(value) for name, value in self.raw_headers])
        return len(self.method) + len(self.path) + len(self.query) + headers + len(self.body)


class RequestLog:
    """Counts requests and keeps the latest.

    Attributes:
        latest: The latest requests, oldest first.
        in_flight: How many requests are going on now.
        most_in_flight: The most that ever were at once.
    """

    def __init__(self) -> None:
        self.latest: deque[LoggedRequest] = deque()
        self._bytes = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._numbered = 0
        self._operations: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def start(self, request: Request) -> LoggedRequest:
        """Write a request down as it comes."""
        # Only the raw path distinguishes a slash between two segments from one inside a UID.
        path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        query = str(request.scope["query_string"], "latin-1")
        self._numbered += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        entry = LoggedRequest(
            self._numbered, request.method, path.decode("latin-1"), query, request.headers.raw
        )
        self.latest.append(entry)
        self._bound(entry.kept_bytes)
        return entry

    def keep_body(self, entry: LoggedRequest, body: bytes) -> None:
        """Keep a request's body with its entry, unless it is too large."""
        # An entry that has been forgotten meanwhile is no longer counted.
        if len(body) <= _LARGEST_BODY and self.latest and entry.number >= self.latest[0].number:
            entry.body = body
            self._bound(len(body))

    def _bound(self, more: int) -> None:
        self._bytes += more
        while len(self.latest) > KEPT or self._bytes > KEPT_BYTES:
            self._bytes -= self.latest.popleft().kept_bytes

    def respond(self, entry: LoggedRequest, status: int) -> None:
        """Count a request before its response is sent: whoever has the response finds it counted."""
        entry.status = status
        self._operations[entry.operation] += 1
        self._statuses[status] += 1

    def count(self, operation: str | None = None) -> int:
        """Count the requests that had a response: those of an operation, or None for all."""
        return self._operations.total() if operation is None else self._operations[operation]

    def of(self, operation: str) -> list[LoggedRequest]:
        """List the latest requests of an operation such as `customers.create`, oldest first."""
        return [entry for entry in list(self.latest) if entry.operation == operation]

    def by_operation(self) -> dict[str, int]:
        """Count the requests that had a response by operation; those of none are under an empty name."""
        return dict(sorted(self._operations.items()))

    def by_status(self) -> dict[int, int]:
        """Count the requests that had a response by HTTP status; resets are under 0."""
        return dict(sorted(self._statuses.items()))

    def clear(self) -> None:
        """Forget the requests so far; numbering goes on."""
        self.latest.clear()
        self._bytes = 0
        self._operations.clear()
        self._statuses.clear()
        self.most_in_flight = self.in_flight
