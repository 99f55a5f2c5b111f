"""Sends the rows of a file; afterwards each is succeeded, failed or unknown."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from itertools import islice
from typing import Any

import orjson
from attrs import define, field, frozen

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


@frozen
class ImportOptions:
    """The options of the command; those of CSV are None where they are to be found out."""

    mode: str = field(converter=str)
    resource: str
    param: list[str] | None
    delimiter: str | None
    encoding: str | None
    ignore_unknown_columns: bool
    give_uids: bool
    chunk_size: int
    concurrency: int
    dry_run: bool
    restart: bool
    json: bool


@define(eq=False)
class ImportRun:
    """One run of an import, from the start or from a checkpoint."""

    flow: FlowRetail
    writing: Writing
    owners: tuple[str, ...]
    source: Source
    builder: ItemBuilder
    journal: ImportJournal
    files: dict[RowStatus, Rejects]
    meter: ProgressBar
    options: ImportOptions
    in_flight: dict[int, Row] = field(factory=dict[int, Row], init=False)
    held: list[tuple[Row, BatchOutcome[Any]]] = field(factory=list[Any], init=False)
    refusal: int | None = field(default=None, init=False)
    silent: int = field(default=0, init=False)
    no_response: BatchOutcome[Any] | None = field(default=None, init=False)
    is_stopping: bool = field(default=False, init=False)
    problems: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.flow = self.flow.with_options(hooks=Hooks(on_response=self._watch, on_retry=self.meter.note))

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
        self.is_stopping = True
        print_message(
            f"Stopping: waiting for the response for {plural(len(self.in_flight), 'row')} in flight. "
            "Press Ctrl-C again to stop at once.",
            style="yellow",
        )

    async def _send(self) -> None:
        stream = self.writing.stream(
            self.flow,
            self.options.mode,
            self._items(),
            owners=self.owners,
            chunk_size=self.options.chunk_size,
            concurrency=self.options.concurrency,
        )
        async with aclosing(stream):
            async for outcome in stream:
                self._take(self.in_flight.pop(outcome.index), outcome)
                if not outcome.index % _DRAWN_EVERY:
                    self.meter.update(self.journal.done)
                if self.journal.is_due():
                    self._save()
        if not self.held:
            return
        last = self.held[-1][1]
        if self.refusal is not None and last.status == "failed":
            # The last rows were refused, and for those the stream raises nothing.
            raise error_class(self.refusal)(
                status_code=self.refusal,
                code=last.error_code,
                message=last.message,
                operation=self.writing.spec.operation,
            )
        # No response came for the last rows: they stay ambiguous.
        self._give_up(last)

    def _items(self) -> Iterator[Model]:
        number = 0
        for row in self.source.rows():
            if self.journal.is_resolved(row.index):
                continue
            if self.is_stopping:
                return
            self.journal.reach(row.index)
            item = self._item(row)
            if item is not None:
                self.in_flight[number] = row
                number += 1
                yield item

    def _item(self, row: Row) -> Model | None:
        try:
            return row.item(self.builder)
        except RowProblem as problem:
            self.problems += 1
            if self.problems <= _SHOWN_PROBLEMS:
                print_message(f"{self.source.path}, {row.location}: {problem}", style="yellow")
            self._resolve(row, "failed", INVALID, str(problem))
            return None

    def _take(self, row: Row, outcome: BatchOutcome[Any]) -> None:
        """Resolve a row, or hold it until it is clear what its outcome means."""
        no_response = outcome.error_code in _NO_RESPONSE
        if outcome.status == "succeeded":
            self._resolve_held()
            self._resolve(row, "succeeded", None, None)
        elif no_response and outcome.status == "failed":
            self.journal.release(row.index)
            self._give_up(outcome)
        elif no_response:
            self.silent += 1
            if self.silent > self.options.chunk_size * self.options.concurrency:
                self._give_up(outcome)
            # With a UID, the next run can look it up.
            if outcome.uid is None:
                self._resolve(row, "unknown", outcome.error_code, outcome.message)
            else:
                self.held.append((row, outcome))
        elif self.refusal is not None:
            self.held.append((row, outcome))
        else:
            self._resolve(row, outcome.status, outcome.error_code, outcome.message)

    def _give_up(self, outcome: BatchOutcome[Any]) -> None:
        """Stop sending: nothing responds, and the rest would only become rejects."""
        self.no_response = self.no_response or outcome
        self.is_stopping = True

    def _resolve_held(self) -> None:
        """Resolve the held rows as reported: the API responds again."""
        self.silent = 0
        if self.held and self.refusal is None and self.no_response is None:
            held, self.held = self.held, []
            for row, outcome in held:
                self._resolve(row, outcome.status, outcome.error_code, outcome.message)

    def _ended_by(self, error: FlowRetailError) -> CommandError:
        """Mark the rows of a refused operation (401, 403, ...) as not sent rather than rejected."""
        code = getattr(error, "code", None) or f"HTTP_{getattr(error, 'status_code', 0)}"
        for row, outcome in self.held:
            if outcome.status == "failed" and outcome.error_code == code:
                self.journal.release(row.index)
            else:
                self._resolve(row, outcome.status, outcome.error_code, outcome.message)
        self.held = []
        return explain(error)

    def _watch(self, event: ResponseEvent) -> None:
        if self.writing.refused_as_such(event.operation, event.status_code):
            self.refusal = event.status_code

    def _why_stopped(self, request: StopRequest) -> CommandError | None:
        if request.code is not None:
            return CommandError("Stopped as asked.", code=request.code)
        if self.no_response is not None:
            return CommandError(
                f"No response any more: {self.no_response.message}.",
                "Check the network and the address (`flow-retail doctor`).",
                code=ExitCode.UNREACHABLE,
            )
        return None

    def _resolve(self, row: Row, verdict: RowStatus, code: str | None, message: str | None) -> None:
        if verdict != "succeeded":
            self.files[verdict].add(row, {"location": row.location, "code": code, "message": message})
        self.journal.resolve(row.index, verdict)

    def _save(self, *, final: bool = False) -> None:
        # Rejects first: a row that is resolved in the checkpoint is in its file.
        self.journal.save({name: file.flush() for name, file in self.files.items()}, final=final)

    async def _resolve_ambiguous(self) -> None:
        """Look up rows that an earlier run may have sent; `_send` repeats those that may be repeated."""
        ambiguous = set(self.journal.ambiguous())
        if not ambiguous:
            return
        found = (row for row in self.source.rows() if row.index in ambiguous)
        waiting = iter(list(islice(found, len(ambiguous))))

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

    async def _resolve_ambiguous_row(self, row: Row) -> None:
        try:
            item = row.item(self.builder)
        except RowProblem:
            # It was never sent; `_send` rejects it.
            return
        uid = getattr(item, self.writing.spec.uid, None)
        why = "and there is no UID"
        if isinstance(uid, str):
            if self.options.mode in _REPEATABLE:
                return
            verification = await self._verify(item, uid)
            if verification == "applied":
                self._resolve(row, "succeeded", None, None)
            if verification != "unclear":
                return
            why = "and the stored record differs"
        message = f"an earlier run ended before the response came, {why}"
        self._resolve(row, "unknown", "INTERRUPTED", message)

    async def _verify(self, item: Model, uid: str) -> Verification:
        spec = self.writing.spec
        if spec.read is None:
            return "unclear"
        stored: dict[str, Any] | None = None
        try:
            stored = (await method_of(self.flow, spec.read)(uid)).to_dict()
        except NotFoundError as error:
            # Any other 404 is not the API's, and proves nothing about the record.
            if not proves_absence(error, spec.uid_key):
                return "unclear"
        except (DecodeError, ValueError):
            # A response that can't be read, or a UID that no path can hold.
            return "unclear"
        return verify_applied(self.options.mode, orjson.dumps(item.to_dict()), stored)
