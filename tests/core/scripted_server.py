"""A server that does, request by request, what a script says."""

import asyncio
import contextlib
import json as jsonlib
from collections.abc import AsyncIterator, Awaitable, Callable

from attrs import define, field, frozen


@frozen
class Seen:
    """A request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(
    status: int = 200,
    json: object = None,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    cut: int | None = None,
) -> Behaviour:
    """Respond; with `cut`, close the connection after that many bytes of the body."""

    async def behave(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        content = body if body is not None else b"" if json is None else jsonlib.dumps(json).encode()
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if status != 204:
            lines.append(f"Content-Length: {len(content)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content[:cut])
        await writer.drain()
        if cut is not None:
            writer.close()

    return behave


def raw(*parts: bytes, then: str = "stay") -> Behaviour:
    """Respond with these very bytes, one write each; then stay, close, or end the sending side."""

    async def behave(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.001)
        if then == "close" or (then == "end" and not writer.can_write_eof()):
            writer.close()
        elif then == "end":
            writer.write_eof()

    return behave


async def close(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.close()


async def reset(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.transport.abort()


async def garbage(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond with something that is not HTTP."""
    writer.write(b"SMTP ready\r\n\r\n")
    await writer.drain()
    writer.close()


async def hang(_: Seen, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Say nothing until the client hangs up."""
    await reader.read()


def stall(body: bytes) -> Behaviour:
    """Promise more than `body`, send that, and then say nothing until the client hangs up."""

    async def behave(_: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body)
        await writer.drain()
        await reader.read()

    return behave


@define(eq=False)
class Server:
    """An HTTP server on a free port that does, request by request, what `script` says."""

    url: str = ""
    script: list[Behaviour] = field(factory=list)
    default: Behaviour = field(factory=lambda: reply(200, {}))
    seen: list[Seen] = field(factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    idle: bool = True
    """Whether all requests have been responded to."""
    arrived: asyncio.Event = field(factory=asyncio.Event)
    reply = staticmethod(reply)
    raw = staticmethod(raw)
    stall = staticmethod(stall)
    close = staticmethod(close)
    reset = staticmethod(reset)
    garbage = staticmethod(garbage)
    hang = staticmethod(hang)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something has come about."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.001)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                seen = Seen(method, target, headers, body)
                self.seen.append(seen)
                self.arrived.set()
                self.idle = False
                behave = self.script.pop(0) if self.script else self.default
                await behave(seen, reader, writer)
                self.idle = True
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve each connection with a function; at the end, abort those that are left and wait for all.

    Yields:
        The address, as a base URL.
    """
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await serve(reader, writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        tasks.add(asyncio.create_task(guarded(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
