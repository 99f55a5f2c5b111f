"""What came back: status, headers and body of one whole answer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from attrs import field, frozen

from flow_retail_core.errors import DecodeError


class Headers(Mapping[str, str]):
    """The headers of an answer; names are matched without regard to case, and listed in lower case.

    Args:
        pairs: Names and values as they came; values of a repeated name are joined by a comma.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        for raw_name, value in pairs:
            name = raw_name.lower()
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # The names alone: a Set-Cookie or a Location may hold what must not reach a log.
        return f"<Headers: {', '.join(self._values)}>"


@frozen(kw_only=True)
class Answer:
    """One whole answer of the API.

    Attributes:
        status_code: The HTTP status, 2xx (or 404 to the repeat of a DELETE whose first answer was lost).
        headers: The headers, by name in any case.
        content: The body in bytes, decompressed.
        attempts: How many requests it took.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    attempts: int
    operation: str = field(default="request", repr=False)

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            DecodeError: The body is not JSON.
        """
        try:
            return orjson.loads(self.content)
        except ValueError:
            reason = "not JSON" if self.content else "an empty body"
        # Outside the handler, since orjson's error holds the whole body.
        raise DecodeError(path="$", reason=reason, operation=self.operation, attempts=self.attempts)
