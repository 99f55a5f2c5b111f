"""An HTTP request as it comes in, and the JSON inside it."""

from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.types import Receive, Scope

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import is_list, is_object

MAX_BODY_BYTES = 20 * 1024 * 1024


class Disconnected(Exception):  # noqa: N818  # not an error: the other side has left
    """The caller went away before the request was complete."""


class Incoming:
    """One HTTP request.

    Args:
        scope: The ASGI scope.
        receive: Gives the body.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.raw_headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        self.query_string: str = scope["query_string"].decode("latin-1")
        # Only the raw path tells a slash between two segments from one inside a UID.
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.raw_path = raw_path.decode("latin-1")
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Read a header.

        Args:
            name: Its name in small letters.

        Returns:
            Its value, empty if there is none.
        """
        for known, value in self.raw_headers:
            if known == name:
                return value.decode("latin-1")
        return ""

    def segments(self) -> list[str]:
        """Split the path.

        Returns:
            Its segments, decoded.
        """
        return [unquote(part) if "%" in part else part for part in self.raw_path.lstrip("/").split("/")]

    def query(self) -> dict[str, str]:
        """Read the query parameters.

        Returns:
            The parameters by name; of one that is repeated the last.
        """
        return dict(parse_qsl(self.query_string, keep_blank_values=True)) if self.query_string else {}

    async def body(self) -> bytes:
        """Read the whole body.

        Returns:
            The body.

        Raises:
            ApiError: If it is larger than the sandbox takes.
            Disconnected: If the caller went away.
        """
        announced = self.header(b"content-length")
        if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
            raise ApiError("BODY_TOO_LARGE", headers={"connection": "close"}, limit=str(MAX_BODY_BYTES))
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise ApiError("BODY_TOO_LARGE", headers={"connection": "close"}, limit=str(MAX_BODY_BYTES))
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_json(self, body: bytes) -> Any:
        """Read a body as JSON.

        Args:
            body: A body that is not empty.

        Returns:
            The value.

        Raises:
            ApiError: If it is said to be anything but JSON, or is not.
        """
        media_type = self.header(b"content-type").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise ApiError("UNSUPPORTED_MEDIA_TYPE")
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ApiError("MALFORMED_JSON") from None
        if b"\\u0000" in body:
            place = _place_of_nul(value)
            if place is not None:
                raise ApiError("INVALID_FIELD", place=place, keyword="NUL")
        return value


def _place_of_nul(value: Any) -> str | None:
    """Find a NUL character in any text; the databases behind such APIs cannot hold one."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, str) and "\x00" in node:
            return place
        if is_object(node):
            for key, child in node.items():
                if "\x00" in key:
                    return place
                waiting.append((f"{place}/{key}".strip("/"), child))
        elif is_list(node):
            waiting.extend((f"{place}/{n}".strip("/"), child) for n, child in enumerate(node))
    return None
