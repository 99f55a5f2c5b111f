"""Bodies in the codings that a client accepts."""

import gzip
import zlib
from collections.abc import Callable


def raw_deflate(content: bytes) -> bytes:
    """Deflate without a head, as some servers send it."""
    compress = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compress.compress(content) + compress.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "GZip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    # The blank is no part of the name.
    "deflate ": raw_deflate,
    "gzip, deflate": lambda content: zlib.compress(gzip.compress(content, mtime=0)),
    "deflate, gzip": lambda content: gzip.compress(raw_deflate(content)),
    "gzip, gzip, gzip": lambda content: gzip.compress(gzip.compress(gzip.compress(content, mtime=0))),
    "identity": lambda content: content,
    "identity, gzip": gzip.compress,
    "": lambda content: content,
}
"""By the value of Content-Encoding."""
