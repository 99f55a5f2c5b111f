"""An HTTP request as it comes in, and the JSON inside it."""

from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.types import Receive, Scope

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.json_values import is_list, is_object

MAX_BODY_BYTES = 20 * 1024 * 1024
"""The largest body that the API takes."""


class Disconnected(Exception):  # noqa: N818  # not an error: the other side has left
    """The caller went away before the request was complete."""


MAX_ARRIVING_BYTES = 256 * 1024 * 1024
"""The most that all bodies which are arriving at the same time may come to."""


class Arriving:
    """Counts the bytes of bodies that are arriving, so that many at once do not fill the memory."""

    def __init__(self) -> None:
        self.bytes = 0

    def add(self, size: int) -> None:
        """Count a part of a body."""
        if self.bytes + size > MAX_ARRIVING_BYTES:
            raise ApiError("SERVICE_UNAVAILABLE", headers={"connection": "close"})
        self.bytes += size


class Request:
    """One HTTP request."""

    def __init__(self, scope: Scope, receive: Receive, arriving: Arriving) -> None:
        self._arriving = arriving
        self.method: str = scope["method"]
        self.raw_headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        self.query_string: str = scope["query_string"].decode("latin-1")
        # Only the raw path distinguishes a slash between two segments from one inside a UID.
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.raw_path = raw_path.decode("latin-1")
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Read a header."""
        for known, value in self.raw_headers:
            if known == name:
                return value.decode("latin-1")
        return ""

    def headers(self) -> dict[str, str]:
        """Read all headers."""
        joined: dict[str, str] = {}
        for raw_name, raw_value in self.raw_headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined

    def segments(self) -> list[str]:
        """Split the path."""
        return [unquote(part) if "%" in part else part for part in self.raw_path.lstrip("/").split("/")]

    def query(self) -> dict[str, list[str]]:
        """Read the query parameters: the values of each, in order."""
        found: dict[str, list[str]] = {}
        if self.query_string:
            for name, value in parse_qsl(self.query_string, keep_blank_values=True):
                found.setdefault(name, []).append(value)
        return found

    def media_type(self) -> str:
        """Return the body's media type in small letters, without its parameters."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    async def body(self, limit: int | None = None) -> bytes:
        """Read the whole body."""
        limit = MAX_BODY_BYTES if limit is None else limit
        announced = self.header(b"content-length")
        if announced.isdigit() and int(announced) > limit:
            raise ApiError("BODY_TOO_LARGE", headers={"connection": "close"}, limit=str(limit))
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                part = message.get("body", b"")
                if size + len(part) > limit:
                    raise ApiError("BODY_TOO_LARGE", headers={"connection": "close"}, limit=str(limit))
                self._arriving.add(len(part))
                size += len(part)
                parts.append(part)
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
        finally:
            self._arriving.bytes -= size

    def read_json(self, body: bytes) -> Any:
        """Read a body as JSON."""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ApiError("MALFORMED_JSON") from None
        if b"\\u0000" in body:
            place = _place_of_nul(value)
            if place is not None:
                raise ApiError("INVALID_FIELD", place=place, keyword="NUL")
        return value

    def read_form(self, body: bytes) -> dict[str, str]:
        """Read the fields of a form, multipart or URL-encoded; of a file its contents as Latin-1."""
        if self.media_type() == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        head = b"content-type: " + self.header(b"content-type").encode("latin-1") + b"\r\n\r\n"
        form = message_from_bytes(head + body)
        if form.defects or not form.is_multipart():
            raise ApiError("MALFORMED_FORM")
        fields: dict[str, str] = {}
        for part in form.walk():
            name, contents = (
                part.get_param("name", header="content-disposition"),
                part.get_payload(decode=True),
            )
            if isinstance(name, str) and isinstance(contents, bytes):
                fields[name] = contents.decode("latin-1" if part.get_filename() else "utf-8", "replace")
        return fields


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
