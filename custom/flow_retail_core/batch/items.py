"""The items of a batch: checked, and written as JSON."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from attrs import define

from flow_retail_core.batch.spec import BatchSpec
from flow_retail_core.models.encoding import encode
from flow_retail_core.unset import UNSET

_REFERRING = frozenset({"update", "delete"})
"""Actions that need the uid of something stored."""


_data_of = attrgetter("data")


@define(eq=False)
class BatchItem:
    """One item on its way."""

    action: str
    index: int
    item: Any
    uid: str | None
    data: bytes
    attempts: int = 0
    ambiguous: bool = False


class ItemEncoder:
    """Checks the items of one action and writes them as JSON."""

    def __init__(self, spec: BatchSpec, action: str, chunk_bytes: int) -> None:
        self._action = action
        self._model = spec.models[action]
        self._uid = spec.uid
        self._chunk_bytes = chunk_bytes
        self.overhead = len(encode_chunk(action, ()))

    def encode(self, index: int, item: Any) -> BatchItem:
        """Check an item and write it as JSON."""
        action, model = self._action, item
        if not isinstance(item, self._model):
            if action != "delete" or not isinstance(item, str):
                wanted = self._model.__name__
                raise TypeError(f"{action}[{index}] must be a {wanted}, not {type(item).__name__}")
            model = self._model(**{self._uid: item})
        uid = getattr(model, self._uid, None)
        if not isinstance(uid, str) and uid is not None and uid is not UNSET:
            raise TypeError(f"{action}[{index}].{self._uid} must be a str, not {type(uid).__name__}")
        if not uid:
            if action in _REFERRING:
                raise ValueError(
                    f"{action}[{index}] has no {self._uid}, so there is nothing that it could {action}"
                )
            uid = None
        # Copied, because orjson's bytes keep a buffer far larger than they are.
        data = memoryview(encode(model, operation=f"{action}[{index}]", expected=self._model)).tobytes()
        if len(data) + self.overhead > self._chunk_bytes:
            raise ValueError(
                f"{action}[{index}] takes {len(data)} bytes, more than fit into a request of "
                f"{self._chunk_bytes} bytes"
            )
        return BatchItem(action, index, item, uid, data)


def encode_chunk(action: str, items: Iterable[BatchItem]) -> bytes:
    """The body of a request, in bytes of JSON."""
    parts = list(map(_data_of, items)) or [b""]
    # Put on before the parts are joined, so that the body, which may be large, is written once.
    parts[0] = b'{"%s":[%s' % (action.encode("ascii"), parts[0])
    parts[-1] += b"]}"
    return b",".join(parts)
