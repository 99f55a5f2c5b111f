"""Sends the rows of one task; each outcome is counted once."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from attrs import define, field
from pyspark.sql.datasource import WriterCommitMessage

from flow_retail_records.arrow import rows_of, to_json
from flow_retail_records.exact_json import encode
from flow_retail_records.item_builder import RowProblem
from flow_retail_records.resources import find_writing
from flow_retail_spark.rejects import RejectFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import pyarrow as pa

    from flow_retail_client import BatchOutcome, FlowRetail
    from flow_retail_core.models.model import Model
    from flow_retail_records.writing import Writing

NOT_SENT = "not_sent"
"""The code of rows that were rejected before they were sent."""


@define(slots=False)
class TaskOutcome(WriterCommitMessage):
    """The commit message of a task.

    Attributes:
        rows: Its rows; the sum of the next three.
        succeeded: Rows that were applied.
        failed: Rows that were not applied.
        unknown: Rows that may have been applied.
        rejects: The staged file of those that failed or are unknown; None if there is none.
    """

    rows: int = 0
    succeeded: int = 0
    failed: int = 0
    unknown: int = 0
    rejects: str | None = None


@define(kw_only=True)
class WriteTask:
    """The rows of one task.

    Attributes:
        resource: The resource.
        mode: upsert or update.
        owners: The path values that all rows share.
        nulls: Whether a null is sent as null.
        chunk_size: Items in one request.
        concurrency: Requests in flight at once.
        rejects: The file of rejected rows.
        run: Identifies the write.
    """

    resource: str
    mode: str
    owners: tuple[str, ...] = ()
    nulls: bool
    chunk_size: int
    concurrency: int
    rejects: RejectFile
    run: str
    _outcome: TaskOutcome = field(init=False, factory=TaskOutcome)
    _under_way: dict[int, bytes] = field(init=False, factory=dict[int, bytes], repr=False)

    async def run_batch(self, flow: "FlowRetail", batches: "Iterator[pa.RecordBatch]") -> TaskOutcome:
        """Send the rows."""
        writing = find_writing(self.resource, "write")
        try:
            async with flow:
                stream = writing.stream(
                    flow,
                    self.mode,
                    self._items(writing, batches),
                    owners=self.owners,
                    chunk_size=self.chunk_size,
                    concurrency=self.concurrency,
                )
                async with aclosing(stream) as outcomes:
                    async for outcome in outcomes:
                        self._count_outcome(outcome)
        finally:
            self._outcome.rejects = self.rejects.close()
        reported = self._outcome.succeeded + self._outcome.failed + self._outcome.unknown
        if reported != self._outcome.rows:
            raise RuntimeError(
                f"{self.resource}: {self._outcome.rows} rows were read, but {reported} reported"
            )
        return self._outcome

    async def _items(self, writing: "Writing", batches: "Iterator[pa.RecordBatch]") -> "AsyncIterator[Model]":
        # The driver refused unknown columns: other unknown fields were left over from reading.
        builder = writing.builder(self.mode, ignore_unknown=True)
        uid_key = writing.spec.uid_key
        sent = 0
        # Spark blocks while it fetches rows; requests continue meanwhile.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            for row in rows_of(batch):
                self._outcome.rows += 1
                try:
                    data = to_json(row, nulls=self.nulls)
                    if not data.get(uid_key):
                        raise RowProblem(
                            uid_key, "is empty: a task that Spark runs again would double the row"
                        )
                    item = builder.build(data, sent)
                except ValueError as problem:
                    self._reject(row, uid_key, problem)
                    continue
                self._under_way[sent] = encode(data)
                sent += 1
                yield item

    def _reject(self, row: dict[str, Any], uid_key: str, problem: ValueError) -> None:
        self._outcome.failed += 1
        uid = row.get(uid_key)
        self.rejects.add(
            {
                "uid": uid if isinstance(uid, str) else None,
                "status": "failed",
                "code": NOT_SENT,
                "reason": str(problem),
                "attempts": 0,
                "input": encode(row, str).decode(),
                "run": self.run,
            }
        )

    def _count_outcome(self, outcome: "BatchOutcome[Model]") -> None:
        given = self._under_way.pop(outcome.index)
        if outcome.status == "succeeded":
            self._outcome.succeeded += 1
            return
        if outcome.status == "failed":
            self._outcome.failed += 1
        else:
            self._outcome.unknown += 1
        self.rejects.add(
            {
                "uid": outcome.uid,
                "status": outcome.status,
                "code": outcome.error_code,
                "reason": outcome.message,
                "attempts": outcome.attempts,
                "input": given.decode(),
                "run": self.run,
            }
        )
