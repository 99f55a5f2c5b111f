"""Carrying out a batch: a few workers that each take a chunk, resolve it, and take the next."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from flow_retail_core.batch.chunk import ChunkContext, ChunkRun
from flow_retail_core.batch.chunker import Chunker
from flow_retail_core.batch.options import BatchOptions
from flow_retail_core.batch.result import BatchOutcome, BatchProgress
from flow_retail_core.batch.spec import BatchSpec, Read, Send
from flow_retail_core.retry.engine import RetryEngine

if TYPE_CHECKING:
    from flow_retail_core.errors import FlowRetailError


class BatchExecutor:
    """One batch on its way."""

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
        self._options = options
        self._chunker = Chunker(spec, inputs, options)
        self._context = ChunkContext(
            spec=spec,
            send=send,
            read=read,
            retry=retry,
            resolve_unknown=options.resolve_unknown,
            emit=self._emit,
        )
        self._reading = asyncio.Lock()
        self._counts: Counter[str] = Counter()
        self._fatal: FlowRetailError | None = None
        self.outcomes: asyncio.Queue[list[BatchOutcome[Any]] | None] = asyncio.Queue(maxsize=1)
        self.drains = False
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
            await self._chunker.aclose()
        self.error = self.error or self._chunker.error
        if self.error is None and self._chunker.left_unread:
            self.error = self._fatal
        # Not in `finally`: after a cancellation nobody takes from the queue, and putting would wait forever.
        await self.outcomes.put(None)

    async def _work(self) -> None:
        while True:
            async with self._reading:
                # A worker that finds nothing leaves the others to find the same, each in its turn.
                chunk = None if self.error is not None else await self._chunker.read()
            if chunk is None:
                return
            run = ChunkRun(chunk, self._context)
            try:
                await run.run(self._fatal)
            except Exception as error:  # noqa: BLE001  # raised once the others are resolved
                self.error = self.error or error
            if run.fatal is not None:
                self._fatal = self._fatal or run.fatal
                if not self.drains:
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
