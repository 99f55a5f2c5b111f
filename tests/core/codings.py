"""Bodies in the codings that a client accepts."""

import gzip
from collections.abc import Callable

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "GZip": gzip.compress,
    "x-gzip": gzip.compress,
    "identity": lambda content: content,
    "": lambda content: content,
}
"""By the value of Content-Encoding."""
