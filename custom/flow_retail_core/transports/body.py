"""Reading the body of a response: decompression, its limit, and whether it is complete."""

import re
import zlib
from collections.abc import AsyncIterable

import orjson

from flow_retail_core.response import Headers

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CODINGS = {"gzip", "x-gzip", "deflate"}
"""What the client accepts."""


class UnreadableBodyError(Exception):
    """The body can't be read; the message says why."""


class OversizedBodyError(Exception):
    """The body is larger than the client reads."""


async def read_body(parts: AsyncIterable[bytes], headers: Headers, limit: int) -> bytes:
    """Read and decompress a body.

    Args:
        parts: The body as it comes over the wire.
        headers: The headers of the response.
        limit: The most bytes that it may have, decompressed.

    Raises:
        OversizedBodyError: It has more.
        UnreadableBodyError: Its compression is broken, cut short, or none that was asked for.
    """
    codings = [coding.strip().lower() for coding in (headers.get("content-encoding") or "").split(",")]
    decoders = [_Decoder(coding) for coding in reversed(codings) if coding not in {"", "identity"}]
    chunks: list[bytes] = []
    size, empty = 0, True
    async for part in parts:
        chunk, empty = part, empty and not part
        for decoder in decoders:
            chunk = decoder.decode(chunk, limit - size)
        size += len(chunk)
        if size > limit:
            raise OversizedBodyError
        chunks.append(chunk)
    if not empty:
        for decoder in decoders:
            decoder.finish()
    return b"".join(chunks)


class _Decoder:
    """Decompresses one content coding, never to more than a limit."""

    def __init__(self, coding: str) -> None:
        if coding not in _CODINGS:
            raise UnreadableBodyError("the response is compressed in a way that was not asked for")
        # 32 recognises gzip and zlib by their heads; some servers send raw deflate, which has none.
        self._raw = zlib.decompressobj(-zlib.MAX_WBITS) if coding == "deflate" else None
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def decode(self, data: bytes, limit: int) -> bytes:
        try:
            chunk = self._inflate.decompress(data, limit + 1)
        except zlib.error:
            if self._raw is None:
                raise UnreadableBodyError("the response's compression is broken") from None
            self._inflate, self._raw = self._raw, None
            return self.decode(data, limit)
        if data:
            self._raw = None
        return chunk

    def finish(self) -> None:
        if not self._inflate.eof:
            raise UnreadableBodyError("the compressed response was cut short")


def is_cut_short(content: bytes, headers: Headers) -> bool:
    """Whether a body whose end only the connection marked broke off in the middle of its JSON.

    Where a length or chunks mark the end, the HTTP library has seen to it.
    """
    if not content or "content-length" in headers or "transfer-encoding" in headers:
        return False
    if "json" not in (headers.get("content-type") or "").lower():
        return False
    try:
        orjson.loads(content)
    except ValueError:
        brackets = _STRING.sub(b"", content)
        opened = brackets.count(b"{") + brackets.count(b"[")
        closed = brackets.count(b"}") + brackets.count(b"]")
        return b'"' in brackets or opened > closed
    return False
