"""uvicorn's HTTP protocol, lending its connection to the application.

Everything that relies on the inside of uvicorn is in this file: ASGI has no way to break a connection, and a
sandbox that cannot break one tests nobody's retries.
"""

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES
from flow_retail_sandbox.server.response import CONNECTION, error_response

_LINGER_ZERO = struct.pack("ii", 1, 0)

MOST_CONNECTIONS = 4_096
"""How many connections are served at once; one more gets 503."""


class GatheringTransport:
    """Hands on in one piece what is written in one turn of the event loop, and can break the connection.

    uvicorn writes the head and the body of a response one after the other, and the system call is the most
    expensive part of a small response.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes | bytearray | memoryview] = []
        self.ending_since: float | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take over what is to be sent."""
        if not self._waiting:
            self._loop.call_soon(self._hand_on)
        self._waiting.append(data)

    def close(self) -> None:
        """End the connection after what was written has been sent, and the client has ended its side.

        If the connection was closed at once, what a client that is refused still sends would make the kernel
        send a reset, and the client would lose the response.
        """
        self._hand_on()
        self.ending_since = self.ending_since or self._loop.time()
        self._transport.resume_reading()
        self._transport.write_eof()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self._transport.get_extra_info("socket")
        # Without lingering the kernel sends RST instead of a polite FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is ending."""
        return self.ending_since is not None or self._transport.is_closing()

    def _hand_on(self) -> None:
        if self._waiting and not self.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()


class LendingProtocol(H11Protocol):
    """Adds the connection to every request's scope, and refuses what is no HTTP in the API's own form."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wrap the application for this connection."""
        super().connection_made(transport)
        self._lent = lent = GatheringTransport(transport)
        self.transport = lent  # type: ignore[assignment]  # it has what uvicorn uses
        # Until then the client owed nothing: it had not begun, or a request was whole.
        self._owing_since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(ApiError("SERVICE_UNAVAILABLE"))
            transport.close()
            return
        inner: Any = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {CONNECTION: lent}
            # Only the server that stops cancels a request, and uvicorn would print a traceback.
            with suppress(asyncio.CancelledError):
                await inner(scope, receive, send)

        self.app = app

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, and discard it after the last response."""
        if self._lent.ending_since is None:
            super().data_received(data)
            if not self._is_receiving():
                self._owing_since = self.loop.time()

    def check_time(self, now: float, longest: float) -> None:
        """Cut a client off that takes too long; called again and again."""
        # A sender is not slow while the server itself does not read.
        receiving = self._is_receiving() and not self.flow.read_paused
        if self._lent.ending_since is not None:
            if now - self._lent.ending_since >= longest:
                self._lent.abort()
        elif self.cycle and not receiving:
            self._owing_since = now
        elif now - self._owing_since >= longest:
            if receiving:
                self._refuse(ApiError("REQUEST_TIMEOUT"))
            else:
                self._lent.close()

    def _is_receiving(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or has more headers than fit."""
        # uvicorn calls this while it handles h11's error, and passes on only a text.
        is_too_large = getattr(sys.exception(), "error_status_hint", 400) == 431
        problem = "HEADERS_TOO_LARGE" if is_too_large else "MALFORMED_REQUEST"
        self._refuse(ApiError(problem, limit=str(MAX_HEADER_BYTES), reason=msg))

    def _refuse(self, error: ApiError) -> None:
        """Respond without the application, and end the connection."""
        response = error_response(error)
        response.headers["connection"] = "close"
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(
                    status_code=response.status_code,
                    headers=response.raw_headers,
                    reason=STATUS_PHRASES[response.status_code],
                ),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self._lent.write(self.conn.send(event) or b"")
        self._lent.close()
