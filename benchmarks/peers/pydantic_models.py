"""Pydantic alone: models that datamodel-code-generator makes from the spec, read and written in Rust."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

# Not there until the benchmarks have generated it, so no type checker knows it.
_models = import_module("peer_pydantic")


class Pydantic:
    """See `Codec`."""

    def decode(self, page: bytes) -> object:
        """Read a page."""
        return _models.CustomerPage.model_validate_json(page)

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make a batch."""
        return _models.CustomerBatchRequestSchema.model_validate({"upsert": items})

    def encode(self, body: Any) -> bytes:
        """Write it, without the fields that are not set."""
        text: str = body.model_dump_json(by_alias=True, exclude_unset=True)
        return text.encode()


PEER = Pydantic()
