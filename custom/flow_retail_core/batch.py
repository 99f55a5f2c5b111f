"""Batches of any length: `run_batch` for a result, `stream_batch` for outcomes as they come."""

import asyncio
import inspect
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from attrs import frozen

from flow_retail_core import defaults
from flow_retail_core.arguments import check_whole
from flow_retail_core.async_closing import AsyncClosingIterator, cancel_and_forget, start_task
from flow_retail_core.batch_result import BatchOutcome, BatchProgress, BatchResult
from flow_retail_core.batch_shape import (
    BatchShape,
    Patience,
    Read,
    Send,
    encode_model,
)
from flow_retail_core.chunk_run import ChunkRules, ChunkRun
from flow_retail_core.chunks import ChunkReader

if TYPE_CHECKING:
    from flow_retail_core.errors import FlowRetailError

T = TypeVar("T")

OnProgress = Callable[[BatchProgress], object]
"""Called when items have got their outcome; what it returns is ignored, what it raises ends the batch."""


async def run_batch(
    send: Send,
    shape: BatchShape,
    inputs: Mapping[str, object],
    *,
    read: Read | None = None,
    encode_item: Callable[[Any], bytes] = encode_model,
    chunk_size: int = defaults.BATCH_CHUNK_SIZE,
    chunk_bytes: int = defaults.BATCH_CHUNK_BYTES,
    concurrency: int = defaults.BATCH_CONCURRENCY,
    on_progress: OnProgress | None = None,
    resolve_unknown: bool = False,
    patience: Patience | None = None,
) -> BatchResult[Any]:
    """Carry out a batch and wait for all of it.

    Args:
        send: Sends one request.
        shape: What the operation takes.
        inputs: The items per list: collections, iterables or async iterables; None for none.
        read: Reads a uid back; None if the API can't.
        encode_item: Writes an item as JSON, in bytes.
        chunk_size: Items in a request, at most.
        chunk_bytes: Bytes of a request's body, at most.
        concurrency: Requests in flight, at most.
        on_progress: Called whenever items got their outcome.
        resolve_unknown: Whether items of unknown fate are read back and settled by what is stored.
        patience: How long to keep at items that are refused for a passing reason.

    Returns:
        An outcome for every item that was given.

    Raises:
        TypeError: An argument or an item has the wrong type. From a stream it comes when the item is reached,
            after everything in flight was settled; `batch_result` of the exception is what was settled.
        ValueError: An argument is out of range; an item is too big, lacks its uid, or has that of another.
        Exception: Whatever an input or `on_progress` raised, with `batch_result` likewise.
    """
    result: BatchResult[Any] = BatchResult(shape.operation)
    lists = {"succeeded": result.succeeded, "failed": result.failed, "unknown": result.unknown}

    async def keep(outcomes: list[BatchOutcome[Any]]) -> None:
        for outcome in outcomes:
            lists[outcome.verdict].append(outcome)

    run = BatchRun(
        send,
        shape,
        inputs,
        options=Options(
            read=read,
            encode_item=encode_item,
            chunk_size=chunk_size,
            chunk_bytes=chunk_bytes,
            concurrency=concurrency,
            on_progress=on_progress,
            resolve_unknown=resolve_unknown,
            patience=patience or Patience(),
        ),
        sink=keep,
    )
    await run.run()
    order = {name: place for place, name in enumerate(shape.operations)}
    for outcomes in lists.values():
        # Two stable sorts, the first without a call of Python code: a million items are a usual batch.
        outcomes.sort(key=attrgetter("index"))
        if sum(given is not None for given in inputs.values()) > 1:
            outcomes.sort(key=lambda outcome: order[outcome.operation])
    if run.fault is not None:
        # Part of the batch was carried out; whoever handles the exception can see which.
        cast("Any", run.fault).batch_result = result
        raise run.fault
    return result


def stream_batch(
    send: Send,
    shape: BatchShape,
    inputs: Mapping[str, object],
    *,
    read: Read | None = None,
    encode_item: Callable[[Any], bytes] = encode_model,
    chunk_size: int = defaults.BATCH_CHUNK_SIZE,
    chunk_bytes: int = defaults.BATCH_CHUNK_BYTES,
    concurrency: int = defaults.BATCH_CONCURRENCY,
    on_progress: OnProgress | None = None,
    resolve_unknown: bool = False,
    patience: Patience | None = None,
) -> "BatchStream[Any]":
    """Carry out a batch and give outcomes as chunks end; for the arguments see `run_batch`.

    Nothing is sent before the first outcome is asked for, and no more than `concurrency` chunks while the
    caller is busy with outcomes.

    Returns:
        An async iterator. Leaving it cancels what is in flight; `async with` or `aclose()` also waits for
        that. It raises what `run_batch` raises, after the outcomes of all that was sent; and where the
        operation as such is refused (401, 403, 404, 405), it raises that error and leaves the rest of a
        stream unread.
    """
    return BatchStream(
        send,
        shape,
        inputs,
        Options(
            read=read,
            encode_item=encode_item,
            chunk_size=chunk_size,
            chunk_bytes=chunk_bytes,
            concurrency=concurrency,
            on_progress=on_progress,
            resolve_unknown=resolve_unknown,
            patience=patience or Patience(),
        ),
    )


@frozen(kw_only=True)
class Options:
    """The arguments of `run_batch` that say how, checked.

    Raises:
        TypeError: One has the wrong type.
        ValueError: One is out of range.
    """

    read: Read | None
    encode_item: Callable[[Any], bytes]
    chunk_size: int
    chunk_bytes: int
    concurrency: int
    on_progress: OnProgress | None
    resolve_unknown: bool
    patience: Patience

    def __attrs_post_init__(self) -> None:
        for name in ("chunk_size", "chunk_bytes", "concurrency"):
            check_whole(name, getattr(self, name), at_least=1)
        if not isinstance(cast("object", self.resolve_unknown), bool):
            raise TypeError(f"resolve_unknown must be a bool, not {type(self.resolve_unknown).__name__}")
        if self.on_progress is not None and not callable(self.on_progress):
            raise TypeError(
                f"on_progress must be callable, not {type(cast('object', self.on_progress)).__name__}"
            )
        if inspect.iscoroutinefunction(self.on_progress):
            raise TypeError("on_progress must be a plain function: nobody would await what it returns")


class BatchRun:
    """One batch on its way: a few workers that each take a chunk, settle it, and take the next.

    Args:
        send: Sends one request.
        shape: What the operation takes.
        inputs: The items per list.
        options: How.
        sink: Takes outcomes; while it keeps a worker waiting, that worker takes no more chunks.
        drains: Whether inputs are read to their end even if nothing can be sent any more.
    """

    def __init__(
        self,
        send: Send,
        shape: BatchShape,
        inputs: Mapping[str, object],
        *,
        options: Options,
        sink: Callable[[list[BatchOutcome[Any]]], Awaitable[None]],
        drains: bool = True,
    ) -> None:
        self._options = options
        self._reader = ChunkReader(
            shape,
            inputs,
            chunk_size=options.chunk_size,
            chunk_bytes=options.chunk_bytes,
            encode_item=options.encode_item,
        )
        self._rules = ChunkRules(
            shape=shape,
            send=send,
            read=options.read,
            patience=options.patience,
            resolve_unknown=options.resolve_unknown,
            emit=self._emit,
        )
        self._sink = sink
        self._drains = drains
        self._reading = asyncio.Lock()
        self._counts = {"succeeded": 0, "failed": 0, "unknown": 0}
        self._fatal: FlowRetailError | None = None
        self.fault: Exception | None = None
        """What ended the batch before its time, if anything did."""

    async def run(self) -> None:
        """Settle everything; what ended it early is `fault` then.

        Raises:
            TypeError: An item of a collection has the wrong type; nothing was sent.
            ValueError: An item of a collection is too big, lacks its uid, or has that of another; nothing was
                sent.
        """
        await self._reader.prepare()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._options.concurrency):
                    group.create_task(self._work())
        finally:
            await self._reader.aclose()
        self.fault = self.fault or self._reader.fault
        if self.fault is None and self._reader.left_unread:
            self.fault = self._fatal

    async def _work(self) -> None:
        while True:
            async with self._reading:
                # A worker that finds nothing leaves the others to find the same, each in its turn.
                chunk = None if self.fault is not None else await self._reader.read()
            if chunk is None:
                return
            run = ChunkRun(chunk, self._rules)
            try:
                if self._fatal is None:
                    await run.run()
                else:
                    await run.refuse(self._fatal)
            except Exception as error:  # noqa: BLE001  # raised by `run_batch`, once the others are settled
                self.fault = self.fault or error
            if run.fatal is not None:
                self._fatal = self._fatal or run.fatal
                if not self._drains:
                    self._reader.stop()
            self._reader.settle(chunk.entries)
            # Before the next chunk is read, or two would be kept.
            del chunk, run

    async def _emit(self, outcomes: list[BatchOutcome[Any]]) -> None:
        for verdict, count in Counter(map(attrgetter("verdict"), outcomes)).items():
            self._counts[verdict] += count
        await self._sink(outcomes)
        if self._options.on_progress is not None and self.fault is None:
            try:
                self._options.on_progress(BatchProgress(**self._counts, total=self._reader.total))
            except Exception as error:  # noqa: BLE001  # a callback must not cost the outcomes
                self.fault = error


class BatchStream(AsyncClosingIterator, AsyncIterator[BatchOutcome[T]], Generic[T]):
    """The outcomes of one batch as they come; made by `stream_batch`."""

    def __init__(self, send: Send, shape: BatchShape, inputs: Mapping[str, object], options: Options) -> None:
        self._queue: asyncio.Queue[list[BatchOutcome[T]] | None] = asyncio.Queue(maxsize=1)
        self._run: BatchRun | None = BatchRun(
            send, shape, inputs, options=options, sink=self._queue.put, drains=False
        )
        # The next one is the last, so that each is let go of as it is given.
        self._outcomes: list[BatchOutcome[T]] = []
        self._task: asyncio.Task[None] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> BatchOutcome[T]:
        """Give the next outcome.

        Raises:
            Exception: What ended the batch early; see `stream_batch`.
        """
        if self._outcomes:
            return self._outcomes.pop()
        if self._run is None:
            raise StopAsyncIteration
        try:
            if self._task is None:
                self._task = start_task(_supervise(self._run, self._queue))
                # The task knows nothing of this object, so it dies with the loop that uses it.
                weakref.finalize(self, _abandon, self._task).atexit = False
            outcomes = await self._queue.get()
            if outcomes is None:
                run, self._run = self._run, None
                await self._task
                if run.fault is not None:
                    raise run.fault
                raise StopAsyncIteration
        except BaseException:
            await self.aclose()
            raise
        outcomes.reverse()
        self._outcomes = outcomes
        return outcomes.pop()

    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended; iterating is over then."""
        self._run = None
        self._outcomes = []
        if self._task is not None:
            cancel_and_forget(self._task)
            await asyncio.wait([self._task])


async def _supervise(run: BatchRun, queue: "asyncio.Queue[Any]") -> None:
    try:
        await run.run()
    except Exception:
        await queue.put(None)
        raise
    # Not in `finally`: after a cancellation nobody takes from the queue, and putting would wait forever.
    await queue.put(None)


def _abandon(task: asyncio.Task[None]) -> None:
    loop = task.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(cancel_and_forget, task)
