"""The outcomes of a batch as chunks end, one by one or collected, and the workers that send the chunks."""

import asyncio
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

from flow_retail_core.async_closing import AsyncClosingIterator, abandon, cancel_and_forget
from flow_retail_core.batch.chunk import ChunkRun
from flow_retail_core.batch.chunker import Chunker
from flow_retail_core.batch.result import BatchOutcome, BatchProgress, BatchResult
from flow_retail_core.batch.spec import BatchEndpoint, BatchOptions

T = TypeVar("T")


class _Workers:
    """Workers that each take a chunk, resolve it, and take the next."""

    def __init__(self, endpoint: BatchEndpoint, inputs: Mapping[str, object], options: BatchOptions) -> None:
        self._endpoint = endpoint
        self._options = options
        self._chunker = Chunker(endpoint.spec, inputs, options)
        self._fatal: Exception | None = None
        self._reading = asyncio.Lock()
        self._counts: Counter[str] = Counter()
        self.outcomes: asyncio.Queue[list[BatchOutcome[Any]] | None] = asyncio.Queue(maxsize=1)
        self.drains = False
        """Whether inputs are read to their end even if nothing can be sent any more."""
        self.error: Exception | None = None

    async def run(self) -> None:
        """Resolve everything; what ended it early is `error` then."""
        try:
            await self._chunker.prepare()
            async with asyncio.TaskGroup() as group:
                for _ in range(self._options.concurrency):
                    group.create_task(self._work())
        except Exception as error:  # noqa: BLE001  # raised by whoever takes the outcomes
            self.error = error
        finally:
            await self._chunker.chunks.aclose()
        self.error = self.error or self._chunker.error
        if self.error is None and self._chunker.left_unread:
            self.error = self._fatal
        # Not in `finally`: after a cancellation nobody takes from the queue, and putting would wait forever.
        await self.outcomes.put(None)

    async def _work(self) -> None:
        while True:
            async with self._reading:
                # A worker that finds nothing leaves the others to find the same, each in its turn.
                chunk = None if self.error is not None else await anext(self._chunker.chunks, None)
            if chunk is None:
                return
            run = ChunkRun(chunk, self._endpoint, self._options, self._emit)
            try:
                self._fatal = await run.run(self._fatal) or self._fatal
            except Exception as error:  # noqa: BLE001  # raised once the others are resolved
                self.error = self.error or error
            if self._fatal is not None and not self.drains:
                self._chunker.stop()
            self._chunker.release(chunk)
            # Before the next chunk is read, or two would be kept.
            del chunk, run

    async def _emit(self, outcomes: list[BatchOutcome[Any]]) -> None:
        self._counts.update(map(attrgetter("status"), outcomes))
        counts = self._counts
        await self.outcomes.put(outcomes)
        if self._options.on_progress is not None and self.error is None:
            progress = BatchProgress(
                counts["succeeded"], counts["failed"], counts["unknown"], self._chunker.total
            )
            try:
                self._options.on_progress(progress)
            except Exception as error:  # noqa: BLE001  # a callback must not cost the outcomes
                self.error = error


class BatchStream(AsyncClosingIterator, AsyncIterator[BatchOutcome[T]], Generic[T]):
    """The outcomes of one batch, in the order in which its requests end.

    Nothing is sent before the first outcome is asked for, and no more than `concurrency` requests while the
    caller is busy with outcomes. Leaving it cancels what is in flight; `async with` or `aclose()` also waits
    for that.

    An error that ends the batch early (a wrong item in a stream, an input or `on_progress` that raises) comes
    after the outcomes of all that was sent. Where the operation as such is refused (401, 403, 404, 405), that
    error is raised, and the rest of a stream is left unread.
    """

    def __init__(self, endpoint: BatchEndpoint, inputs: Mapping[str, object], options: BatchOptions) -> None:
        self._spec = endpoint.spec
        self._workers: _Workers | None = _Workers(endpoint, inputs, options)
        # The next one is the last, so that each is let go of as it is returned.
        self._outcomes: list[BatchOutcome[T]] = []
        self._task: asyncio.Task[None] | None = None

    async def __anext__(self) -> BatchOutcome[T]:
        """Return the next outcome.

        Raises:
            Exception: What ended the batch early.
        """
        if not self._outcomes:
            self._outcomes = await self._next_chunk()
            self._outcomes.reverse()
        if not self._outcomes:
            raise StopAsyncIteration
        return self._outcomes.pop()

    async def _next_chunk(self) -> list[BatchOutcome[T]]:
        """The outcomes that come next, which belong to one chunk; none at the end."""
        workers = self._workers
        if workers is None:
            return []
        try:
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(workers.run())
                # The task knows nothing of this object, so it dies with the loop that uses it.
                self._finalizer = weakref.finalize(self, abandon, [self._task])
                self._finalizer.atexit = False
            outcomes = await workers.outcomes.get()
        except BaseException:
            await self.aclose()
            raise
        if outcomes is not None:
            return outcomes
        self._workers = None
        self._finalizer.detach()
        await self._task
        if workers.error is not None:
            raise workers.error
        return []

    async def collect(self) -> BatchResult[T]:
        """Carry out the whole batch; inputs are read to their end even if nothing can be sent any more.

        Returns:
            An outcome for every item that was given, in the order of the inputs.

        Raises:
            Exception: What ended the batch early; `batch_result` of the exception is what was resolved.
        """
        if self._workers is not None:
            self._workers.drains = True
        result: BatchResult[T] = BatchResult(self._spec.operation)
        lists = {"succeeded": result.succeeded, "failed": result.failed, "unknown": result.unknown}
        outcomes, self._outcomes = self._outcomes, []
        try:
            while outcomes or (outcomes := await self._next_chunk()):
                for outcome in outcomes:
                    lists[outcome.status].append(outcome)
                outcomes = []
        except Exception as error:
            cast("Any", error).batch_result = result
            raise
        finally:
            for found in lists.values():
                # Two stable sorts, the first without a call of Python code: a million items are usual.
                found.sort(key=attrgetter("index"))
                if len(set(map(attrgetter("action"), found))) > 1:
                    actions = list(self._spec.models)
                    found.sort(key=lambda outcome: actions.index(outcome.action))
        return result

    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended; iterating is over then."""
        self._workers = None
        self._outcomes = []
        if self._task is not None:
            cancel_and_forget(self._task)
            await asyncio.wait([self._task])
