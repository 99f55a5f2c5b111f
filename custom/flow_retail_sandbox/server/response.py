"""HTTP responses: errors in the API's form, and responses that are cut short or never come."""

from typing import Any
from uuid import uuid4

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox.errors import ApiError

CONNECTION = "flow_retail_sandbox.server.connection"
"""The ASGI extension by which the sandbox's server lends its connection; other servers do not have it."""


class BrokenResponse(Response):
    """A response of which only so many bytes of the body are sent, or nothing at all but a TCP reset."""

    def __init__(self, sent: int | None, *whole: Any, **response: Any) -> None:
        super().__init__(*whole, **response)
        self.sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is left of it."""
        connection: Any = scope.get("extensions", {}).get(CONNECTION)
        if connection is None:
            raise ConnectionResetError("the sandbox broke the connection")
        if self.sent is None:
            connection.reset()
        else:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            await send({"type": "http.response.body", "body": self.body[: self.sent], "more_body": True})
            connection.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def json_response(status: int, body: bytes) -> Response:
    """Make a JSON response."""
    return Response(body, status, media_type="application/json")


def error_response(error: ApiError, language: str = "en") -> Response:
    """Make the response to a request that is refused."""
    response = problem_response(error.status, error.code, error.message(language))
    response.headers.update({**error.headers, "content-language": language})
    return response


def problem_response(status: int, code: str, message: str) -> Response:
    """Write an error in the API's form."""
    return json_response(status, orjson.dumps({"code": code, "message": message, "logId": uuid4().hex}))
