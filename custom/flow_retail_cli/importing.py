"""`flow-retail import`: a file into the API, each row in exactly one place afterwards."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson

from flow_retail_cli.errors import CommandError, ExitCode, explain
from flow_retail_cli.files import Rejects, Row, Source
from flow_retail_cli.interrupt import Interruption, stopping
from flow_retail_cli.ledger import Ledger, Verdict
from flow_retail_cli.output import plural, say
from flow_retail_cli.progress import Meter
from flow_retail_client import BatchOutcome, FlowRetail, FlowRetailError, Hooks, NotFound, ResponseEvent
from flow_retail_core.models.model import Model
from flow_retail_core.read_back import Standing, stands
from flow_retail_records.intake import Intake, RowProblem
from flow_retail_records.resources import Batch, Kind

INVALID = "INVALID_ROW"
"""The code of rows that were refused here and never sent."""

_NO_ANSWER = frozenset({"ConnectionFailed", "RequestTimeout", "DeadlineExceeded", "TokenUnavailable"})
_REFUSALS = frozenset({401, 403, 404, 405})
_REPEATABLE = frozenset({"update", "upsert"})
_READS = 8
_DRAWN_EVERY = 50
_SHOWN_PROBLEMS = 5


class ImportRun:
    """One run of an import, from the beginning or from a checkpoint.

    Args:
        flow: The client.
        kind: The resource.
        batch: Its batch operation.
        mode: create, update, upsert or delete.
        source: The file.
        intake: Makes items of rows.
        ledger: What earlier runs did.
        rejects: Where rows go that failed.
        unknown: Where rows go of which nobody knows.
        meter: Shows progress.
        chunk_size: Rows in a request.
        concurrency: Requests in flight.
    """

    def __init__(
        self,
        flow: FlowRetail,
        kind: Kind,
        batch: Batch,
        mode: str,
        source: Source,
        intake: Intake,
        ledger: Ledger,
        rejects: Rejects,
        unknown: Rejects,
        meter: Meter,
        *,
        chunk_size: int,
        concurrency: int,
    ) -> None:
        self._flow = flow.with_options(
            hooks=Hooks(
                on_response=self._watch,
                on_retry=lambda event: meter.note(f"waiting {event.wait:.0f} s: {event.reason}"),
            )
        )
        self._kind = kind
        self._batch = batch
        self._mode = mode
        self._source = source
        self._intake = intake
        self._ledger = ledger
        self._files: dict[Verdict, Rejects] = {"failed": rejects, "unknown": unknown}
        self._meter = meter
        self._chunk_size = chunk_size
        self._concurrency = concurrency
        self._in_flight: dict[int, Row] = {}
        self._held: list[tuple[Row, BatchOutcome[Any]]] = []
        self._refusal_seen = False
        self._silent = 0
        self._unanswered: BatchOutcome[Any] | None = None
        self._stopping = False
        self._problems = 0

    async def run(self) -> CommandError | None:
        """Send the rows that are not settled; the ledger is saved in the end, whatever it was.

        Returns:
            Why it ended before the last row; None if it did not.

        Raises:
            OSError: A file can't be read or written.
        """
        error: CommandError | None = None
        with stopping(self._stop) as asked:
            try:
                await self._settle_doubts()
                await self._send()
            except asyncio.CancelledError:
                # The second Ctrl-C; a cancellation of anybody else's is passed on.
                if asked.code is None:
                    raise
            except FlowRetailError as refused:
                error = self._ended_by(refused)
            finally:
                self._save(final=True)
        return error or self._why_stopped(asked)

    def _stop(self) -> None:
        self._stopping = True
        say(
            f"Stopping: waiting for the answer about {plural(len(self._in_flight), 'row')} in flight. "
            "Press Ctrl-C again to stop at once.",
            style="yellow",
        )

    async def _send(self) -> None:
        stream = self._kind.of(self._flow).batch_stream(
            **{self._mode: self._items()},
            chunk_size=self._chunk_size,
            concurrency=self._concurrency,
            resolve_unknown=True,
        )
        async with aclosing(stream):
            async for outcome in stream:
                self._take(self._in_flight.pop(outcome.index), outcome)
                if not outcome.index % _DRAWN_EVERY:
                    self._meter.update(self._ledger.done)
                if self._ledger.is_due():
                    self._save()
        if self._held:
            # The last that was heard is silence: these rows stay in doubt.
            self._give_up(self._held[-1][1])

    def _items(self) -> Iterator[Model]:
        number = 0
        for row in self._source.rows():
            if self._ledger.is_settled(row.index):
                continue
            if self._stopping:
                return
            self._ledger.reach(row.index)
            item = self._item(row)
            if item is not None:
                self._in_flight[number] = row
                number += 1
                yield item

    def _item(self, row: Row) -> Model | None:
        try:
            return self._readable(row)
        except RowProblem as problem:
            self._problems += 1
            if self._problems <= _SHOWN_PROBLEMS:
                say(f"{self._source.path}, {row.place}: {problem}", style="yellow")
            self._settle(row, "failed", INVALID, str(problem))
            return None

    def _readable(self, row: Row) -> Model:
        if row.data is None:
            raise RowProblem("", row.problem)
        return self._intake.item(row.data, row.index)

    def _take(self, row: Row, outcome: BatchOutcome[Any]) -> None:
        """Settle a row, unless it is still open what its outcome means."""
        no_answer = outcome.error_code in _NO_ANSWER
        if outcome.verdict == "succeeded":
            self._let_go()
            self._settle(row, "succeeded", None, None)
        elif no_answer and outcome.verdict == "failed":
            self._ledger.release(row.index)
            self._give_up(outcome)
        elif no_answer:
            self._silent += 1
            if self._silent > self._chunk_size * self._concurrency:
                self._give_up(outcome)
            # Without a uid nobody can ever find out; with one, the next run can.
            if outcome.uid is None:
                self._settle(row, "unknown", outcome.error_code, outcome.message)
            else:
                self._held.append((row, outcome))
        elif self._refusal_seen:
            self._held.append((row, outcome))
        else:
            self._settle(row, outcome.verdict, outcome.error_code, outcome.message)

    def _give_up(self, outcome: BatchOutcome[Any]) -> None:
        """Nothing answers: sending the rest would only make rejects of it."""
        self._unanswered = self._unanswered or outcome
        self._stopping = True

    def _let_go(self) -> None:
        """The API answers: what was held back is as it was told."""
        self._silent = 0
        if self._held and not self._refusal_seen and self._unanswered is None:
            held, self._held = self._held, []
            for row, outcome in held:
                self._settle(row, outcome.verdict, outcome.error_code, outcome.message)

    def _ended_by(self, error: FlowRetailError) -> CommandError:
        """The API refuses the operation as such (401, 403, ...): its rows are not rejects, but not sent."""
        code = getattr(error, "code", None) or f"HTTP_{getattr(error, 'status_code', 0)}"
        for row, outcome in self._held:
            if outcome.verdict == "failed" and outcome.error_code == code:
                self._ledger.release(row.index)
            else:
                self._settle(row, outcome.verdict, outcome.error_code, outcome.message)
        self._held = []
        return explain(error)

    def _watch(self, event: ResponseEvent) -> None:
        if event.operation == self._batch.shape.operation and event.status_code in _REFUSALS:
            self._refusal_seen = True

    def _why_stopped(self, asked: Interruption) -> CommandError | None:
        if asked.code is not None:
            return CommandError("Stopped as asked.", code=asked.code)
        if self._unanswered is not None:
            return CommandError(
                f"Nothing answers any more: {self._unanswered.message}.",
                "Check the network and the address (`flow-retail doctor`).",
                code=ExitCode.UNREACHABLE,
            )
        return None

    def _settle(self, row: Row, verdict: Verdict, code: str | None, message: str | None) -> None:
        if verdict != "succeeded":
            self._files[verdict].add(row, {"place": row.place, "code": code, "message": message})
        self._ledger.settle(row.index, verdict)

    def _save(self, *, final: bool = False) -> None:
        # Rejects first: a row that the checkpoint calls settled is in its file.
        self._ledger.save({name: file.flush() for name, file in self._files.items()}, final=final)

    async def _settle_doubts(self) -> None:
        """Settle rows that an earlier run may have sent; those that may be sent again are left to `_send`."""
        doubtful = set(self._ledger.doubtful())
        if not doubtful:
            return
        rows = [row for row in self._rows_until(max(doubtful)) if row.index in doubtful]
        waiting = iter(rows)

        async def work() -> None:
            for row in waiting:
                await self._settle_doubt(row)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_READS):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        self._save()

    def _rows_until(self, last: int) -> Iterator[Row]:
        for row in self._source.rows():
            yield row
            if row.index == last:
                return

    async def _settle_doubt(self, row: Row) -> None:
        try:
            item = self._readable(row)
        except RowProblem:
            # It never was sent; `_send` tells why.
            return
        uid = getattr(item, self._batch.shape.uid, None)
        if not isinstance(uid, str):
            self._settle(
                row,
                "unknown",
                "INTERRUPTED",
                "an earlier run ended before the answer came, and there is no uid",
            )
            return
        if self._mode in _REPEATABLE:
            return
        standing = await self._standing(item, uid)
        if standing == "done":
            self._settle(row, "succeeded", None, None)
        elif standing == "open":
            self._settle(
                row,
                "unknown",
                "INTERRUPTED",
                "an earlier run ended before the answer came; what is stored differs",
            )

    async def _standing(self, item: Model, uid: str) -> Standing:
        read = self._batch.read
        if read is None:
            return "open"
        try:
            stored = (await self._flow.send(read, (uid,))).json()
        except NotFound:
            stored = None
        return stands(self._mode, orjson.dumps(item.to_dict()), stored)


def reject_base(path: Path, word: str) -> Path:
    """Where rows of a file go that did not succeed, without the ending of the format.

    Args:
        path: The file.
        word: Which rows, such as `rejects`.
    """
    return path.with_name(f"{path.name}.{word}")
