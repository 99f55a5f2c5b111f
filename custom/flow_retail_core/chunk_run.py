"""Carrying out one chunk: sending it, and sending again what may be, until each item is settled."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, NamedTuple

from attrs import evolve, frozen

from flow_retail_core.batch_codes import is_ambiguous, is_transient, says_absent
from flow_retail_core.batch_result import BatchOutcome
from flow_retail_core.batch_shape import BatchShape, Patience, Read, Send
from flow_retail_core.chunks import Chunk, Entry, write_body
from flow_retail_core.correlation import SUCCEEDED, Finding, read_answer
from flow_retail_core.errors import APIStatusError, ConnectionFailed, FlowRetailError
from flow_retail_core.read_back import Standing, stands

NOT_APPLIED = "NOT_APPLIED"
"""The error code of items that were found not to be carried out when read back."""

_NOT_CARRIED_OUT = Finding("failed", NOT_APPLIED, "was not carried out, as reading it back shows")
_READS = 8
_LARGE = 64 * 1024
"""Bytes of a body; a smaller one is with the system before a server can refuse it."""
_FATAL = frozenset({401, 403, 404, 405})


def is_fatal(error: FlowRetailError) -> bool:
    """Whether an error concerns the operation as such, so that every other chunk would meet with it, too."""
    return isinstance(error, APIStatusError) and error.status_code in _FATAL


@frozen(kw_only=True)
class ChunkRules:
    """What all chunks of a batch have in common.

    Attributes:
        shape: The operation.
        send: Sends a body.
        read: Reads a uid back; None if the API can't.
        patience: How long to keep at it.
        resolve_unknown: Whether unknown items are read back in the end.
        emit: Takes the outcomes of settled items.
    """

    shape: BatchShape
    send: Send
    read: Read | None
    patience: Patience
    resolve_unknown: bool
    emit: Callable[[list[BatchOutcome[Any]]], Awaitable[None]]


class Part(NamedTuple):
    """What of a chunk goes into one request.

    Attributes:
        entries: The items.
        rounds: Requests that they were in and that count against `Patience.attempts`.
    """

    entries: list[Entry]
    rounds: int


class ChunkRun:
    """One chunk on its way.

    Args:
        chunk: The items.
        rules: See `ChunkRules`.
    """

    def __init__(self, chunk: Chunk, rules: ChunkRules) -> None:
        self._operation = chunk.operation
        self._rules = rules
        self._open = dict.fromkeys(chunk.entries)
        self.fatal: FlowRetailError | None = None
        """The error after which no chunk needs to be sent any more."""

    async def run(self) -> None:
        """Settle every item.

        Raises:
            Exception: `send` or `read` raised something else than a `FlowRetailError`. The items have been
                settled as unknown all the same.
        """
        parts = [Part(list(self._open), 0)]
        try:
            while parts:
                part = parts.pop()
                if self.fatal is None:
                    parts.extend(await self._keep_at(part))
                else:
                    await self.refuse(self.fatal, part.entries)
        except Exception as error:
            await self._emit((entry, Finding("unknown", *_reason(error))) for entry in list(self._open))
            raise

    async def refuse(self, error: FlowRetailError, entries: list[Entry] | None = None) -> None:
        """Settle items as failed without sending them; unknown if an earlier request may have held them."""
        reason = _reason(error)
        await self._emit(
            (entry, Finding("unknown" if entry.doubtful else "failed", *reason))
            for entry in (list(self._open) if entries is None else entries)
        )

    async def _keep_at(self, part: Part) -> list[Part]:
        """Send items until they are settled; gives the smaller parts in which the rest is to be sent."""
        entries, rounds = part.entries, part.rounds
        while entries:
            rounds += 1
            last = rounds >= self._rules.patience.attempts
            failure: FlowRetailError | None = None
            content = write_body(self._operation, entries)
            large = len(content) > _LARGE
            try:
                # False: see `Send`.
                _, body = await self._rules.send(content, False)
            except FlowRetailError as error:
                for entry in entries:
                    entry.attempts += max(error.attempts, int(error.may_have_been_processed))
                failure = error
                if isinstance(error, APIStatusError) and error.status_code == 413 and len(entries) > 1:
                    return _halves(entries, rounds=0)
                entries = await self._after_error(entries, error, last=last)
            else:
                for entry in entries:
                    entry.attempts += 1
                entries = await self._after_answer(entries, body, last=last)
            if entries:
                await self._rules.patience.wait(rounds, failure)
            if large and rounds > 1 and isinstance(failure, ConnectionFailed) and len(entries) > 1:
                # A 413 that comes before the body is written may be lost with the connection, so what breaks
                # it again may be too large. The rounds go on: the reason may be another.
                return _halves(entries, rounds=rounds)
        return []

    async def _after_answer(self, entries: list[Entry], body: Any, *, last: bool) -> list[Entry]:
        """Settle what the answer settles; gives what is to be sent again."""
        shape = self._rules.shape
        findings = read_answer(
            body,
            operation=self._operation,
            operations=shape.operations,
            uids=[entry.uid for entry in entries],
            uid_key=shape.uid_key,
        )
        if findings.count(SUCCEEDED) == len(findings):
            # What nearly every answer says of every item, so it is worth a shorter way than below. Arguments
            # by place: given by name they take Python 3.11 twice as long.
            outcomes: list[BatchOutcome[Any]] = [
                BatchOutcome(
                    one.operation, one.index, one.item, one.uid, "succeeded", None, None, one.attempts
                )
                for one in entries
            ]
            await self._emit_outcomes(entries, outcomes)
            return []
        pairs = list(zip(entries, findings, strict=True))
        settled: list[tuple[Entry, Finding]] = []
        transient: list[tuple[Entry, Finding]] = []
        in_doubt = [(entry, finding) for entry, finding in pairs if finding.verdict == "unknown"]
        refused: set[Entry] = set()
        resends = not last and any(is_transient(finding.error_code) for finding in findings)
        spent = resends and not self._rules.patience.permit()
        for entry, finding in pairs:
            if finding.verdict == "succeeded":
                settled.append((entry, finding))
            if finding.verdict != "failed":
                continue
            # A server that gave up waiting can't tell what became of the item.
            entry.doubtful = entry.doubtful or is_ambiguous(finding.error_code)
            if resends and is_transient(finding.error_code):
                if not spent:
                    transient.append((entry, Finding("unknown", finding.error_code, finding.message)))
                    continue
                finding = _with_spent_budget(finding)  # noqa: PLW2901  # the same finding, said in full
            if not entry.doubtful:
                settled.append((entry, finding))
            elif self._operation == "delete" and says_absent(finding.error_code, shape.uid_key):
                # An earlier request, of which the answer was lost, has deleted it, or it never was there.
                settled.append((entry, SUCCEEDED))
            else:
                in_doubt.append((entry, Finding("unknown", finding.error_code, finding.message)))
                refused.add(entry)
        await self._emit(settled)
        await self._conclude_doubts(in_doubt, refused=refused)
        return await self._keep_safe(transient)

    async def _after_error(self, entries: list[Entry], error: FlowRetailError, *, last: bool) -> list[Entry]:
        """Settle what an error settles; gives what is safe to be sent again."""
        if is_fatal(error):
            self.fatal = error
        finding = Finding("unknown", *_reason(error))
        patience = self._rules.patience
        # A status that may pass, such as 408, does not say that nothing was done; 429 does, and the client
        # has repeated it already.
        passing = isinstance(error, APIStatusError) and error.status_code in patience.statuses - {429}
        if not (error.may_have_been_processed or passing):
            # Nothing happened, unless an earlier attempt made it happen.
            failed = Finding("failed", finding.error_code, finding.message)
            await self._emit((entry, failed) for entry in entries if not entry.doubtful)
            await self._conclude_doubts([(entry, finding) for entry in entries if entry.doubtful])
            return []
        for entry in entries:
            entry.doubtful = True
        if patience.resends_after(error) and not last:
            # A wait that the server itself ordered is no storm, so it costs nothing.
            ordered = isinstance(error, APIStatusError) and error.retry_after is not None
            if ordered or patience.permit():
                return await self._keep_safe([(entry, finding) for entry in entries])
            finding = _with_spent_budget(finding)
        await self._conclude_doubts([(entry, finding) for entry in entries])
        return []

    async def _keep_safe(self, again: list[tuple[Entry, Finding]]) -> list[Entry]:
        """Give the items that may be sent again without doing them twice, and conclude the others."""
        standings: dict[Entry, Standing] = {}
        if self._operation == "create":
            standings = await self._look([entry for entry, _ in again if entry.doubtful])
            safe = [entry for entry, _ in again if not entry.doubtful or standings.get(entry) == "undone"]
        else:
            # An upsert without a uid would make a second record.
            safe = [entry for entry, _ in again if not entry.doubtful or entry.uid is not None]
        kept = set(safe)
        await self._conclude_doubts([pair for pair in again if pair[0] not in kept], standings)
        return safe

    async def _conclude_doubts(
        self,
        doubts: list[tuple[Entry, Finding]],
        standings: dict[Entry, Standing] | None = None,
        refused: Collection[Entry] = (),
    ) -> None:
        """Settle items of unknown fate, after asking the server where that is due.

        Args:
            doubts: The items, and what is known.
            standings: What was read back, if it was.
            refused: The items that a later request was refused for, by a code of their own.
        """
        if standings is None:
            # A create that was sent again may be refused because the first attempt did it after all.
            resolving = self._rules.resolve_unknown
            standings = await self._look(
                [
                    entry
                    for entry, _ in doubts
                    if resolving or (entry.doubtful and self._operation == "create")
                ]
            )
        conclusions: list[tuple[Entry, Finding]] = []
        for entry, finding in doubts:
            found = standings.get(entry, "open")
            if found == "done":
                conclusions.append((entry, SUCCEEDED))
            elif found == "undone" and self._rules.resolve_unknown:
                refusal = Finding("failed", finding.error_code, finding.message)
                conclusions.append((entry, refusal if entry in refused else _NOT_CARRIED_OUT))
            else:
                conclusions.append((entry, finding))
        await self._emit(conclusions)

    async def _look(self, entries: list[Entry]) -> dict[Entry, Standing]:
        """Read items back, a few at a time; those that can't be read are left out."""
        read, key = self._rules.read, self._rules.shape.uid_key
        standings: dict[Entry, Standing] = {}
        if read is None:
            return standings
        waiting = iter([(entry, entry.uid) for entry in entries if entry.uid is not None])

        async def work() -> None:
            for entry, uid in waiting:
                try:
                    stored = await read(uid)
                except FlowRetailError:
                    continue
                # Of another record, or of none, an answer says nothing.
                if stored is None or stored.get(key) == uid:
                    standings[entry] = stands(self._operation, entry.data, stored)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(_READS, len(entries))):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return standings

    async def _emit(self, settled: Iterable[tuple[Entry, Finding]]) -> None:
        pairs = list(settled)
        if pairs:
            await self._emit_outcomes([entry for entry, _ in pairs], [_outcome(*pair) for pair in pairs])

    async def _emit_outcomes(self, entries: list[Entry], outcomes: list[BatchOutcome[Any]]) -> None:
        if len(entries) == len(self._open):
            self._open.clear()
        for entry in entries if self._open else ():
            del self._open[entry]
        await self._rules.emit(outcomes)


def _outcome(entry: Entry, finding: Finding) -> BatchOutcome[Any]:
    return BatchOutcome(
        entry.operation,
        entry.index,
        entry.item,
        entry.uid,
        finding.verdict,
        finding.error_code,
        finding.message,
        entry.attempts,
    )


def _halves(entries: list[Entry], *, rounds: int) -> list[Part]:
    middle = len(entries) // 2
    return [Part(entries[middle:], rounds), Part(entries[:middle], rounds)]


def _with_spent_budget(finding: Finding) -> Finding:
    said = f"{finding.message}; " if finding.message else ""
    return evolve(finding, message=f"{said}not sent again: the retry budget is used up")


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, APIStatusError):
        return error.code or f"HTTP_{error.status_code}", error.message or str(error)
    return type(error).__name__, str(error)
