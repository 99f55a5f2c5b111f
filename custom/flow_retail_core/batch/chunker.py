"""Cutting the inputs of a batch into requests, reading no further ahead than they are sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from itertools import count
from operator import attrgetter
from typing import Any, cast

from flow_retail_core.batch.items import BatchItem, ItemEncoder
from flow_retail_core.batch.options import BatchOptions
from flow_retail_core.batch.spec import BatchSpec

_uid_of = attrgetter("uid")

_END: Any = object()

_TURN = 500
"""Items that are looked at before other tasks get a turn."""


class Chunker:
    """The inputs of a batch, as chunks.

    A collection (list, tuple, set, dict view) is checked and written as JSON whole before anything is sent. A
    stream (generator, iterator, async iterable) is read item by item. A chunk holds items of one action: then
    what may be sent twice stays apart from what may not, and each error can only be about one action.
    """

    def __init__(self, spec: BatchSpec, inputs: Mapping[str, object], options: BatchOptions) -> None:
        self._spec = spec
        self._options = options
        self._inputs: list[tuple[str, Any]] = []
        self._encoders: dict[str, ItemEncoder] = {}
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
            self._inputs.append((action, cast("Any", given)))
            self._encoders[action] = ItemEncoder(spec, action, options.chunk_bytes)
        self._following = deque(self._inputs)
        self._prepared: dict[str, list[Any]] = {}
        # What is being read: items that are there at once, or a stream that has to be waited for.
        self._items: Iterator[BatchItem] = iter(())
        self._unprepared = False
        self._stream: AsyncGenerator[BatchItem, None] | None = None
        self._held: BatchItem | None = None
        self._in_flight: set[str | None] = set()
        self._released = asyncio.Event()
        self._stopped = False
        self.error: Exception | None = None
        """What an input, or an item of it, raised; reading has ended then."""
        self.left_unread = False
        """Whether `stop()` left something in a stream."""
        self.total: int | None = 0
        """Items in all; None if an input does not know its length."""
        for _, given in self._inputs:
            sized = isinstance(given, Collection)
            self.total = self.total + len(given) if sized and self.total is not None else None

    async def prepare(self) -> None:
        """Check the collections. Nothing has been sent when this raises."""
        seen: dict[str, BatchItem] = {}
        for action, given in self._inputs:
            if not isinstance(cast("object", given), Collection):
                continue
            items: list[Any] = []
            encode = self._encoders[action].encode
            for index, each in enumerate(given):
                item = encode(index, each)
                first = item if item.uid is None else seen.setdefault(item.uid, item)
                if first is not item:
                    raise ValueError(
                        f"{action}[{index}] has the same {self._spec.uid} as {first.action}[{first.index}]; "
                        "a batch must not change one resource twice, because the order is not defined"
                    )
                items.append(item)
                if not index % _TURN:
                    await asyncio.sleep(0)
            # Taken from the end, so that each is let go of as it is taken.
            items.append(_END)
            items.reverse()
            self._prepared[action] = items

    async def read(self) -> list[BatchItem] | None:
        """Read the next chunk; one caller at a time.

        Waits while the next item's uid is in a chunk that is not released.
        """
        item, self._held = self._held or await self._next(), None
        if item is None:
            return None
        in_flight = self._in_flight
        while item.uid in in_flight:
            self._released.clear()
            await self._released.wait()
        action = item.action
        chunk: list[BatchItem] = []
        # The first comma of the body is one too many.
        room = self._options.chunk_bytes + 1 - self._encoders[action].overhead
        while item is not None:
            room -= len(item.data) + 1
            full = room < 0 or len(chunk) == self._options.chunk_size
            if chunk and (full or item.uid in in_flight or item.action != action):
                self._held = item
                break
            if item.uid is not None:
                in_flight.add(item.uid)
            chunk.append(item)
            if not len(chunk) % _TURN:
                await asyncio.sleep(0)
            try:
                # Of a million items, most are there at once.
                item = next(self._items, None)
            except Exception as error:  # noqa: BLE001  # what was sent must be resolved first
                self.error = error
                break
            if item is None:
                item = await self._next()
        return chunk

    def release(self, chunk: Iterable[BatchItem]) -> None:
        """Let go of items that have their outcome: their uids may be sent again."""
        self._in_flight.difference_update(map(_uid_of, chunk))
        self._released.set()

    def stop(self) -> None:
        """Take nothing more from streams. Collections and what was taken are still read to their end."""
        self._stopped = True
        if self._unprepared:
            self._items, self._unprepared, self.left_unread = iter(()), False, True

    async def aclose(self) -> None:
        """Let go of a stream that is being read."""
        if self._stream is not None:
            await self._stream.aclose()

    async def _next(self) -> BatchItem | None:
        """The next item of a stream, or of the next input."""
        while self.error is None:
            try:
                item = next(self._items, None) if self._stream is None else await anext(self._stream, None)
            except Exception as error:  # noqa: BLE001  # what was sent must be resolved first
                self.error = error
                return None
            if item is not None:
                return item
            self._stream = None
            self._unprepared = False
            if not self._following:
                return None
            action, given = self._following.popleft()
            if action in self._prepared:
                self._items = iter(self._prepared.pop(action).pop, _END)
            elif self._stopped:
                self.left_unread = True
            elif isinstance(cast("object", given), AsyncIterable):
                self._stream = self._read_stream(action, given)
            else:
                self._items = map(self._encoders[action].encode, count(), given)
                self._unprepared = True
        return None

    async def _read_stream(self, action: str, given: AsyncIterable[Any]) -> AsyncGenerator[BatchItem, None]:
        encode = self._encoders[action].encode
        index = 0
        async with AsyncExitStack() as stack:
            stream: Any = aiter(given)
            # An iterator of the caller's stays theirs, with what was not read; one made here ends here.
            if stream is not given and hasattr(stream, "aclose"):
                await stack.enter_async_context(aclosing(stream))
            async for item in stream:
                yield encode(index, item)
                index += 1
                if self._stopped:
                    self.left_unread = True
                    return
