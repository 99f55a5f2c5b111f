"""A proxy that notes what it is asked for, refuses by a script, and else is the server behind itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@define(eq=False)
class Proxy:
    """What a proxy has seen, and how it responds."""

    address: str = ""
    refusals: list[bytes] = field(factory=list)
    """The responses to the next requests for a tunnel; when there are none left, tunnels are opened."""
    connects: list[bytes] = field(factory=list)
    """The heads of the requests for a tunnel."""
    inside: list[bytes] = field(factory=list)
    """The heads of the requests that came through a tunnel."""


def refusal(status: int, phrase: str = "No", body: bytes = b"") -> bytes:
    """A refusal to open a tunnel."""
    return b"HTTP/1.1 %d %s\r\nContent-Length: %d\r\n\r\n%s" % (status, phrase.encode(), len(body), body)


@asynccontextmanager
async def scripted_proxy(context: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Run a proxy.

    Args:
        context: The certificate of the server behind it.
    """
    proxy = Proxy()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            proxy.connects.append(await reader.readuntil(b"\r\n\r\n"))
            if proxy.refusals or context is None:
                writer.write(proxy.refusals.pop(0) if proxy.refusals else refusal(502))
                await writer.drain()
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(context)
            while True:
                proxy.inside.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(RESPONSE)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        # Closed without waiting: since Python 3.12 that waits for connections, which clients keep open.
        listener.close()
