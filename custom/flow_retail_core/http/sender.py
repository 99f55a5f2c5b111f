"""The attempts of one call, until there is a response or one of our errors."""

import asyncio
import logging
import time
from collections.abc import Awaitable

from attrs import define, field, frozen

from flow_retail_core.auth.token_cache import TokenCache
from flow_retail_core.errors import DeadlineExceededError, FlowRetailError, TokenError
from flow_retail_core.http.connections import Connections, Lease
from flow_retail_core.http.rate_limiter import RateLimiter
from flow_retail_core.http.status_errors import is_api_error, to_error
from flow_retail_core.messages import Request, Response, Secret
from flow_retail_core.observability.captured_responses import capture
from flow_retail_core.observability.hooks import Hooks, RequestEvent, ResponseEvent, notify
from flow_retail_core.observability.tracing import Tracing
from flow_retail_core.retry.engine import FailedAttempt, RetryEngine, Verdict
from flow_retail_core.retry.retry_after import retry_after
from flow_retail_core.transports.transport import TransportFailure

_log = logging.getLogger("flow_retail_client")


@define
class _Progress:
    """What one call has been through so far."""

    attempts: int = 0
    may_have_been_processed: bool = False
    last: str = ""
    tokens: list[Secret] = field(factory=list[Secret])


@frozen(kw_only=True, eq=False)
class RequestSender:
    """Sends the requests of one client."""

    connections: Connections
    lease: Lease
    retries: RetryEngine
    rate_limiter: RateLimiter | None
    hooks: Hooks
    deadline: float | None
    tracing: Tracing | None

    def send(self, request: Request, tokens: TokenCache | None) -> Awaitable[Response]:
        """Make a call: as many attempts as the policy allows, within the deadline."""
        if not self.lease.joined or self.lease.closed:
            self.lease.join()
        self.connections.use()
        # Returns the awaitable instead of awaiting it: each extra coroutine layer costs one resumption per
        # queued call.
        if self.deadline is None:
            response = self._attempts(request, tokens, _Progress(), None)
        else:
            response = self._within(self.deadline, request, tokens, _Progress())
        if self.tracing is None:
            return response
        return self.tracing.trace(request.operation, request.method, response)

    async def _within(
        self, deadline: float, request: Request, tokens: TokenCache | None, progress: _Progress
    ) -> Response:
        try:
            async with asyncio.timeout(deadline) as scope:
                return await self._attempts(request, tokens, progress, scope.when())
        except TimeoutError:
            # Only ours: an outer timeout arrives as a cancellation, everything else has been wrapped below.
            pass
        last = f"; the last: {progress.last}" if progress.last else ""
        raise DeadlineExceededError(
            f"{request.operation}: not done within {deadline:g} s (attempts: {progress.attempts}{last})",
            operation=request.operation,
            attempts=progress.attempts,
            may_have_been_processed=progress.may_have_been_processed,
        )

    async def _attempts(
        self, request: Request, tokens: TokenCache | None, progress: _Progress, ends: float | None
    ) -> Response:
        started = time.perf_counter()
        retries = 0
        refreshed = False
        verdict = Verdict.GIVE_UP
        while True:
            result = await self._attempt(request, tokens, progress)
            if result is None:
                # The token was refused to another call while this one waited in line.
                continue
            if isinstance(result, Response):
                status = result.status_code
                if status not in self.retries.policy.statuses:
                    self.retries.budget.refund()
                if 200 <= status < 300 or _is_gone(request, result, progress):
                    result.attempts = progress.attempts
                    capture(result, time.perf_counter() - started)
                    return result
                if status == 401 and tokens is not None and tokens.renewable and not refreshed:
                    # Refused before anything was done, so any method may be replayed; it is no retry.
                    refreshed = True
                    tokens.invalidate(request.token)
                    if _is_repeatable(request, result):
                        continue
                progress.may_have_been_processed |= status >= 500
                failed = FailedAttempt(progress.last, status, retry_after=retry_after(result.headers))
            else:
                progress.may_have_been_processed |= result.sent
                if not result.transient:
                    break
                failed = FailedAttempt(progress.last, sent=result.sent)
            if not _is_repeatable(request, result):
                break
            verdict = await self.retries.wait(
                failed,
                operation=request.operation,
                method=request.method,
                attempt=progress.attempts,
                retries=retries,
                idempotent=request.idempotent,
                ends=ends,
            )
            # Closed while we waited: the failure at hand says more than "closed".
            if verdict is not Verdict.SEND_AGAIN or self.connections.closed:
                break
            retries += 1
        if isinstance(result, Response):
            result.attempts = progress.attempts
            capture(result, time.perf_counter() - started)
        error = to_error(
            result,
            operation=request.operation,
            attempts=progress.attempts,
            may_have_been_processed=progress.may_have_been_processed,
            secrets=progress.tokens,
        )
        error.retry_budget_exhausted = verdict is Verdict.BUDGET_EXHAUSTED
        raise error

    async def _attempt(
        self, request: Request, tokens: TokenCache | None, progress: _Progress
    ) -> Response | TransportFailure | None:
        """Wait for a token and a place, and send once; None if the token was refused meanwhile."""
        if tokens is not None and tokens.current is None:
            await _refresh(request, tokens, progress)
        semaphore = self.connections.semaphore
        if not semaphore.acquire_now():
            await semaphore.acquire()
        try:
            if self.rate_limiter is not None:
                await self.rate_limiter.acquire()
                if self.connections.closed or (tokens is not None and tokens.current is None):
                    self.rate_limiter.release()
            # Checked again: the client may have been closed while this call waited in line.
            self.connections.use()
            if tokens is not None:
                # Read again: the token may have been refused to another call meanwhile.
                request.token = tokens.current
                if request.token is None:
                    return None
                if request.token not in progress.tokens:
                    progress.tokens.append(request.token)
            return await self._send(request, progress)
        finally:
            semaphore.release()

    async def _send(self, request: Request, progress: _Progress) -> Response | TransportFailure:
        progress.attempts += 1
        request.sent = False
        hooks = self.hooks
        if hooks.on_request is not None:
            notify(
                hooks.on_request,
                RequestEvent(operation=request.operation, method=request.method, attempt=progress.attempts),
            )
        started = time.perf_counter()
        try:
            result = await self.connections.transport.send(request)
        except BaseException:
            # Cancelled, perhaps by our own deadline, which has to say whether the server may have acted.
            progress.may_have_been_processed |= request.sent
            progress.last = "no response yet"
            raise
        elapsed = time.perf_counter() - started
        status = result.status_code if isinstance(result, Response) else None
        progress.last = result.reason if isinstance(result, TransportFailure) else str(status)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(
                "%s: attempt %d: %s in %.0f ms",
                request.operation,
                progress.attempts,
                progress.last,
                elapsed * 1000,
            )
        if hooks.on_response is not None:
            notify(
                hooks.on_response,
                ResponseEvent(
                    operation=request.operation,
                    method=request.method,
                    attempt=progress.attempts,
                    status_code=status,
                    elapsed=elapsed,
                ),
            )
        return result


def _is_gone(request: Request, response: Response, progress: _Progress) -> bool:
    """Whether the retry of a DELETE whose response was lost finds that the record is gone."""
    return (
        response.status_code == 404
        and request.absence_is_success
        and progress.may_have_been_processed
        and is_api_error(response.content)
    )


def _is_repeatable(request: Request, result: Response | TransportFailure) -> bool:
    """Whether the body can be sent again: a stream that can be read only once must not have been begun."""
    content = request.content
    if content is None or isinstance(content, bytes) or content.repeatable:
        return True
    return isinstance(result, TransportFailure) and not (request.body_read or result.sent)


async def _refresh(request: Request, tokens: TokenCache, progress: _Progress) -> None:
    try:
        await tokens.refresh()
    except FlowRetailError as error:
        problem = error
    else:
        return
    if isinstance(problem, TokenError) and problem.operation is None:
        problem.args = (f"{request.operation}: {problem}",)
        problem.operation = request.operation
    # What is known of this call; whether the refresh itself was processed does not matter.
    problem.attempts = max(problem.attempts, progress.attempts)
    problem.may_have_been_processed = progress.may_have_been_processed
    raise problem
