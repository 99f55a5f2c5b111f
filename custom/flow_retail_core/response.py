"""What came back: status, headers and body of one complete response."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from attrs import define, field

from flow_retail_core.errors import DecodeError


class Headers(Mapping[str, str]):
    """The headers of a response; names are matched without regard to case, and listed in lower case.

    Args:
        pairs: Names and values as they came, in Latin-1; values of a repeated name are joined by a comma.
    """

    __slots__ = ("_pairs", "_values")

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._pairs = pairs
        self._values: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        # Decoded on first use, because most calls never look at them.
        if self._values is None:
            values: dict[str, str] = {}
            for raw_name, raw_value in self._pairs:
                name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
                values[name] = f"{values[name]}, {value}" if name in values else value
            self._values = values
        return self._values

    def __getitem__(self, name: str) -> str:
        return self._read()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def without(self, name: str) -> "Headers":
        """The headers except one, whose name is in lower case."""
        return Headers([pair for pair in self._pairs if pair[0].lower() != name.encode("latin-1")])

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
