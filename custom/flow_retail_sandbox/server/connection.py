"""uvicorn's HTTP protocol, lending its connection to the application.

Everything that relies on the inside of uvicorn is in this file: ASGI has no way to break a connection, and a
sandbox that cannot break one tests nobody's retries.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES
from flow_retail_sandbox.server.response import CONNECTION, Response, error_response, problem_response

_LINGER_ZERO = struct.pack("ii", 1, 0)

MOST_CONNECTIONS = 4_096
"""How many connections are served at once; one more gets 503."""

_LINGER_SECONDS = 20.0
_LINGER_BYTES = 1024 * 1024 * 1024
"""How long, and how much, is read from a client that still sends what was refused."""


class GatheringTransport(asyncio.Transport):
    """Hands on in one piece what is written in one turn of the event loop, and can break the connection.

    uvicorn writes the head and the body of a response one after the other, and the system call is the most
    expensive part of a small response. It has the methods that uvicorn's HTTP protocol uses.
    """

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._end = end
        self._closing = False
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take over what is to be sent."""
        if not self._waiting:
            self._loop.call_soon(self._hand_on)
        self._waiting.append(data)

    def close(self) -> None:
        """End the connection after what was written has been sent."""
        if not self._closing:
            self._hand_on()
            self._closing = True
            self._end()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self._transport.get_extra_info("socket")
        # Without lingering the kernel sends RST instead of a polite FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()

    def abort(self) -> None:
        """End the connection, whatever has not been sent."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is ending."""
        return self._closing or self._transport.is_closing()

    def resume_reading(self) -> None:
        """Read on after a pause."""
        self._transport.resume_reading()

    def _hand_on(self) -> None:
        if self._waiting and not self.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()


class LendingProtocol(H11Protocol):
    """Adds the connection to every request's scope, and refuses what is no HTTP in the API's own form.

    A client that is refused before it has sent everything would lose the response if the connection was
    closed at once: what then arrives makes the kernel send a reset. So what it still sends is discarded.
    """

    _receiving_since: float | None = None
    _lingering: int | None = None
    _began = False
    _refused = False
    _linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wrap the application for this connection."""
        super().connection_made(transport)
        self._raw = transport
        self.transport = GatheringTransport(transport, self._end)
        self._receiving_since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(error_response(ApiError("SERVICE_UNAVAILABLE"), "en"))
            transport.close()
            return
        inner: Any = self.app
        lent = {CONNECTION: self.transport}

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = lent
            # Only the server that stops cancels a request, and uvicorn would print a traceback.
            with suppress(asyncio.CancelledError):
                await inner(scope, receive, send)

        self.app = app

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._lingering is not None:
            self._lingering -= len(data)
            if self._lingering < 0:
                self._raw.abort()
            return
        self._began = True
        super().data_received(data)
        if not self._is_receiving():
            self._receiving_since = None
        elif self._receiving_since is None:
            self._receiving_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        super().connection_lost(exc)

    def check_time(self, now: float, longest: float) -> None:
        """Cut a sender off that takes too long."""
        since = self._receiving_since
        # A sender is not slow while the server itself does not read.
        if since is None or now - since < longest or self.flow.read_paused:
            return
        self._receiving_since = None
        if self._is_receiving():
            self._refuse(error_response(ApiError("REQUEST_TIMEOUT"), "en"))
        elif not self._began:
            self.transport.close()

    def _is_receiving(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or has more headers than fit."""
        # uvicorn calls this while it handles h11's error, and passes on only a text.
        hint = getattr(sys.exception(), "error_status_hint", 400)
        if hint == ApiError("HEADERS_TOO_LARGE", limit="").status:
            self._refuse(error_response(ApiError("HEADERS_TOO_LARGE", limit=str(MAX_HEADER_BYTES)), "en"))
        else:
            self._refuse(problem_response(400, "MALFORMED_REQUEST", msg))

    def _refuse(self, response: Response) -> None:
        """Respond without the application, and end the connection."""
        self._refused = True
        cycle: Any = self.cycle
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        headers = [
            *((name.encode(), value.encode()) for name, value in response.headers.items()),
            (b"content-length", b"%d" % len(response.body)),
            (b"connection", b"close"),
        ]
        reason = STATUS_PHRASES[response.status]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=response.status, headers=headers, reason=reason),
                h11.Data(data=response.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _end(self) -> None:
        """End the connection, after reading what the client still sends."""
        if not (self._refused or self.conn.their_state is h11.SEND_BODY) or self._raw.is_closing():
            self._raw.close()
            return
        self._lingering = _LINGER_BYTES
        self.flow.resume_reading()
        self._raw.write_eof()
        self._linger_timer = self.loop.call_later(_LINGER_SECONDS, self._raw.abort)
