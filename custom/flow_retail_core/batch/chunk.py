"""Carrying out one chunk: sending it, and sending again what may be, until each item is resolved."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from attrs import evolve, frozen

from flow_retail_core.batch.items import BatchItem, encode_chunk
from flow_retail_core.batch.response import (
    SUCCEEDED,
    Finding,
    is_ambiguous,
    is_transient,
    read_response,
    says_absent,
)
from flow_retail_core.batch.result import BatchOutcome
from flow_retail_core.batch.spec import BatchSpec, Read, Send
from flow_retail_core.batch.verification import Verification, proves_absence, verify_applied
from flow_retail_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    FlowRetailError,
    NotFoundError,
)
from flow_retail_core.retry.engine import FailedAttempt, RetryEngine, Verdict

NOT_APPLIED = "NOT_APPLIED"
"""The error code of items that were found not to be applied when read back."""

_NOT_APPLIED = Finding("failed", NOT_APPLIED, "was not applied, as reading it back shows")
_READS = 8
_LARGE = 64 * 1024
"""Bytes of a body; a smaller one is with the system before a server can refuse it."""
_HALVINGS = 4
"""Times in a row that a chunk is cut in two because the connection broke; then it is not its size."""
_FATAL = frozenset({401, 403, 404, 405})
"""Statuses that concern the operation as such, so that every other chunk would meet with them, too."""


class Part(NamedTuple):
    """Items for one request, and the requests that they were in before, as far as `Retry` counts them."""

    items: list[BatchItem]
    tries: int = 0


@frozen(kw_only=True)
class ChunkContext:
    """What all chunks of a batch have in common."""

    spec: BatchSpec
    send: Send
    read: Read | None
    retry: RetryEngine
    resolve_unknown: bool
    emit: Callable[[list[BatchOutcome[Any]]], Awaitable[None]]


class ChunkRun:
    """One chunk on its way."""

    def __init__(self, items: list[BatchItem], context: ChunkContext) -> None:
        self._action = items[0].action
        self._context = context
        self._unresolved = dict.fromkeys(items)
        self._halvings = 0
        self.fatal: FlowRetailError | None = None

    async def run(self, fatal: FlowRetailError | None = None) -> None:
        """Resolve every item; after a fatal error, without sending it."""
        self.fatal = fatal
        parts = [Part(list(self._unresolved))]
        try:
            while parts:
                part = parts.pop()
                if self.fatal is not None:
                    await self._conclude(_failed(part.items, self.fatal))
                else:
                    parts += await self._send(part)
        except Exception as error:
            await self._emit((item, _finding("unknown", error)) for item in list(self._unresolved))
            raise

    async def _send(self, part: Part) -> list[Part]:
        """Send items once; returns what is to be sent again."""
        items, tries = part.items, part.tries + 1
        content = encode_chunk(self._action, items)
        try:
            body = await self._context.send(content)
        except FlowRetailError as error:
            for item in items:
                item.attempts += max(error.attempts, int(error.may_have_been_processed))
            if isinstance(error, APIStatusError) and error.status_code == 413 and len(items) > 1:
                return _halves(items)
            too_large = len(content) > _LARGE and self._halvings < _HALVINGS and _may_hide_413(error)
            if too_large and not error.may_have_been_processed and len(items) > 1:
                self._halvings += 1
                return _halves(items)
            again = await self._after_error(items, error, tries)
            if too_large and tries > 1 and len(again) > 1:
                self._halvings += 1
                return _halves(again, part.tries)
        else:
            for item in items:
                item.attempts += 1
            self._halvings = 0
            again = await self._after_response(items, body, tries)
        return [Part(again, tries)] if again else []

    async def _after_response(self, items: list[BatchItem], body: Any, tries: int) -> list[BatchItem]:
        """Resolve what the response resolves; returns what is to be sent again."""
        findings = read_response(body, items, self._context.spec)
        if findings.count(SUCCEEDED) == len(findings):
            # What nearly every response says of every item, so it is worth a shorter way than below.
            # Arguments by position: given by name they take Python 3.11 twice as long.
            await self._emit_outcomes(
                items,
                [
                    BatchOutcome(
                        one.action, one.index, one.item, one.uid, "succeeded", None, None, one.attempts
                    )
                    for one in items
                ],
            )
            return []
        uid_key = self._context.spec.uid_key
        final: list[tuple[BatchItem, Finding]] = []
        transient: list[tuple[BatchItem, Finding]] = []
        for item, finding in zip(items, findings, strict=True):
            refused = finding.status == "failed"
            # A server that gave up waiting can't tell what became of the item.
            item.ambiguous = item.ambiguous or (refused and is_ambiguous(finding.error_code))
            if refused and is_transient(finding.error_code) and self._may_be_repeated(item):
                transient.append((item, finding))
                continue
            if (
                refused
                and item.ambiguous
                and item.action == "delete"
                and says_absent(finding.error_code, uid_key)
            ):
                # An earlier request, of which there was no response, has deleted it, or it never was there.
                finding = SUCCEEDED  # noqa: PLW2901  # what the refusal amounts to
            final.append((item, finding))
        await self._conclude(final)
        return await self._wait(transient, tries, None)

    async def _after_error(
        self, items: list[BatchItem], error: FlowRetailError, tries: int
    ) -> list[BatchItem]:
        """Resolve what an error resolves; returns what is safe to be sent again."""
        status = error.status_code if isinstance(error, APIStatusError) else None
        if status in _FATAL:
            self.fatal = error
        # A status such as 408 does not say that nothing was done; 429 does, and the client has repeated it
        # already.
        if not error.may_have_been_processed and status not in self._context.retry.policy.statuses - {429}:
            # Nothing happened, unless an earlier attempt made it happen.
            await self._conclude(_failed(items, error))
            return []
        for item in items:
            item.ambiguous = True
        pairs = [(item, _finding("unknown", error)) for item in items]
        may_pass = isinstance(error, APIStatusError | APIConnectionError)
        await self._conclude([pair for pair in pairs if not (may_pass and self._may_be_repeated(pair[0]))])
        return await self._wait([pair for pair in pairs if pair[0] in self._unresolved], tries, error)

    def _may_be_repeated(self, item: BatchItem) -> bool:
        """Whether an item can be sent again without being applied twice."""
        if not item.ambiguous:
            return True
        # An upsert without a uid would make a second record; a create is looked up first.
        return item.uid is not None and (self._action != "create" or self._context.read is not None)

    async def _wait(
        self, pairs: list[tuple[BatchItem, Finding]], tries: int, error: FlowRetailError | None
    ) -> list[BatchItem]:
        """Wait before items are sent again, and look up creates then; concludes those that must not be."""
        if not pairs:
            return []
        status = error.status_code if isinstance(error, APIStatusError) else None
        verdict = await self._context.retry.wait(
            FailedAttempt(
                "items refused" if error is None else str(status or type(error).__name__),
                status,
                retry_after=error.retry_after if isinstance(error, APIStatusError) else None,
            ),
            operation=self._context.spec.operation,
            method="POST",
            attempt=tries,
            retries=tries - 1,
            # Each item by itself may be repeated.
            idempotent=True,
        )
        if verdict is not Verdict.SEND_AGAIN:
            spent = verdict is Verdict.BUDGET_EXHAUSTED
            await self._conclude([(item, _with_spent_budget(one)) for item, one in pairs] if spent else pairs)
            return []
        if self._action == "create":
            ambiguous = [pair for pair in pairs if pair[0].ambiguous]
            verified = await self._verify([item for item, _ in ambiguous])
            await self._conclude(
                [pair for pair in ambiguous if verified.get(pair[0]) != "not_applied"], verified
            )
        return [item for item, _ in pairs if item in self._unresolved]

    async def _conclude(
        self,
        pairs: list[tuple[BatchItem, Finding]],
        verified: Mapping[BatchItem, Verification] | None = None,
    ) -> None:
        """Resolve items for good, after asking the server about those of unknown fate where that is due."""
        resolving = self._context.resolve_unknown
        if verified is None:
            # A create that was sent again may be refused because the first attempt did it after all.
            due = [
                item
                for item, finding in pairs
                if finding is not SUCCEEDED
                and (
                    (resolving and (item.ambiguous or finding.status == "unknown"))
                    or (item.ambiguous and self._action == "create")
                )
            ]
            verified = await self._verify(due)
        await self._emit((item, self._final(item, finding, verified.get(item))) for item, finding in pairs)

    def _final(self, item: BatchItem, finding: Finding, verification: Verification | None) -> Finding:
        if finding is SUCCEEDED or (finding.status == "failed" and not item.ambiguous):
            return finding
        if verification == "applied":
            return SUCCEEDED
        if verification == "not_applied" and self._context.resolve_unknown:
            return finding if finding.status == "failed" else _NOT_APPLIED
        return evolve(finding, status="unknown")

    async def _verify(self, items: list[BatchItem]) -> dict[BatchItem, Verification]:
        """Read items back, a few at a time; those that can't be read are left out."""
        read, uid_key = self._context.read, self._context.spec.uid_key
        verified: dict[BatchItem, Verification] = {}
        if read is None:
            return verified
        waiting = iter([(item, item.uid) for item in items if item.uid is not None])

        async def work() -> None:
            for item, uid in waiting:
                try:
                    stored = await read(uid)
                except NotFoundError as error:
                    if proves_absence(error, uid_key):
                        verified[item] = verify_applied(self._action, item.data, None)
                except FlowRetailError:
                    continue
                else:
                    # Of another record, or of none, a response says nothing.
                    if isinstance(stored, Mapping) and cast("Any", stored).get(uid_key) == uid:
                        verified[item] = verify_applied(self._action, item.data, cast("Any", stored))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(_READS, len(items))):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return verified

    async def _emit(self, pairs: Iterable[tuple[BatchItem, Finding]]) -> None:
        resolved = list(pairs)
        if resolved:
            await self._emit_outcomes(
                [item for item, _ in resolved],
                [
                    BatchOutcome(
                        item.action,
                        item.index,
                        item.item,
                        item.uid,
                        finding.status,
                        finding.error_code,
                        finding.message,
                        item.attempts,
                    )
                    for item, finding in resolved
                ],
            )

    async def _emit_outcomes(self, items: list[BatchItem], outcomes: list[BatchOutcome[Any]]) -> None:
        if len(items) == len(self._unresolved):
            self._unresolved.clear()
        for item in items if self._unresolved else ():
            del self._unresolved[item]
        await self._context.emit(outcomes)


def _may_hide_413(error: FlowRetailError) -> bool:
    """Whether a 413 may have been lost with the connection, because it came before the body was written."""
    if not isinstance(error, APIConnectionError) or isinstance(error, APITimeoutError):
        return False
    return error.may_have_been_processed or error.request_incomplete


def _halves(items: list[BatchItem], tries: int = 0) -> list[Part]:
    middle = len(items) // 2
    return [Part(items[middle:], tries), Part(items[:middle], tries)]


def _failed(items: Iterable[BatchItem], error: FlowRetailError) -> list[tuple[BatchItem, Finding]]:
    """What an error says of items that it kept from being applied: nothing of what an earlier request did."""
    return [(item, _finding("unknown" if item.ambiguous else "failed", error)) for item in items]


def _finding(status: Any, error: Exception) -> Finding:
    if isinstance(error, APIStatusError):
        return Finding(status, error.code or f"HTTP_{error.status_code}", error.message or str(error))
    return Finding(status, type(error).__name__, str(error))


def _with_spent_budget(finding: Finding) -> Finding:
    said = f"{finding.message}; " if finding.message else ""
    return evolve(finding, message=f"{said}not sent again: the retry budget is used up")
