"""The options of a batch."""

import inspect
from collections.abc import Callable
from typing import cast

from attrs import frozen

from flow_retail_core import constants
from flow_retail_core.batch.result import BatchProgress
from flow_retail_core.validation import check_whole


@frozen(kw_only=True)
class BatchOptions:
    """The options of a batch.

    Args:
        chunk_size: Items in a request, at most.
        chunk_bytes: Bytes of a request's body, at most.
        concurrency: Requests in flight, at most.
        on_progress: Called whenever items got their outcome; what it returns is ignored, what it raises ends
            the batch.
        resolve_unknown: Whether unknown items are read back and resolved by what is stored.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    chunk_size: int = constants.BATCH_CHUNK_SIZE
    chunk_bytes: int = constants.BATCH_CHUNK_BYTES
    concurrency: int = constants.BATCH_CONCURRENCY
    on_progress: Callable[[BatchProgress], object] | None = None
    resolve_unknown: bool = False

    def __attrs_post_init__(self) -> None:
        for name in ("chunk_size", "chunk_bytes", "concurrency"):
            check_whole(name, getattr(self, name), at_least=1)
        if not isinstance(cast("object", self.resolve_unknown), bool):
            raise TypeError(f"resolve_unknown must be a bool, not {type(self.resolve_unknown).__name__}")
        callback: object = self.on_progress
        if callback is not None and not callable(callback):
            raise TypeError(f"on_progress must be callable, not {type(callback).__name__}")
        if inspect.iscoroutinefunction(callback):
            raise TypeError("on_progress must be a plain function: nobody would await what it returns")
