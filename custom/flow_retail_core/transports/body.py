"""Bodies: that of the request in parts; that of the response decompressed, bounded, and complete or not."""

import asyncio
import math
import zlib
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any

import orjson

from flow_retail_core.messages import Headers, Request
from flow_retail_core.transports.transport import TransportFailure
from flow_retail_core.validation import type_name

_GZIP_FORMAT = zlib.MAX_WBITS | 16
PART = 64 * 1024
"""Bytes that are written, or decompressed, at once; so many go into a socket's buffers at once."""
_WRONG_LENGTH = "the body of the request has not the length that was announced"


class BodyError(Exception):
    """A body that can't be sent or read; its `failure` is what that means for the attempt."""

    def __init__(self, problem: str, **details: bool) -> None:
        super().__init__(problem)
        self.failure = TransportFailure(problem, **details)


async def request_parts(
    request: Request, writing: asyncio.Timeout | None = None
) -> AsyncGenerator[bytes, None]:
    """Read the body of one attempt, and note in the request what was read of it.

    `writing` is set while the server takes a part; None for a library with a timeout of its own.
    """
    left: float = math.inf if request.content_length is None else request.content_length
    seconds = request.timeouts["write"]
    async with aclosing(_read(request)) as source:
        async for whole in source:
            if len(whole) > left:
                raise BodyError(_WRONG_LENGTH, sent=not left, incomplete=bool(left), transient=False)
            # In parts only where each has a timeout: the response of a server that refuses a body early, and
            # hangs up, is read more surely after one write.
            size = PART if writing else max(1, len(whole))
            for start in range(0, len(whole), size):
                part = whole[start : start + size]
                left -= len(part)
                request.sent = request.sent or not left
                if writing and seconds:
                    # Between two parts the program's own stream is read, and after the last the read timeout
                    # counts.
                    writing.reschedule(asyncio.get_running_loop().time() + seconds)
                yield part
                if writing:
                    writing.reschedule(None)
    if 0 < left < math.inf:
        raise BodyError(_WRONG_LENGTH, sent=False, incomplete=True, transient=False)
    request.sent = True


async def _read(request: Request) -> AsyncGenerator[bytes, None]:
    """Read the content; an error of a program's own stream is told from one of the connection."""
    content = request.content
    if content is None or isinstance(content, bytes):
        yield content or b""
        return
    request.body_read = True
    parts: Any = None
    try:
        parts = content.open()
        async for part in parts:
            yield part
    except Exception as error:  # noqa: BLE001  # whatever a program's own stream raises
        # Only the class: the text of someone else's exception may hold anything.
        problem = f"the body of the request can't be read: {type_name(error)}"
    else:
        return
    finally:
        if hasattr(parts, "aclose"):
            await parts.aclose()
    raise BodyError(problem, sent=False, incomplete=True, transient=False)


async def read_body(
    parts: AsyncIterable[bytes], headers: Headers, status: int, limit: int, *, is_decoded: bool = False
) -> bytes:
    """Read and decompress a body, of at most `limit` bytes; that of a success must be complete."""
    found = headers.by_name
    coding = "" if is_decoded else found.get("content-encoding", "").strip().lower()
    is_gzip = coding in {"gzip", "x-gzip"}
    if not is_gzip and coding not in {"", "identity"}:
        raise BodyError("the response is compressed in a way that was not asked for")
    chunks: list[bytes] = []
    # What compression can't make shorter it makes a little longer.
    left = 2 * limit + 1024 if is_gzip else limit
    async for part in parts:
        left -= len(part)
        if left < 0:
            raise _oversized(limit)
        chunks.append(part)
    content = b"".join(chunks)
    if is_gzip:
        content = _decompress(content, limit)
    # Where a length or chunks mark the end, the HTTP library has seen to it.
    has_end = "content-length" in found or "transfer-encoding" in found
    if not has_end and 200 <= status < 300 and _is_cut_short(content):
        raise BodyError("connection lost before the response was complete")
    return content


def _decompress(content: bytes, limit: int) -> bytes:
    """Decompress gzip; the HTTP libraries do so without a limit, and take what was cut short for whole."""
    pieces: list[bytes] = []
    left = limit
    member = zlib.decompressobj(_GZIP_FORMAT)
    for start in range(0, len(content), PART):
        data = content[start : start + PART]
        while data:
            if member.eof:
                # There may be further members; anything else is padding.
                if data[:1] != b"\x1f":
                    break
                member = zlib.decompressobj(_GZIP_FORMAT)
            try:
                piece = member.decompress(data, left + 1)
            except zlib.error:
                raise BodyError("the response's compression is broken") from None
            left -= len(piece)
            if left < 0:
                raise _oversized(limit)
            pieces.append(piece)
            data = member.unused_data
    if content and not member.eof:
        raise BodyError("the compressed response was cut short")
    return b"".join(pieces)


def _oversized(limit: int) -> BodyError:
    problem = f"the response is larger than max_response_bytes ({limit} bytes)"
    return BodyError(problem, transient=False, oversized=True)


def _is_cut_short(content: bytes) -> bool:
    """Whether a body whose end only the connection marked broke off in the middle of its JSON."""
    if not content.lstrip().startswith((b"{", b"[")):
        return False
    try:
        orjson.loads(content.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        # Any other mistake stands before the end.
        return error.pos >= len(error.doc)
    return False
