"""The outcomes of a batch as chunks end, one by one or collected."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Mapping
from operator import attrgetter
from typing import Any, Generic, Self, TypeVar, cast

from flow_retail_core.async_closing import AsyncClosingIterator, cancel_and_forget, start_task
from flow_retail_core.batch.executor import BatchExecutor
from flow_retail_core.batch.options import BatchOptions
from flow_retail_core.batch.result import BatchOutcome, BatchResult
from flow_retail_core.batch.spec import BatchSpec, Read, Send
from flow_retail_core.retry.engine import RetryEngine

T = TypeVar("T")


class BatchStream(AsyncClosingIterator, AsyncIterator[BatchOutcome[T]], Generic[T]):
    """The outcomes of one batch, in the order in which its requests end.

    Nothing is sent before the first outcome is asked for, and no more than `concurrency` requests while the
    caller is busy with outcomes. Leaving it cancels what is in flight; `async with` or `aclose()` also waits
    for that.

    An error that ends the batch early (a wrong item in a stream, an input or `on_progress` that raises) comes
    after the outcomes of all that was sent. Where the operation as such is refused (401, 403, 404, 405), that
    error is raised, and the rest of a stream is left unread.
    """

    def __init__(
        self,
        spec: BatchSpec,
        inputs: Mapping[str, object],
        options: BatchOptions,
        *,
        send: Send,
        read: Read | None,
        retry: RetryEngine,
    ) -> None:
        self._actions = list(spec.models)
        self._operation = spec.operation
        self._executor: BatchExecutor | None = BatchExecutor(
            spec, inputs, options, send=send, read=read, retry=retry
        )
        # The next one is the last, so that each is let go of as it is returned.
        self._outcomes: list[BatchOutcome[T]] = []
        self._task: asyncio.Task[None] | None = None

    def __aiter__(self) -> Self:
        return self

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
        executor = self._executor
        if executor is None:
            return []
        try:
            if self._task is None:
                self._task = start_task(executor.run())
                # The task knows nothing of this object, so it dies with the loop that uses it.
                self._finalizer = weakref.finalize(self, _abandon, self._task)
                self._finalizer.atexit = False
            outcomes = await executor.outcomes.get()
        except BaseException:
            await self.aclose()
            raise
        if outcomes is not None:
            return outcomes
        self._executor = None
        self._finalizer.detach()
        await self._task
        if executor.error is not None:
            raise executor.error
        return []

    async def collect(self) -> BatchResult[T]:
        """Carry out the whole batch; inputs are read to their end even if nothing can be sent any more.

        Returns:
            An outcome for every item that was given, in the order of the inputs.

        Raises:
            Exception: What ended the batch early; `batch_result` of the exception is what was resolved.
        """
        if self._executor is not None:
            self._executor.drains = True
        result: BatchResult[T] = BatchResult(self._operation)
        lists = {"succeeded": result.succeeded, "failed": result.failed, "unknown": result.unknown}
        error: Exception | None = None
        outcomes, self._outcomes = self._outcomes, []
        try:
            while outcomes or (outcomes := await self._next_chunk()):
                for outcome in outcomes:
                    lists[outcome.status].append(outcome)
                outcomes = []
        except Exception as ended:  # noqa: BLE001  # raised below, with what was resolved
            error = ended
        for found in lists.values():
            # Two stable sorts, the first without a call of Python code: a million items are a usual batch.
            found.sort(key=attrgetter("index"))
            if len(set(map(attrgetter("action"), found))) > 1:
                found.sort(key=lambda outcome: self._actions.index(outcome.action))
        if error is not None:
            cast("Any", error).batch_result = result
            raise error
        return result

    async def aclose(self) -> None:
        """Cancel what is in flight and wait until it has ended; iterating is over then."""
        self._executor = None
        self._outcomes = []
        if self._task is not None:
            cancel_and_forget(self._task)
            await asyncio.wait([self._task])


def _abandon(task: asyncio.Task[None]) -> None:
    loop = task.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(cancel_and_forget, task)
