"""Reading the body of a response: decompression, its limit, and whether it is complete."""

import re
import zlib
from collections.abc import AsyncIterable, Iterable, Iterator

import orjson

from flow_retail_core.response import Headers

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CODINGS = {"gzip", "x-gzip", "deflate"}
"""What the client accepts."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_PIECE = 256 * 1024
"""Bytes that are decompressed at once."""


class UnreadableBodyError(Exception):
    """The body can't be read; the message says why."""


class OversizedBodyError(Exception):
    """The body is larger than the client reads."""


async def read_body(parts: AsyncIterable[bytes], headers: Headers, limit: int) -> bytes:
    """Read and decompress a body."""
    codings = [coding.strip().lower() for coding in (headers.get("content-encoding") or "").split(",")]
    decoders = [_Decoder(coding) for coding in reversed(codings) if coding not in {"", "identity"}]
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
    return b"".join(chunks)


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


def is_cut_short(content: bytes, headers: Headers) -> bool:
    """Whether a body whose end only the connection marked broke off in the middle of its JSON.

    Where a length or chunks mark the end, the HTTP library has seen to it.
    """
    if not content or "content-length" in headers or "transfer-encoding" in headers:
        return False
    media_type = headers.get("content-type")
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
