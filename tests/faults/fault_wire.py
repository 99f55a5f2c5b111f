"""HTTP messages on a stream, as far as a proxy has to know them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """A request or an answer: its head, and what came of its body."""

    head: bytes
    body: bytes
    whole: bool = True
    first: list[str] = field(default_factory=list)
    closes: bool = False


class Over(Exception):  # noqa: N818  # no error: the connection is done with
    """The connection has ended."""


async def read_message(reader: asyncio.StreamReader, asked: str = "") -> Message:
    """Read a message; `asked` is the method of the request, if it is an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    words = first.split(" ")
    closes = headers.get("connection", "").lower() == "close"
    if "transfer-encoding" in headers:
        raise AssertionError("neither side sends chunked messages; the proxy would have to learn it")
    length = 0 if asked == "HEAD" else int(headers.get("content-length", "0"))
    try:
        return Message(head, await reader.readexactly(length), first=words, closes=closes)
    except asyncio.IncompleteReadError as error:
        return Message(head, error.partial, whole=False, first=words)


async def unless_gone(reader: asyncio.StreamReader, work: Coroutine[Any, Any, Any]) -> Any:
    """Do some work, unless the client hangs up before it is done."""
    # A client that waits for an answer sends nothing, so all that can be read is the end.
    gone = asyncio.ensure_future(reader.read(1))
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({gone, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return await task
        raise Over
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.gather(gone, task, return_exceptions=True)
