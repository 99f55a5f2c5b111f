"""The rows of one task of a write: each becomes an item, and each item's outcome is counted once."""

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from attrs import define, field
from pyspark.sql.datasource import WriterCommitMessage

from flow_retail_records.arrow import rows_of, to_json
from flow_retail_records.intake import Intake, RowProblem
from flow_retail_records.resources import find
from flow_retail_spark.rejects import RejectFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import pyarrow as pa

    from flow_retail_client import BatchOutcome, FlowRetail
    from flow_retail_core.models.model import Model
    from flow_retail_records.resources import Kind

NOT_SENT = "not_sent"
"""The code of rows that can't be an item, so that nothing was sent of them."""


@define(slots=False)
class TaskOutcome(WriterCommitMessage):
    """The commit message of a task.

    Attributes:
        rows: Rows that it was given; the sum of the three that follow.
        succeeded: Rows that were carried out.
        failed: Rows that were not.
        unknown: Rows that may have been.
        rejects: The staged file of those that failed or are unknown; None if there is none.
    """

    rows: int = 0
    succeeded: int = 0
    failed: int = 0
    unknown: int = 0
    rejects: str | None = None


@define(kw_only=True)
class WriteTask:
    """The rows of one task on their way.

    Attributes:
        resource: What is written.
        mode: The list of the batch: upsert or update.
        nulls: Whether a null is sent as null.
        chunk_size: Items in one request.
        concurrency: Requests in flight at once.
        rejects: Takes the rows that were not carried out.
        run: What tells this write from others.
    """

    resource: str
    mode: str
    nulls: bool
    chunk_size: int
    concurrency: int
    rejects: RejectFile
    run: str
    _outcome: TaskOutcome = field(init=False, factory=TaskOutcome)
    _under_way: dict[int, bytes] = field(init=False, factory=dict[int, bytes], repr=False)

    async def carry_out(self, flow: "FlowRetail", batches: "Iterator[pa.RecordBatch]") -> TaskOutcome:
        """Send the rows.

        Args:
            flow: A client of this task's own; it is closed at the end.
            batches: The rows, as Spark hands them over.

        Returns:
            What became of them.
        """
        kind = find(self.resource, lambda kind: kind.batch, "written")
        try:
            async with flow:
                stream = kind.of(flow).batch_stream(
                    **{self.mode: self._items(kind, batches)},
                    chunk_size=self.chunk_size,
                    concurrency=self.concurrency,
                    resolve_unknown=True,
                )
                async with stream as outcomes:
                    async for outcome in outcomes:
                        self._settle(outcome)
        finally:
            self._outcome.rejects = self.rejects.close()
        told = self._outcome.succeeded + self._outcome.failed + self._outcome.unknown
        if told != self._outcome.rows:
            raise RuntimeError(f"{self.resource}: {self._outcome.rows} rows were given, but {told} told of")
        return self._outcome

    async def _items(self, kind: "Kind", batches: "Iterator[pa.RecordBatch]") -> "AsyncIterator[Model]":
        assert kind.batch is not None  # noqa: S101  # find saw to it
        # The driver refused columns that nobody knows: what else is unknown was left over from reading.
        intake = Intake(
            kind.batch, kind.record, self.mode, ignore_unknown=True, give_uids=False, file_hash=self.run
        )
        uid_key = kind.batch.shape.uid_key
        sent = 0
        # Spark blocks while it fetches rows, and requests are to go on meanwhile.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            for row in rows_of(batch):
                self._outcome.rows += 1
                try:
                    data = to_json(row, nulls=self.nulls)
                    if not data.get(uid_key):
                        raise RowProblem(
                            uid_key, "is empty: a task that Spark runs again would double the row"
                        )
                    item = intake.item(data, sent)
                except ValueError as problem:
                    self._refuse(row, uid_key, problem)
                    continue
                self._under_way[sent] = orjson.dumps(data)
                sent += 1
                yield item

    def _refuse(self, row: dict[str, Any], uid_key: str, problem: ValueError) -> None:
        self._outcome.failed += 1
        uid = row.get(uid_key)
        self.rejects.add(
            {
                "uid": uid if isinstance(uid, str) else None,
                "verdict": "failed",
                "code": NOT_SENT,
                "reason": str(problem),
                "attempts": 0,
                "input": orjson.dumps(row, default=str).decode(),
                "run": self.run,
            }
        )

    def _settle(self, outcome: "BatchOutcome[Model]") -> None:
        given = self._under_way.pop(outcome.index)
        if outcome.verdict == "succeeded":
            self._outcome.succeeded += 1
            return
        if outcome.verdict == "failed":
            self._outcome.failed += 1
        else:
            self._outcome.unknown += 1
        self.rejects.add(
            {
                "uid": outcome.uid,
                "verdict": outcome.verdict,
                "code": outcome.error_code,
                "reason": outcome.message,
                "attempts": outcome.attempts,
                "input": given.decode(),
                "run": self.run,
            }
        )
