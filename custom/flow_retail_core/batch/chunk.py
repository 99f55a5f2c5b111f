"""Carrying out one chunk: sending it, and sending again what may be, until each item is resolved."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from itertools import repeat
from typing import Any, cast

from flow_retail_core.batch.chunker import BatchItem, encode_chunk
from flow_retail_core.batch.error_codes import is_ambiguous, is_transient, says_absent
from flow_retail_core.batch.response import SUCCEEDED, Finding, read_response
from flow_retail_core.batch.result import BatchOutcome, BatchStatus
from flow_retail_core.batch.spec import BatchEndpoint, BatchOptions
from flow_retail_core.batch.verification import Verification, proves_absence, verify_applied
from flow_retail_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    FlowRetailError,
    NotFoundError,
)
from flow_retail_core.retry.engine import Verdict
from flow_retail_core.retry.policy import FailedAttempt

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

_Findings = dict[BatchItem, Finding]
"""What became of items; those that succeeded may be left out."""
Emit = Callable[[list[BatchOutcome[Any]]], Awaitable[None]]
_Part = tuple[list[BatchItem], int]
"""Items for one request, and the requests that they were in before, as far as `Retry` counts them."""


class ChunkRun:
    """One chunk on its way."""

    def __init__(
        self, items: list[BatchItem], endpoint: BatchEndpoint, options: BatchOptions, emit: Emit
    ) -> None:
        self._action = items[0].action
        self._items = items
        self._endpoint = endpoint
        self._resolving = options.resolve_unknown
        self._emit = emit
        self._resolved: set[BatchItem] = set()
        self._halvings = 0
        self._fatal: Exception | None = None

    async def run(self, fatal: Exception | None) -> Exception | None:
        """Resolve every item, after a fatal error without sending it; returns the fatal error, if any."""
        self._fatal = fatal
        parts: list[_Part] = [(self._items, 0)]
        try:
            while parts:
                items, tries = parts.pop()
                if self._fatal is not None:
                    await self._conclude(items, _refused(items, self._fatal))
                else:
                    parts += await self._send(items, tries + 1)
        except Exception as error:
            left = [item for item in self._items if item not in self._resolved]
            await self._conclude(left, dict.fromkeys(left, _finding("unknown", error)), verified={})
            raise
        return self._fatal

    async def _send(self, items: list[BatchItem], tries: int) -> list[_Part]:
        """Send items once; returns what is to be sent again."""
        content = encode_chunk(items)
        try:
            body = await self._endpoint.send(content)
        except FlowRetailError as error:
            for item in items:
                item.attempts += max(error.attempts, int(error.may_have_been_processed))
            broken = len(content) > _LARGE and self._halvings < _HALVINGS and _may_hide_413(error)
            unprocessed = broken and not error.may_have_been_processed
            if len(items) > 1 and (unprocessed or _status(error) == 413):
                self._halvings += broken
                return _halves(items, 0)
            again = await self._after_error(items, error, tries)
            if broken and tries > 1 and len(again) > 1:
                self._halvings += 1
                return _halves(again, tries - 1)
        else:
            for item in items:
                item.attempts += 1
            self._halvings = 0
            again = await self._after_response(items, body, tries)
        return [(again, tries)] if again else []

    async def _after_response(self, items: list[BatchItem], body: Any, tries: int) -> list[BatchItem]:
        """Resolve what the response resolves; returns what is to be sent again."""
        spec = self._endpoint.spec
        findings = read_response(body, items, spec)
        again: _Findings = {}
        for item, finding in findings.items():
            code = finding.error_code
            if finding.status != "failed":
                continue
            # A server that gave up waiting can't tell what became of the item.
            item.ambiguous = item.ambiguous or is_ambiguous(code)
            if is_transient(code) and self._may_be_repeated(item):
                again[item] = finding
            elif item.ambiguous and item.action == "delete" and says_absent(code, spec.uid_key):
                # An earlier request, of which there was no response, has deleted it, or it never was there.
                findings[item] = SUCCEEDED
        for item in again:
            del findings[item]
        await self._conclude([item for item in items if item not in again] if again else items, findings)
        return await self._wait(again, tries, None)

    async def _after_error(
        self, items: list[BatchItem], error: FlowRetailError, tries: int
    ) -> list[BatchItem]:
        """Resolve what an error resolves; returns what is safe to be sent again."""
        status = _status(error)
        if status in _FATAL:
            self._fatal = error
        # A status such as 408 does not say that nothing was done; 429 does, and the client has repeated it
        # already.
        unclear = error.may_have_been_processed or status in self._endpoint.retry.policy.statuses - {429}
        for item in items if unclear else ():
            item.ambiguous = True
        findings: _Findings = _refused(items, error)
        again: _Findings = {}
        if unclear and isinstance(error, APIStatusError | APIConnectionError):
            again = {item: findings.pop(item) for item in items if self._may_be_repeated(item)}
        await self._conclude(findings, findings)
        return await self._wait(again, tries, error)

    def _may_be_repeated(self, item: BatchItem) -> bool:
        """Whether an item can be sent again without being applied twice."""
        if not item.ambiguous:
            return True
        # An upsert without a uid would make a second record; a create is looked up first.
        return item.uid is not None and (self._action != "create" or self._endpoint.read is not None)

    async def _wait(self, findings: _Findings, tries: int, error: FlowRetailError | None) -> list[BatchItem]:
        """Wait before items are sent again, and look up creates then; concludes those that must not be."""
        if not findings:
            return []
        status = _status(error)
        verdict = await self._endpoint.retry.wait(
            FailedAttempt(
                operation=self._endpoint.spec.operation,
                method="POST",
                attempt=tries,
                reason="items refused" if error is None else str(status or type(error).__name__),
                retries=tries - 1,
                # Each item by itself may be repeated.
                idempotent=True,
                status=status,
                retry_after=error.retry_after if isinstance(error, APIStatusError) else None,
            )
        )
        if verdict is not Verdict.SEND_AGAIN:
            if verdict is Verdict.BUDGET_EXHAUSTED:
                for item, finding in findings.items():
                    said = f"{finding.message}; " if finding.message else ""
                    message = f"{said}not sent again: the retry budget is used up"
                    findings[item] = finding._replace(message=message)
            await self._conclude(findings, findings)
            return []
        if self._action == "create":
            ambiguous = [item for item in findings if item.ambiguous]
            verified = await self._verify(ambiguous)
            final = {item: findings.pop(item) for item in ambiguous if verified.get(item) != "not_applied"}
            await self._conclude(final, final, verified)
        return list(findings)

    async def _conclude(
        self,
        items: Collection[BatchItem],
        findings: _Findings,
        verified: Mapping[BatchItem, Verification] | None = None,
    ) -> None:
        """Resolve items for good, after asking the server about those of unknown fate where that is due."""
        unsure = [
            item
            for item, finding in findings.items()
            if finding is not SUCCEEDED and (item.ambiguous or finding.status == "unknown")
        ]
        if unsure and verified is None:
            # A create that was sent again may be refused because the first attempt did it after all.
            verified = await self._verify(
                [item for item in unsure if self._resolving or (item.ambiguous and self._action == "create")]
            )
        for item in unsure:
            finding, verification = findings[item], (verified or {}).get(item)
            if verification == "applied":
                findings[item] = SUCCEEDED
            elif verification != "not_applied" or not self._resolving:
                findings[item] = finding._replace(status="unknown")
            elif finding.status == "unknown":
                findings[item] = _NOT_APPLIED
        if not items:
            return
        self._resolved.update(items)
        outcomes: list[BatchOutcome[Any]] = [
            # Arguments by position: given by name they take Python 3.11 twice as long.
            BatchOutcome(item.action, item.index, item.item, item.uid, *finding, item.attempts)
            for item, finding in zip(items, map(findings.get, items, repeat(SUCCEEDED)), strict=True)
        ]
        await self._emit(outcomes)

    async def _verify(self, items: list[BatchItem]) -> dict[BatchItem, Verification]:
        """Read items back, a few at a time; those that can't be read are left out."""
        read, uid_key = self._endpoint.read, self._endpoint.spec.uid_key
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


def _status(error: FlowRetailError | None) -> int | None:
    return error.status_code if isinstance(error, APIStatusError) else None


def _may_hide_413(error: FlowRetailError) -> bool:
    """Whether a 413 may have been lost with the connection, because it came before the body was written."""
    if not isinstance(error, APIConnectionError) or isinstance(error, APITimeoutError):
        return False
    return error.may_have_been_processed or error.request_incomplete


def _halves(items: list[BatchItem], tries: int) -> list[_Part]:
    middle = len(items) // 2
    return [(items[middle:], tries), (items[:middle], tries)]


def _refused(items: Iterable[BatchItem], error: Exception) -> _Findings:
    """What an error says of items that it kept from being applied: nothing of what an earlier request did."""
    return {item: _finding("unknown" if item.ambiguous else "failed", error) for item in items}


def _finding(status: BatchStatus, error: Exception) -> Finding:
    if isinstance(error, APIStatusError):
        return Finding(status, error.code or f"HTTP_{error.status_code}", error.message or str(error))
    return Finding(status, type(error).__name__, str(error))
