"""Bodies: that of the request in parts; that of the response decompressed, limited, and complete or not."""

import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from typing import Any

import orjson

from flow_retail_core.messages import BodyStream, Headers, Request
from flow_retail_core.validation import type_name

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CODINGS = {"gzip", "x-gzip", "deflate"}
"""What the client accepts."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_PIECE = 256 * 1024
"""Bytes that are decompressed at once."""
PART = 64 * 1024
"""Bytes of a request's body that are written at once:
so many go into the socket's buffers at once."""
_WRONG_LENGTH = "the body of the request has not the length that was announced"


class UnsendableBodyError(Exception):
    """The body of the request can't be sent; the message says why.

    Attributes:
        sent: Whether the server may have received all of the request.
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class RequestBody:
    """The body of one attempt, in parts; what is read of it is noted in the request."""

    def __init__(self, request: Request, note_writing: Callable[[bool], None] | None = None) -> None:
        self._parts = _parts(request, note_writing or (lambda _: None))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        """Close the stream that the parts come from."""
        # RuntimeError: a task of aiohttp's, just cancelled, still reads it; its cancellation closes it.
        with suppress(RuntimeError):
            await self._parts.aclose()


async def _parts(request: Request, note_writing: Callable[[bool], None]) -> AsyncGenerator[bytes, None]:
    left = request.content_length
    if request.content is None or isinstance(request.content, bytes):
        source = _one(request.content or b"")
    else:
        source = _open(request.content)
        request.body_read = True
    async with aclosing(source):
        async for whole in source:
            if left is not None and len(whole) > left:
                raise UnsendableBodyError(_WRONG_LENGTH, sent=not left)
            for start in range(0, len(whole), PART):
                part = whole[start : start + PART]
                if left is not None:
                    left -= len(part)
                    request.sent = request.sent or not left
                note_writing(True)
                yield part
                note_writing(False)
    if left:
        raise UnsendableBodyError(_WRONG_LENGTH)
    request.sent = True


async def _one(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


async def _open(stream: BodyStream) -> AsyncGenerator[bytes, None]:
    """Read a stream; an error of its own is told from one of the connection."""
    parts: Any = None
    try:
        parts = stream.open()
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
    raise UnsendableBodyError(problem)


class UnreadableBodyError(Exception):
    """The body can't be read; the message says why."""


class OversizedBodyError(Exception):
    """The body is larger than the client reads."""


async def read_body(
    parts: AsyncIterable[bytes], headers: Headers, limit: int, status: int, *, is_decoded: bool = False
) -> bytes:
    """Read and decompress a body; of a success it must be complete."""
    found = headers.by_name
    coding = None if is_decoded else found.get("content-encoding")
    decoders = [] if coding is None else _decoders(coding)
    chunks: list[bytes] = []
    size = 0
    async for part in parts:
        pieces: Iterable[bytes] = (part,)
        for decoder in decoders:
            pieces = decoder.decode(pieces)
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise OversizedBodyError
            chunks.append(piece)
    for decoder in decoders:
        decoder.finish()
    content = b"".join(chunks)
    # Where a length or chunks mark the end, the HTTP library has seen to it.
    has_end = "content-length" in found or "transfer-encoding" in found
    if not has_end and 200 <= status < 300 and _is_cut_short(content, found.get("content-type")):
        raise UnreadableBodyError("connection lost before the response was complete")
    return content


def _decoders(codings: str) -> "list[_Decoder]":
    names = [coding.strip().lower() for coding in codings.split(",")]
    return [_Decoder(name) for name in reversed(names) if name not in {"", "identity"}]


class _Decoder:
    """Decompresses one content coding, a bounded piece at a time."""

    def __init__(self, coding: str) -> None:
        if coding not in _CODINGS:
            raise UnreadableBodyError("the response is compressed in a way that was not asked for")
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._begun = False
        # Some servers send raw deflate, which has no head to tell it by.
        self._head: bytes | None = b"" if coding == "deflate" else None

    def decode(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            if part:
                self._begun = True
                yield from self._pieces(part)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inflate.eof:
                # A gzip body may have further members; anything else is padding.
                if data[:1] != b"\x1f":
                    return
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece = self._decompress(data)
            yield piece
            data = self._inflate.unused_data or self._inflate.unconsumed_tail
            if not data and len(piece) < _PIECE:
                return

    def _decompress(self, data: bytes) -> bytes:
        try:
            piece = self._inflate.decompress(data, _PIECE)
        except zlib.error:
            if self._head is None:
                raise UnreadableBodyError("the response's compression is broken") from None
            data, self._head = self._head + data, None
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._decompress(data)
        if self._head is not None:
            # A head of zlib's is two bytes, the second of which proves it.
            self._head = None if len(self._head) + len(data) > 1 else data
        return piece

    def finish(self) -> None:
        if self._begun and not self._inflate.eof:
            raise UnreadableBodyError("the compressed response was cut short")


def _is_cut_short(content: bytes, media_type: str | None) -> bool:
    """Whether a body whose end only the connection marked broke off in the middle of its JSON."""
    if not content:
        return False
    if "json" not in media_type.lower() if media_type else content.lstrip()[:1] not in {b"{", b"["}:
        return False
    try:
        orjson.loads(content)
    except ValueError:
        brackets = _STRING.sub(b"", content)
        opened = brackets.count(b"{") + brackets.count(b"[")
        closed = brackets.count(b"}") + brackets.count(b"]")
        return b'"' in brackets or opened > closed
    return False
