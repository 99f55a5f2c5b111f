"""Cutting the inputs of a batch into requests, reading no further ahead than they are sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from itertools import count
from operator import attrgetter
from typing import Any, cast

from attrs import define

from flow_retail_core.batch.spec import BatchOptions, BatchSpec
from flow_retail_core.models.encoding import encode
from flow_retail_core.unset import UNSET

_REFERRING = frozenset({"update", "delete"})
"""Actions that need the uid of something stored."""

_TURN = 500
"""Items that are looked at before other tasks get a turn."""

_FRAME = len(b'{"":[]}')
"""Bytes of a request's body besides the name of the action and the items."""

_uid_of = attrgetter("uid")
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


class Chunker:
    """The inputs of a batch, as chunks.

    A collection (list, tuple, set, dict view) is checked and written as JSON whole before anything is sent. A
    stream (generator, iterator, async iterable) is read item by item. A chunk holds items of one action: then
    what may be sent twice stays apart from what may not, and each error can only be about one action.
    """

    def __init__(self, spec: BatchSpec, inputs: Mapping[str, object], options: BatchOptions) -> None:
        self._spec = spec
        self._options = options
        self._inputs: dict[str, Any] = {}
        for action in inputs.keys() - spec.models.keys():
            raise TypeError(f"{spec.operation} takes no argument {action}")
        for action, model in spec.models.items():
            given = inputs.get(action)
            if given is None:
                continue
            if isinstance(given, str | bytes | bytearray | Mapping | model) or not isinstance(
                given, Iterable | AsyncIterable
            ):
                wanted = f"an iterable or async iterable of {model.__name__}"
                raise TypeError(f"{action} must be {wanted}, not {type(given).__name__}")
            self._inputs[action] = cast("Any", given)
        self._prepared: dict[str, deque[BatchItem]] = {}
        self._in_flight: set[str | None] = set()
        self._released = asyncio.Event()
        self._stopped = False
        self.chunks = self._cut()
        """The chunks, for one reader at a time; it waits while the next item's uid is not released."""
        self.error: Exception | None = None
        """What an input, or an item of it, raised; reading has ended then."""
        self.left_unread = False
        """Whether `stop()` left something in a stream."""
        sized = all(isinstance(given, Collection) for given in self._inputs.values())
        self.total = sum(map(len, self._inputs.values())) if sized else None
        """Items in all; None if an input does not know its length."""

    async def prepare(self) -> None:
        """Check the collections. Nothing has been sent when this raises."""
        seen: dict[str, BatchItem] = {}
        for action, given in self._inputs.items():
            if not isinstance(cast("object", given), Collection):
                continue
            # Taken from one by one, so that each item is let go of as it is taken.
            items = self._prepared[action] = deque[BatchItem]()
            for index, each in enumerate(given):
                item = self._write(action, index, each)
                first = item if item.uid is None else seen.setdefault(item.uid, item)
                if first is not item:
                    raise ValueError(
                        f"{action}[{index}] has the same {self._spec.uid} as {first.action}[{first.index}]; "
                        "a batch must not change one resource twice, because the order is not defined"
                    )
                items.append(item)
                if not index % _TURN:
                    await asyncio.sleep(0)

    async def _cut(self) -> AsyncGenerator[list[BatchItem], None]:
        chunk: list[BatchItem] = []
        in_flight, most = self._in_flight, self._options.chunk_size
        action, room = "", 0
        async with aclosing(self._read()) as items:
            async for item in items:
                room -= len(item.data) + 1
                if chunk and (room < 0 or item.uid in in_flight or item.action != action):
                    yield chunk
                    chunk = []
                if not chunk:
                    action = item.action
                    room = self._options.chunk_bytes - len(action) - _FRAME - len(item.data)
                    while item.uid in in_flight:
                        self._released.clear()
                        await self._released.wait()
                if item.uid is not None:
                    in_flight.add(item.uid)
                chunk.append(item)
                if not len(chunk) % _TURN:
                    await asyncio.sleep(0)
                if len(chunk) == most:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk

    def release(self, chunk: Iterable[BatchItem]) -> None:
        """Let go of items that have their outcome: their uids may be sent again."""
        self._in_flight.difference_update(map(_uid_of, chunk))
        self._released.set()

    def stop(self) -> None:
        """Take nothing more from streams. Collections and what was taken are still read to their end."""
        self._stopped = True

    async def _read(self) -> AsyncGenerator[BatchItem, None]:
        try:
            for action, given in self._inputs.items():
                if action in self._prepared:
                    items = self._prepared[action]
                    while items:
                        yield items.popleft()
                    continue
                if isinstance(cast("object", given), AsyncIterable) and not self._stopped:
                    stream, position = aiter(given), count()
                    try:
                        async for each in stream:
                            yield self._write(action, next(position), each)
                            if self._stopped:
                                break
                    finally:
                        # An iterator of the caller's stays theirs, with what was not read; one made here
                        # ends here.
                        if stream is not given and hasattr(stream, "aclose"):
                            await stream.aclose()
                elif not self._stopped:
                    for index, each in enumerate(given):
                        yield self._write(action, index, each)
                        if self._stopped:
                            break
                self.left_unread = self._stopped
        except Exception as error:  # noqa: BLE001  # what was sent must be resolved first
            self.error = error

    def _write(self, action: str, index: int, item: Any) -> BatchItem:
        """Check an item and write it as JSON."""
        expected, uid_name, model = self._spec.models[action], self._spec.uid, item
        if not isinstance(item, expected):
            if action != "delete" or not isinstance(item, str):
                raise TypeError(f"{action}[{index}] must be a {expected.__name__}, not {type(item).__name__}")
            model = expected(**{uid_name: item})
        uid = getattr(model, uid_name, None)
        if not isinstance(uid, str) and uid is not None and uid is not UNSET:
            raise TypeError(f"{action}[{index}].{uid_name} must be a str, not {type(uid).__name__}")
        if not uid and action in _REFERRING:
            raise ValueError(
                f"{action}[{index}] has no {uid_name}, so there is nothing that it could {action}"
            )
        # Copied, because orjson's bytes keep a buffer far larger than they are.
        data = memoryview(encode(model, operation=f"{action}[{index}]", expected=expected)).tobytes()
        if len(data) + len(action) + _FRAME > self._options.chunk_bytes:
            raise ValueError(
                f"{action}[{index}] takes {len(data)} bytes, more than fit into a request of "
                f"{self._options.chunk_bytes} bytes"
            )
        return BatchItem(action, index, item, uid or None, data)


def encode_chunk(items: Sequence[BatchItem]) -> bytes:
    """The body of a request, in bytes of JSON."""
    parts = list(map(_data_of, items))
    # Put on before the parts are joined, so that the body, which may be large, is written once.
    parts[0] = b'{"%s":[%s' % (items[0].action.encode("ascii"), parts[0])
    parts[-1] += b"]}"
    return b",".join(parts)
