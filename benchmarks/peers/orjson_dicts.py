"""orjson alone: dicts, no objects, dates and enum values as texts."""

from collections.abc import Sequence
from typing import Any

import orjson


class Orjson:
    """See `Codec`."""

    def decode(self, page: bytes) -> object:
        """Read a page."""
        return orjson.loads(page)

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return {"upsert": list(items)}

    def encode(self, body: Any) -> bytes:
        """Write it."""
        return orjson.dumps(body)


PEER = Orjson()
