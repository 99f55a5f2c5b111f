"""An HTTP response on its way out: whole, cut short, or not at all."""

from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import orjson
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox.errors import ApiError

CONNECTION = "flow_retail_sandbox.server.connection"
"""The ASGI extension by which the sandbox's server lends its connection; other servers do not have it."""

_STATUS_WITHOUT_BODY = frozenset({204, 304})


class Connection(Protocol):
    """What the sandbox's server lends."""

    def reset(self) -> None:
        """End the connection with a TCP reset; what was not sent yet is lost."""

    def close(self) -> None:
        """End the connection after what was handed over has been sent."""


@dataclass(slots=True)
class Response:
    """What is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut_at: int | None = None
    reset: bool = False

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or what is left of it."""
        if self.reset:
            _connection(scope).reset()
            await _gone(receive)
            return
        headers = [(name.encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.status not in _STATUS_WITHOUT_BODY:
            headers.append((b"content-length", b"%d" % len(self.body)))
        connection = None if self.cut_at is None else _connection(scope)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if connection is None:
            await send({"type": "http.response.body", "body": self.body})
            return
        await send({"type": "http.response.body", "body": self.body[: self.cut_at], "more_body": True})
        connection.close()
        await _gone(receive)


def _connection(scope: Scope) -> Connection:
    lent: Any = scope.get("extensions", {}).get(CONNECTION)
    if lent is None:
        raise ConnectionResetError("the sandbox broke the connection")
    connection: Connection = lent
    return connection


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def json_response(status: int, body: bytes) -> Response:
    """Make a JSON response."""
    return Response(status, body, {"content-type": "application/json"})


def error_response(error: ApiError, language: str) -> Response:
    """Make the response to a request that is refused."""
    response = problem_response(error.status, error.code, error.message(language))
    response.headers.update(error.headers)
    response.headers["content-language"] = language
    return response


def problem_response(status: int, code: str, message: str) -> Response:
    """Write an error in the API's form."""
    return json_response(status, orjson.dumps({"code": code, "message": message, "logId": uuid4().hex}))
