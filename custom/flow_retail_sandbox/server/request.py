"""The bodies of HTTP requests: how much is read of them, and as what."""

from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.json_values import is_list, is_object

MAX_BODY_BYTES = 20 * 1024 * 1024
"""The largest body that the API takes."""

MAX_ARRIVING_BYTES = 256 * 1024 * 1024
"""The most that all bodies which are arriving at the same time may come to."""


class BodyReader:
    """Reads bodies, each and all at once of bounded size."""

    def __init__(self) -> None:
        self._arriving = 0

    async def read(self, request: Request, limit: int | None = None) -> bytes:
        """Read a whole body."""
        limit = MAX_BODY_BYTES if limit is None else limit
        too_large = ApiError("BODY_TOO_LARGE", limit=str(limit))
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise too_large
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                self._arriving += len(part)
                if len(body) > limit:
                    raise too_large
                if self._arriving > MAX_ARRIVING_BYTES:
                    raise ApiError("SERVICE_UNAVAILABLE")
            return bytes(body)
        finally:
            self._arriving -= len(body)


def media_type(request: Request) -> str:
    """Return the body's media type in small letters, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_json(body: bytes) -> Any:
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


def read_form(request: Request, body: bytes) -> dict[str, str]:
    """Read the fields of a form, multipart or URL-encoded; of a file its contents as Latin-1."""
    if media_type(request) == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    head = f"content-type: {request.headers.get('content-type')}\r\n\r\n".encode("latin-1")
    form = message_from_bytes(head + body)
    if form.defects or not form.is_multipart():
        raise ApiError("MALFORMED_FORM")
    fields: dict[str, str] = {}
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        contents = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(contents, bytes):
            fields[name] = contents.decode("latin-1" if part.get_filename() else "utf-8", "replace")
    return fields


def _place_of_nul(value: Any) -> str | None:
    """Find a NUL character in any text; the databases behind such APIs cannot hold one."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, str) and "\x00" in node:
            return place.strip("/")
        if is_object(node):
            waiting += [(place, key) for key in node]
            waiting += [(f"{place}/{key}", child) for key, child in node.items()]
        elif is_list(node):
            waiting += [(f"{place}/{number}", child) for number, child in enumerate(node)]
    return None
