"""uvicorn's HTTP protocol, lending its connection to the application.

Everything that relies on the inside of uvicorn is in this file: ASGI has no way to break a connection, and a
sandbox that cannot break one tests nobody's retries.
"""

import asyncio
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from flow_retail_sandbox.replies import CONNECTION, problem_reply

_LINGER_ZERO = struct.pack("ii", 1, 0)


class TransportConnection:
    """A connection that can be broken.

    Args:
        transport: The connection's transport.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self._transport.get_extra_info("socket")
        # Without lingering the kernel answers with RST instead of a polite FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()

    def close(self) -> None:
        """End the connection after what was handed over has been sent."""
        self._transport.close()


class LendingProtocol(H11Protocol):
    """Adds the connection to every request's scope, and refuses what is no HTTP in the API's own form."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wrap the application for this connection.

        Args:
            transport: The connection's transport.
        """
        super().connection_made(transport)
        inner: Any = self.app
        lent = {CONNECTION: TransportConnection(transport)}

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = lent
            await inner(scope, receive, send)

        self.app = app

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP.

        Args:
            msg: Why.
        """
        reply = problem_reply(400, "MALFORMED_REQUEST", msg)
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        events = (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=reply.body),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
