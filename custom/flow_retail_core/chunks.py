"""Cutting the inputs of a batch into requests, reading no further ahead than they are sent."""

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import AsyncExitStack, aclosing
from itertools import count
from typing import Any, cast

from attrs import define, frozen

from flow_retail_core.batch_shape import BatchShape
from flow_retail_core.unset import UNSET

_BREATH = 500
"""Items that are looked at before other tasks get a turn."""
_REFERRING = frozenset({"update", "delete"})
"""Lists whose items only make sense with the uid of something stored."""


@define(eq=False)
class Entry:
    """One input item on its way.

    Attributes:
        operation: The list that it was given in.
        index: Its place there.
        item: The object itself.
        uid: Its uid, if it has one.
        data: The item as JSON, in bytes.
        attempts: Times that it was sent.
        doubtful: Whether an attempt's answer was lost, so that it may have been carried out.
    """

    operation: str
    index: int
    item: Any
    uid: str | None
    data: bytes
    attempts: int = 0
    doubtful: bool = False


@frozen
class Chunk:
    """Items for one request, all of one list.

    One list a request: then what may be sent twice stays apart from what may not, and each error can only be
    about one list.
    """

    operation: str
    entries: list[Entry]


def write_body(operation: str, entries: Iterable[Entry]) -> bytes:
    """The body of a request, in bytes of JSON."""
    parts = [entry.data for entry in entries] or [b""]
    # Put on before the parts are joined, so that the body, which may be large, is written once.
    parts[0] = b'{"%s":[%s' % (operation.encode("ascii"), parts[0])
    parts[-1] += b"]}"
    return b",".join(parts)


class EntryWriter:
    """Makes entries of the items of one list.

    Args:
        shape: What the operation takes.
        name: The list.
        chunk_bytes: Bytes of a request's body, at most.
        encode_item: Writes an item as JSON.

    Attributes:
        overhead: Bytes of a body without items.
    """

    def __init__(
        self, shape: BatchShape, name: str, *, chunk_bytes: int, encode_item: Callable[[Any], bytes]
    ) -> None:
        self._name = name
        self._model = shape.models[name]
        self._uid = shape.uid
        self._encode = encode_item
        self._chunk_bytes = chunk_bytes
        self.overhead = len(write_body(name, ()))

    def write(self, index: int, item: Any) -> Entry:
        """Check an item and write it as JSON.

        Raises:
            TypeError: The item is not of the list's class, has no JSON form, or its uid is not a string.
            ValueError: The item is too big, or lacks a uid that it needs.
        """
        name = self._name
        if not isinstance(item, self._model):
            raise TypeError(f"{name}[{index}] must be a {self._model.__name__}, not {type(item).__name__}")
        uid = getattr(item, self._uid, None)
        if uid is None or uid is UNSET:
            if name in _REFERRING:
                raise ValueError(
                    f"{name}[{index}] has no {self._uid}, so there is nothing that it could {name}"
                )
            uid = None
        elif not isinstance(uid, str):
            raise TypeError(f"{name}[{index}].{self._uid} must be a str, not {type(uid).__name__}")
        try:
            # Copied, since orjson's bytes keep the place of a buffer far larger than they are.
            data = memoryview(self._encode(item)).tobytes()
        except (TypeError, ValueError, StopIteration) as error:
            # Of the encoder's message nothing is repeated: it may hold the value.
            raise TypeError(f"{name}[{index}] can't be written as JSON") from error
        if len(data) + self.overhead > self._chunk_bytes:
            raise ValueError(
                f"{name}[{index}] takes {len(data)} bytes, more than fit into a request of "
                f"{self._chunk_bytes} bytes"
            )
        return Entry(name, index, item, uid, data)


class ChunkReader:
    """The inputs of a batch, as chunks.

    A collection (list, tuple, set, dict view) is checked and written as JSON whole before anything is sent. A
    stream (generator, iterator, async iterable) is read item by item.

    Args:
        shape: What the operation takes.
        inputs: The items per list; None for none.
        chunk_size: Items in a chunk, at most.
        chunk_bytes: Bytes of a request's body, at most.
        encode_item: Writes an item as JSON.

    Raises:
        TypeError: An input is not iterable, or not one that the operation takes.
    """

    def __init__(
        self,
        shape: BatchShape,
        inputs: Mapping[str, object],
        *,
        chunk_size: int,
        chunk_bytes: int,
        encode_item: Callable[[Any], bytes],
    ) -> None:
        for name, given in inputs.items():
            if name not in shape.operations:
                raise TypeError(f"{shape.operation} takes no argument {name}")
            _check_iterable(name, given, shape)
        self._shape = shape
        self._inputs = [(name, inputs[name]) for name in shape.operations if inputs.get(name) is not None]
        self._ahead = deque(self._inputs)
        self._chunk_size = chunk_size
        self._chunk_bytes = chunk_bytes
        self._writers = {
            name: EntryWriter(shape, name, chunk_bytes=chunk_bytes, encode_item=encode_item)
            for name in shape.operations
        }
        self._prepared: dict[str, list[Entry]] = {}
        # What is being read: entries that are there at once, or a stream that has to be waited for.
        self._entries: Iterator[Entry] = iter(())
        self._unprepared = False
        self._stream: AsyncGenerator[Entry, None] | None = None
        self._held: Entry | None = None
        self._active: set[str | None] = set()
        self._freed = asyncio.Event()
        self._stopped = False
        self.fault: Exception | None = None
        """What an input, or an item of it, raised; reading has ended then."""
        self.left_unread = False
        """Whether `stop()` left something in a stream."""
        counted = all(isinstance(given, Collection) for _, given in self._inputs)
        given = (cast("Collection[Any]", given) for _, given in self._inputs)
        self.total: int | None = sum(map(len, given)) if counted else None
        """Items in all; None if an input does not know its length."""

    async def prepare(self) -> None:
        """Check the collections. Nothing has been sent when this raises.

        Raises:
            TypeError: An item is not of the list's class, or its uid is not a string.
            ValueError: An item is too big, lacks a uid that it needs, or has the uid of another.
        """
        places: dict[str, Entry] = {}
        for name, given in self._inputs:
            if not isinstance(given, Collection):
                continue
            entries: list[Entry] = []
            write = self._writers[name].write
            for index, item in enumerate(_collection(given)):
                entry = write(index, item)
                if entry.uid is not None:
                    first = places.setdefault(entry.uid, entry)
                    if first is not entry:
                        raise ValueError(
                            f"{name}[{index}] has the same {self._shape.uid} as "
                            f"{first.operation}[{first.index}]; a batch must not change one resource twice, "
                            "because the order is not defined"
                        )
                entries.append(entry)
                if not index % _BREATH:
                    await asyncio.sleep(0)
            self._prepared[name] = entries

    async def read(self) -> Chunk | None:
        """Read the next chunk; one caller at a time.

        Waits while the next item's uid is in a chunk that is not settled.

        Returns:
            The chunk; None at the end, or after `fault` or `stop()`.
        """
        entry, self._held = self._held or await self._next(), None
        if entry is None:
            return None
        active = self._active
        while entry.uid in active:
            self._freed.clear()
            await self._freed.wait()
        operation = entry.operation
        entries: list[Entry] = []
        # The first comma of the body is one too many.
        room = self._chunk_bytes + 1 - self._writers[operation].overhead
        while entry is not None:
            room -= len(entry.data) + 1
            uid = entry.uid
            if entries and (
                room < 0 or uid in active or len(entries) == self._chunk_size or entry.operation != operation
            ):
                self._held = entry
                break
            if uid is not None:
                active.add(uid)
            entries.append(entry)
            if not len(entries) % _BREATH:
                await asyncio.sleep(0)
            try:
                # Of a million items, most are there at once.
                entry = next(self._entries, None)
            except Exception as error:  # noqa: BLE001  # what was sent must be settled first
                self.fault = error
                break
            if entry is None:
                entry = await self._next()
        return Chunk(operation, entries)

    def settle(self, entries: Iterable[Entry]) -> None:
        """Let go of items that have their outcome: their uids may be sent again."""
        self._active.difference_update([entry.uid for entry in entries])
        self._freed.set()

    def stop(self) -> None:
        """Take nothing more from streams. Collections and what was taken are still read to their end."""
        self._stopped = True
        if self._unprepared:
            self._entries, self._unprepared, self.left_unread = iter(()), False, True

    async def aclose(self) -> None:
        """Let go of a stream that is being read."""
        if self._stream is not None:
            await self._stream.aclose()

    async def _next(self) -> Entry | None:
        """The next entry of a stream, or of the next input."""
        while self.fault is None:
            try:
                if self._stream is not None:
                    entry = await anext(self._stream, None)
                else:
                    entry = next(self._entries, None)
            except Exception as error:  # noqa: BLE001  # what was sent must be settled first
                self.fault = error
                return None
            if entry is not None:
                return entry
            self._stream = None
            self._unprepared = False
            if not self._ahead:
                return None
            self._begin(*self._ahead.popleft())
        return None

    def _begin(self, name: str, given: Any) -> None:
        """Begin to read an input."""
        if name in self._prepared:
            self._entries = _release(self._prepared.pop(name))
        elif self._stopped:
            self.left_unread = True
        elif isinstance(given, AsyncIterable):
            self._stream = self._read_stream(name, _async_iterable(given))
        else:
            self._entries = map(self._writers[name].write, count(), given)
            self._unprepared = True

    async def _read_stream(self, name: str, given: AsyncIterable[Any]) -> AsyncGenerator[Entry, None]:
        write = self._writers[name].write
        index = 0
        async with AsyncExitStack() as stack:
            stream = aiter(given)
            # An iterator of the caller's stays theirs, with what was not read; one made here ends here.
            if stream is not given and hasattr(stream, "aclose"):
                await stack.enter_async_context(aclosing(cast("Any", stream)))
            async for item in stream:
                yield write(index, item)
                index += 1
                if self._stopped:
                    self.left_unread = True
                    return


def _check_iterable(name: str, given: object, shape: BatchShape) -> None:
    takes = f"{name} must be an iterable or async iterable of {shape.models[name].__name__}"
    if given is None:
        return
    if isinstance(given, str | bytes | bytearray | Mapping | shape.models[name]):
        raise TypeError(f"{takes}, not {type(given).__name__}")
    if not isinstance(given, Iterable | AsyncIterable):
        raise TypeError(f"{takes}, not {type(given).__name__}")


def _collection(given: Any) -> Collection[Any]:
    return cast("Collection[Any]", given)


def _async_iterable(given: Any) -> AsyncIterable[Any]:
    return cast("AsyncIterable[Any]", given)


def _release(entries: list[Entry]) -> Iterator[Entry]:
    # From the end, so that each is let go of as it is given.
    entries.reverse()
    while entries:
        yield entries.pop()
