"""uvicorn's HTTP protocol, lending its connection to the application.

Everything that relies on the inside of uvicorn is in this file: ASGI has no way to break a connection, and a
sandbox that cannot break one tests nobody's retries.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from flow_retail_sandbox.replies import CONNECTION, problem_reply

_LINGER_ZERO = struct.pack("ii", 1, 0)


class GatheringTransport(asyncio.Transport):
    """Hands on in one piece what is written in one turn of the event loop.

    uvicorn writes an answer's head and body one after the other, and the system call is the dearest part of a
    small answer. It has the methods that uvicorn's HTTP protocol uses.

    Args:
        transport: The connection's transport.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take over what is to be sent.

        Args:
            data: A piece of it.
        """
        if not self._waiting:
            self._loop.call_soon(self._hand_on)
        self._waiting.append(data)

    def close(self) -> None:
        """End the connection after what was written has been sent."""
        self._hand_on()
        self._transport.close()

    def abort(self) -> None:
        """End the connection, whatever has not been sent."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is ending.

        Returns:
            True if nothing more can be written.
        """
        return self._transport.is_closing()

    def resume_reading(self) -> None:
        """Read on after a pause."""
        self._transport.resume_reading()

    def _hand_on(self) -> None:
        if self._waiting and not self._transport.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()


class TransportConnection:
    """A connection that can be broken.

    Args:
        transport: The connection's transport.
        gathering: The same, as uvicorn writes to it.
    """

    def __init__(self, transport: asyncio.Transport, gathering: GatheringTransport) -> None:
        self._gathering = gathering
        self._transport = transport

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self._transport.get_extra_info("socket")
        # Without lingering the kernel answers with RST instead of a polite FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()

    def close(self) -> None:
        """End the connection after what was handed over has been sent."""
        self._gathering.close()


class LendingProtocol(H11Protocol):
    """Adds the connection to every request's scope, and refuses what is no HTTP in the API's own form."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wrap the application for this connection.

        Args:
            transport: The connection's transport.
        """
        super().connection_made(transport)
        self.transport = GatheringTransport(transport)
        inner: Any = self.app
        lent = {CONNECTION: TransportConnection(transport, self.transport)}

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = lent
            # Only the server that stops cancels a request, and uvicorn would print a traceback.
            with suppress(asyncio.CancelledError):
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
