"""Sends the rows of a file; afterwards each is succeeded, failed or unknown."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson

from flow_retail_cli.errors import CommandError, ExitCode, explain
from flow_retail_cli.files import Rejects, Row, Source
from flow_retail_cli.import_journal import ImportJournal, RowStatus
from flow_retail_cli.output import plural, print_message
from flow_retail_cli.progress import ProgressBar
from flow_retail_cli.stop_request import StopRequest, stopping
from flow_retail_client import (
    BatchOutcome,
    DecodeError,
    FlowRetail,
    FlowRetailError,
    Hooks,
    NotFoundError,
    ResponseEvent,
)
from flow_retail_core.batch.verification import Verification, proves_absence, verify_applied
from flow_retail_core.errors import error_class
from flow_retail_core.models.model import Model
from flow_retail_records.item_builder import ItemBuilder, RowProblem
from flow_retail_records.writing import Writing, method_of

INVALID = "INVALID_ROW"
"""The code of rows that were rejected before they were sent."""

_NO_RESPONSE = frozenset({"APIConnectionError", "APITimeoutError", "DeadlineExceededError", "TokenError"})
_REPEATABLE = frozenset({"update", "upsert"})
_READS = 8
_DRAWN_EVERY = 50
_SHOWN_PROBLEMS = 5


class ImportRun:
    """One run of an import, from the start or from a checkpoint."""

    def __init__(
        self,
        flow: FlowRetail,
        writing: Writing,
        mode: str,
        owners: tuple[str, ...],
        source: Source,
        builder: ItemBuilder,
        journal: ImportJournal,
        rejects: Rejects,
        unknown: Rejects,
        meter: ProgressBar,
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
        self._writing = writing
        self._spec = writing.spec
        self._mode = mode
        self._owners = owners
        self._source = source
        self._builder = builder
        self._journal = journal
        self._files: dict[RowStatus, Rejects] = {"failed": rejects, "unknown": unknown}
        self._meter = meter
        self._chunk_size = chunk_size
        self._concurrency = concurrency
        self._in_flight: dict[int, Row] = {}
        self._held: list[tuple[Row, BatchOutcome[Any]]] = []
        self._refusal: int | None = None
        self._silent = 0
        self._no_response: BatchOutcome[Any] | None = None
        self._stopping = False
        self._problems = 0

    async def run(self) -> CommandError | None:
        """Send the rows that are not resolved, and return why it stopped early."""
        error: CommandError | None = None
        with stopping(self._stop) as request:
            try:
                await self._resolve_ambiguous()
                await self._send()
            except asyncio.CancelledError:
                # The second Ctrl-C; any other cancellation is passed on.
                if request.code is None:
                    raise
            except FlowRetailError as refused:
                error = self._ended_by(refused)
            finally:
                self._save(final=True)
        return error or self._why_stopped(request)

    def _stop(self) -> None:
        self._stopping = True
        print_message(
            f"Stopping: waiting for the response for {plural(len(self._in_flight), 'row')} in flight. "
            "Press Ctrl-C again to stop at once.",
            style="yellow",
        )

    async def _send(self) -> None:
        stream = self._writing.stream(
            self._flow,
            self._mode,
            self._items(),
            owners=self._owners,
            chunk_size=self._chunk_size,
            concurrency=self._concurrency,
        )
        async with aclosing(stream):
            async for outcome in stream:
                self._take(self._in_flight.pop(outcome.index), outcome)
                if not outcome.index % _DRAWN_EVERY:
                    self._meter.update(self._journal.done)
                if self._journal.is_due():
                    self._save()
        if not self._held:
            return
        last = self._held[-1][1]
        if self._refusal is not None and last.status == "failed":
            # The last rows were refused, and for those the stream raises nothing.
            raise error_class(self._refusal)(
                status_code=self._refusal,
                code=last.error_code,
                message=last.message,
                operation=self._spec.operation,
            )
        # No response came for the last rows: they stay ambiguous.
        self._give_up(last)

    def _items(self) -> Iterator[Model]:
        number = 0
        for row in self._source.rows():
            if self._journal.is_resolved(row.index):
                continue
            if self._stopping:
                return
            self._journal.reach(row.index)
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
                print_message(f"{self._source.path}, {row.location}: {problem}", style="yellow")
            self._resolve(row, "failed", INVALID, str(problem))
            return None

    def _readable(self, row: Row) -> Model:
        if row.data is None:
            raise RowProblem("", row.problem)
        return self._builder.build(row.data, row.index)

    def _take(self, row: Row, outcome: BatchOutcome[Any]) -> None:
        """Resolve a row, or hold it until it is clear what its outcome means."""
        no_response = outcome.error_code in _NO_RESPONSE
        if outcome.status == "succeeded":
            self._resolve_held()
            self._resolve(row, "succeeded", None, None)
        elif no_response and outcome.status == "failed":
            self._journal.release(row.index)
            self._give_up(outcome)
        elif no_response:
            self._silent += 1
            if self._silent > self._chunk_size * self._concurrency:
                self._give_up(outcome)
            # With a UID, the next run can look it up.
            if outcome.uid is None:
                self._resolve(row, "unknown", outcome.error_code, outcome.message)
            else:
                self._held.append((row, outcome))
        elif self._refusal is not None:
            self._held.append((row, outcome))
        else:
            self._resolve(row, outcome.status, outcome.error_code, outcome.message)

    def _give_up(self, outcome: BatchOutcome[Any]) -> None:
        """Stop sending: nothing responds, and the rest would only become rejects."""
        self._no_response = self._no_response or outcome
        self._stopping = True

    def _resolve_held(self) -> None:
        """Resolve the held rows as reported: the API responds again."""
        self._silent = 0
        if self._held and self._refusal is None and self._no_response is None:
            held, self._held = self._held, []
            for row, outcome in held:
                self._resolve(row, outcome.status, outcome.error_code, outcome.message)

    def _ended_by(self, error: FlowRetailError) -> CommandError:
        """Mark the rows of a refused operation (401, 403, ...) as not sent rather than rejected."""
        code = getattr(error, "code", None) or f"HTTP_{getattr(error, 'status_code', 0)}"
        for row, outcome in self._held:
            if outcome.status == "failed" and outcome.error_code == code:
                self._journal.release(row.index)
            else:
                self._resolve(row, outcome.status, outcome.error_code, outcome.message)
        self._held = []
        return explain(error)

    def _watch(self, event: ResponseEvent) -> None:
        if self._writing.refused_as_such(event.operation, event.status_code):
            self._refusal = event.status_code

    def _why_stopped(self, request: StopRequest) -> CommandError | None:
        if request.code is not None:
            return CommandError("Stopped as asked.", code=request.code)
        if self._no_response is not None:
            return CommandError(
                f"No response any more: {self._no_response.message}.",
                "Check the network and the address (`flow-retail doctor`).",
                code=ExitCode.UNREACHABLE,
            )
        return None

    def _resolve(self, row: Row, verdict: RowStatus, code: str | None, message: str | None) -> None:
        if verdict != "succeeded":
            self._files[verdict].add(row, {"location": row.location, "code": code, "message": message})
        self._journal.resolve(row.index, verdict)

    def _save(self, *, final: bool = False) -> None:
        # Rejects first: a row that is resolved in the checkpoint is in its file.
        self._journal.save({name: file.flush() for name, file in self._files.items()}, final=final)

    async def _resolve_ambiguous(self) -> None:
        """Look up rows that an earlier run may have sent; `_send` repeats those that may be repeated."""
        ambiguous = set(self._journal.ambiguous())
        if not ambiguous:
            return
        rows = [row for row in self._rows_until(max(ambiguous)) if row.index in ambiguous]
        waiting = iter(rows)

        async def work() -> None:
            for row in waiting:
                await self._resolve_ambiguous_row(row)

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

    async def _resolve_ambiguous_row(self, row: Row) -> None:
        try:
            item = self._readable(row)
        except RowProblem:
            # It was never sent; `_send` rejects it.
            return
        uid = getattr(item, self._spec.uid, None)
        if not isinstance(uid, str):
            self._resolve(
                row,
                "unknown",
                "INTERRUPTED",
                "an earlier run ended before the response came, and there is no UID",
            )
            return
        if self._mode in _REPEATABLE:
            return
        verification = await self._verify(item, uid)
        if verification == "applied":
            self._resolve(row, "succeeded", None, None)
        elif verification == "unclear":
            self._resolve(
                row,
                "unknown",
                "INTERRUPTED",
                "an earlier run ended before the response came; the stored record differs",
            )

    async def _verify(self, item: Model, uid: str) -> Verification:
        spec = self._spec
        if spec.read is None:
            return "unclear"
        stored: dict[str, Any] | None = None
        try:
            stored = (await method_of(self._flow, spec.read)(uid)).to_dict()
        except NotFoundError as error:
            # Any other 404 is not the API's, and proves nothing about the record.
            if not proves_absence(error, spec.uid_key):
                return "unclear"
        except (DecodeError, ValueError):
            # A response that can't be read, or a UID that no path can hold.
            return "unclear"
        return verify_applied(self._mode, orjson.dumps(item.to_dict()), stored)


def reject_base(path: Path, word: str) -> Path:
    """The path of a reject file, without the suffix of its format."""
    return path.with_name(f"{path.name}.{word}")
