"""What was asked of the sandbox, for tests that count."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

KEPT = 10_000
"""How many of the latest requests are kept whole; counts go on."""

KEPT_BYTES = 32 * 1024 * 1024
"""How much the addresses and headers of those that are kept may come to."""

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(slots=True)
class LoggedRequest:
    """One request.

    Attributes:
        number: Its place among all requests, from 1.
        operation: The operation's name, empty if the path is none of the API's.
        method: The HTTP method.
        path: The path, as it came.
        query: The query string, as it came.
        raw_headers: The headers, as they came.
        status: The answer's HTTP status; 0 while there is none, and for good if the connection was reset.
        body_bytes: How long the request's body was, in bytes.
    """

    number: int
    method: str
    path: str
    query: str
    raw_headers: Sequence[tuple[bytes, bytes]] = field(repr=False)
    operation: str = ""
    status: int = 0
    body_bytes: int = 0
    counted: bool = field(default=False, repr=False)

    @property
    def size(self) -> int:
        """How many bytes of it the client chose."""
        own = len(self.method) + len(self.path) + len(self.query)
        return own + sum([len(name) + len(value) for name, value in self.raw_headers])

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name in small letters, without credentials."""
        decoded = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.raw_headers}
        return {name: value for name, value in decoded.items() if name not in _SECRET}


class RequestLog:
    """Counts requests and keeps the latest.

    Attributes:
        latest: The latest requests, oldest first.
        in_flight: How many requests are being answered now.
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

    def start(
        self, method: str, path: str, query: str, headers: Sequence[tuple[bytes, bytes]]
    ) -> LoggedRequest:
        """Write a request down as it comes.

        Args:
            method: The HTTP method.
            path: The path.
            query: The query string.
            headers: The headers.

        Returns:
            The entry, to be completed and handed to `end`.
        """
        self._numbered += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        entry = LoggedRequest(self._numbered, method, path, query, headers)
        self.latest.append(entry)
        self._bytes += entry.size
        while len(self.latest) > KEPT or self._bytes > KEPT_BYTES:
            self._bytes -= self.latest.popleft().size
        return entry

    def answer(self, entry: LoggedRequest) -> None:
        """Count a request that is about to be answered: whoever has the answer finds the request counted.

        Args:
            entry: What `start` gave.
        """
        entry.counted = True
        self._operations[entry.operation] += 1
        self._statuses[entry.status] += 1

    def end(self, entry: LoggedRequest) -> None:
        """Note that a request is over; one that was never answered is counted now.

        Args:
            entry: What `start` gave.
        """
        self.in_flight -= 1
        if not entry.counted:
            self.answer(entry)

    def count(self, operation: str | None = None) -> int:
        """Count answered requests.

        Args:
            operation: Only this operation's, None for all.

        Returns:
            How many there were.
        """
        return self._operations.total() if operation is None else self._operations[operation]

    def by_operation(self) -> dict[str, int]:
        """Count answered requests by operation.

        Returns:
            The counts; those of no operation are under an empty name.
        """
        return dict(sorted(self._operations.items()))

    def by_status(self) -> dict[int, int]:
        """Count answered requests by HTTP status.

        Returns:
            The counts; connections that were reset are under 0.
        """
        return dict(sorted(self._statuses.items()))

    def clear(self) -> None:
        """Forget the requests so far; numbering goes on."""
        self.latest.clear()
        self._bytes = 0
        self._operations.clear()
        self._statuses.clear()
        self.most_in_flight = self.in_flight
