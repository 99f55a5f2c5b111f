"""msgspec alone: structs that datamodel-code-generator makes from the spec, read and written in C.

It keeps no unknown field and refuses a whole page for one wrong value: the bound of what is possible, not a
choice that this client has.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

# In the environment of the benchmarks alone, so no type checker knows them.
_msgspec = import_module("msgspec")
_models = import_module("peer_msgspec")


class Msgspec:
    """See `Codec`."""

    def __init__(self) -> None:
        self._decoder = _msgspec.json.Decoder(_models.CustomerPage)
        self._encoder = _msgspec.json.Encoder()

    def decode(self, page: bytes) -> object:
        """Read a page."""
        return self._decoder.decode(page)

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return _msgspec.convert({"upsert": items}, _models.CustomerBatchRequestSchema)

    def encode(self, body: Any) -> bytes:
        """Write it."""
        content: bytes = self._encoder.encode(body)
        return content


PEER = Msgspec()
