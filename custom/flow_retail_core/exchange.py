"""The attempt loop: how one call becomes an answer or one of our errors."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from flow_retail_core.answer import Answer
from flow_retail_core.auth import Tokens
from flow_retail_core.budget import RetryBudget
from flow_retail_core.connections import Connections
from flow_retail_core.errors import DeadlineExceeded, FlowRetailError, TokenUnavailable
from flow_retail_core.failures import retry_after, to_error
from flow_retail_core.headers import HeaderLines
from flow_retail_core.hooks import Hooks, RequestEvent, ResponseEvent, RetryEvent, notify
from flow_retail_core.pace import Pace
from flow_retail_core.recording import record
from flow_retail_core.retry import Retry
from flow_retail_core.transport import Lost, Outgoing, Received

if TYPE_CHECKING:
    from flow_retail_core.tracing import Tracing

_log = logging.getLogger("flow_retail_client")

_HOLDING = frozenset({429, 503})
"""Statuses whose Retry-After is about the tenant or the server, not about one call."""


@define(eq=False)
class Call:
    """What stays the same over all attempts of one call.

    Attributes:
        operation: Its name, such as `customers.get`.
        method: The HTTP method.
        url: The absolute URL, percent-encoded, query included.
        content: The body in bytes; None for no body.
        repeatable: Whether sending it twice has the effect of sending it once.
        headers: The headers that only this call has.
    """

    operation: str
    method: str
    url: str = field(repr=False)
    content: bytes | None = field(repr=False)
    repeatable: bool
    headers: HeaderLines = field(default=(), repr=False)


async def _sleep(seconds: float) -> None:
    # Looked up when called, so that a test of a program can put its own in the place of asyncio.sleep.
    await asyncio.sleep(seconds)


@frozen(kw_only=True)
class Timing:
    """Where waits and chance come from; tests put their own here."""

    sleep: Callable[[float], Awaitable[object]] = _sleep
    random: Callable[[], float] = random.random


@define
class _Progress:
    """What one call has been through so far."""

    attempts: int = 0
    may_have_been_processed: bool = False
    last: str = ""


@frozen(kw_only=True, eq=False)
class Exchange:
    """How the calls of one client are made.

    Attributes:
        connections: The link and its slots.
        retry: The policy.
        budget: The retries that are left.
        pace: How soon after one another requests may start; None for no limit.
        hooks: What is told about each attempt.
        headers: Headers of every request, without Authorization and Content-Type.
        timeouts: Seconds for `connect`, `read` and `write` of one attempt.
        deadline: Seconds for a whole call; None for no limit.
        timing: Where waits and chance come from.
        tracing: Makes a span of each call; None for none.
    """

    connections: Connections
    retry: Retry
    budget: RetryBudget
    pace: Pace | None
    hooks: Hooks
    headers: tuple[tuple[bytes, bytes], ...]
    timeouts: dict[str, float | None]
    deadline: float | None
    timing: Timing
    tracing: "Tracing | None"

    def run(self, call: Call, tokens: Tokens) -> Awaitable[Answer]:
        """Make a call: as many attempts as the policy allows, within the deadline.

        Args:
            call: What is called.
            tokens: Where the Authorization of each attempt comes from.

        Returns:
            The answer, to be awaited at once.

        Raises:
            FlowRetailError: It did not succeed.
            RuntimeError: The client is closed or belongs to another event loop.
        """
        self.connections.use()
        # No coroutine of its own: of a thousand calls in line each layer would be woken through.
        if self.deadline is None:
            answer = self._attempts(call, tokens, _Progress(), None)
        else:
            answer = self._within(self.deadline, call, tokens, _Progress())
        if self.tracing is None:
            return answer
        return self.tracing.trace(call.operation, call.method, answer)

    async def _within(self, deadline: float, call: Call, tokens: Tokens, progress: _Progress) -> Answer:
        try:
            async with asyncio.timeout(deadline) as scope:
                return await self._attempts(call, tokens, progress, scope.when())
        except TimeoutError:
            # Ours alone: an outer timeout arrives as a cancellation, everything else has been wrapped below.
            pass
        last = f"; the last: {progress.last}" if progress.last else ""
        raise DeadlineExceeded(
            f"{call.operation}: not done within {deadline:g} s (attempts: {progress.attempts}{last})",
            operation=call.operation,
            attempts=progress.attempts,
            may_have_been_processed=progress.may_have_been_processed,
        )

    async def _attempts(self, call: Call, tokens: Tokens, progress: _Progress, ends: float | None) -> Answer:
        started = time.perf_counter()
        tries = 0
        renewed = False
        while True:
            if tokens.current is None:
                await _renew(call, tokens, progress)
            slots = self.connections.slots
            if not slots.take():
                await slots.wait()
            try:
                if self.pace is not None:
                    await self.pace.wait()
                    if self.connections.closed or tokens.current is None:
                        # Nothing will be sent.
                        self.pace.give_back()
                # Asked again: the client may have been closed while this call stood in the queue.
                self.connections.use()
                # Read again: it may have been refused to someone else while this call stood in the queue.
                token = tokens.current
                if token is None:
                    continue
                result = await self._send(call, token, progress)
            finally:
                slots.give_back()
            if isinstance(result, Received):
                status = result.status_code
                if status not in self.retry.statuses:
                    self.budget.earn()
                # A DELETE whose first answer was lost and whose repeat finds nothing: it is gone, as asked.
                gone = status == 404 and call.method == "DELETE" and progress.may_have_been_processed
                if 200 <= status < 300 or gone:
                    _record(call, result, progress, started)
                    return Answer(
                        status_code=status,
                        headers=result.headers,
                        content=result.content,
                        attempts=progress.attempts,
                        operation=call.operation,
                    )
                if status == 401 and tokens.renewable and not renewed:
                    # Refused before anything was done, so any method may be replayed; it is not one of the
                    # tries.
                    renewed = True
                    tokens.invalidate(token)
                    continue
                progress.may_have_been_processed |= status >= 500
            else:
                progress.may_have_been_processed |= result.sent
            tries += 1
            wait = self._wait(call, result, tries, ends)
            if wait is None:
                break
            answered = result.status_code if isinstance(result, Received) else None
            self.announce(call.operation, call.method, progress.attempts, progress.last, answered, wait)
            if self.tracing is not None:
                self.tracing.note_retry(progress.attempts, progress.last, wait)
            await self.timing.sleep(wait)
            if self.connections.closed:
                # Closed while we waited: the failure that we know of says more than "closed".
                break
        _record(call, result, progress, started)
        raise to_error(
            result,
            operation=call.operation,
            attempts=progress.attempts,
            may_have_been_processed=progress.may_have_been_processed,
        )

    async def _send(self, call: Call, token: str, progress: _Progress) -> Received | Lost:
        progress.attempts += 1
        attempt = progress.attempts
        headers = [*self.headers, *call.headers, (b"Authorization", b"Bearer " + token.encode("ascii"))]
        if call.content is not None:
            headers.append((b"Content-Type", b"application/json"))
        outgoing = Outgoing(call.operation, call.method, call.url, headers, call.content, self.timeouts)
        if self.hooks.on_request is not None:
            notify(
                self.hooks.on_request,
                RequestEvent(operation=call.operation, method=call.method, attempt=attempt),
            )
        started = time.perf_counter()
        result: Received | Lost
        try:
            result = await self.connections.link.exchange(outgoing)
        except Lost as lost:
            result = lost
        except BaseException:
            # Cancelled, perhaps by our own deadline, which then has to say whether the server may have acted.
            progress.may_have_been_processed |= outgoing.sent
            progress.last = "no answer yet"
            raise
        elapsed = time.perf_counter() - started
        status = result.status_code if isinstance(result, Received) else None
        progress.last = str(status) if isinstance(result, Received) else result.reason
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(
                "%s: attempt %d: %s in %.0f ms", call.operation, attempt, progress.last, elapsed * 1000
            )
        if self.hooks.on_response is not None:
            notify(
                self.hooks.on_response,
                ResponseEvent(
                    operation=call.operation,
                    method=call.method,
                    attempt=attempt,
                    status_code=status,
                    elapsed=elapsed,
                ),
            )
        return result

    def _wait(self, call: Call, result: Received | Lost, tries: int, ends: float | None) -> float | None:
        if isinstance(result, Received):
            status, sent, asked = result.status_code, True, retry_after(result)
        elif result.passing:
            status, sent, asked = None, result.sent, None
        else:
            return None
        wait = self.retry.decide(
            tries=tries,
            repeatable=call.repeatable,
            status=status,
            sent=sent,
            retry_after=asked,
            remaining=None if ends is None else ends - asyncio.get_running_loop().time(),
            random=self.timing.random,
        )
        if wait is None:
            return None
        # A wait that the server itself ordered is no storm, so it costs nothing.
        if asked is None and not self.budget.spend():
            _log.info("%s: not repeated: the retry budget is used up", call.operation)
            return None
        if asked is not None:
            self.hold(status, asked)
        return wait

    def hold(self, status: int | None, asked: float) -> None:
        """Let nobody who shares the pace, if there is one, start while a Retry-After is sat out.

        Args:
            status: The HTTP status of the answer.
            asked: The seconds that it asks to wait.
        """
        if self.pace is not None and status in _HOLDING:
            self.pace.hold(asked)

    def announce(
        self, operation: str, method: str, attempt: int, reason: str, status_code: int | None, wait: float
    ) -> None:
        """Tell log and hook that something is about to be sent again; see `RetryEvent`."""
        _log.info("%s: attempt %d: %s; again in %.1f s", operation, attempt, reason, wait)
        if self.hooks.on_retry is not None:
            event = RetryEvent(
                operation=operation,
                method=method,
                attempt=attempt,
                status_code=status_code,
                wait=wait,
                reason=reason,
            )
            notify(self.hooks.on_retry, event)


async def _renew(call: Call, tokens: Tokens, progress: _Progress) -> None:
    try:
        await tokens.get()
    except FlowRetailError as error:
        problem = error
    else:
        return
    if isinstance(problem, TokenUnavailable) and problem.operation is None:
        problem.args = (f"{call.operation}: {problem}",)
        problem.operation = call.operation
    # What is known of this call; whether the refresh itself was processed harms no one.
    problem.attempts = max(problem.attempts, progress.attempts)
    problem.may_have_been_processed = progress.may_have_been_processed
    raise problem


def _record(call: Call, result: Received | Lost, progress: _Progress, started: float) -> None:
    if isinstance(result, Received):
        record(
            call.operation,
            result.status_code,
            result.headers,
            progress.attempts,
            time.perf_counter() - started,
        )
