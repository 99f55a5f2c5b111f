"""The attempts of one call, until there is a response or one of our errors."""

import asyncio
import logging
import time
from collections.abc import Awaitable

from attrs import define, field, frozen

from flow_retail_core.auth.token_cache import TokenCache
from flow_retail_core.errors import DeadlineExceededError, FlowRetailError, TokenError
from flow_retail_core.http.connections import Lease
from flow_retail_core.http.rate_limiter import RateLimiter
from flow_retail_core.http.status_errors import is_api_error, to_error
from flow_retail_core.messages import Request, Response, Secret
from flow_retail_core.observability.captured_responses import active_captures, capture
from flow_retail_core.observability.hooks import RequestEvent, ResponseEvent, notify
from flow_retail_core.retry.engine import RetryEngine, Verdict
from flow_retail_core.retry.policy import FailedAttempt
from flow_retail_core.retry.retry_after import retry_after
from flow_retail_core.transports.transport import TransportFailure

_log = logging.getLogger("flow_retail_client")


@define(eq=False)
class _Call:
    """One call: what is sent, and what it has been through so far."""

    request: Request
    tokens: TokenCache | None
    attempts: int = 0
    may_have_been_processed: bool = False
    last: str = ""
    sent_tokens: list[Secret] = field(factory=list[Secret])


@frozen(kw_only=True, eq=False)
class RequestSender:
    """Sends the requests of one client."""

    lease: Lease
    retries: RetryEngine
    rate_limiter: RateLimiter | None
    deadline: float | None

    def send(self, request: Request, tokens: TokenCache | None) -> Awaitable[Response]:
        """Make a call: as many attempts as the policy allows, within the deadline."""
        if self.lease.loop is not asyncio.get_running_loop() or self.lease.connections.closed:
            self.lease.join()
        # Returns the awaitable instead of awaiting it: each extra coroutine layer costs one resumption per
        # queued call.
        call = _Call(request, tokens)
        response = self._attempts(call) if self.deadline is None else self._within(self.deadline, call)
        tracing = self.retries.tracing
        # Until the program has set a tracer provider, which it may do at any time, spans would go nowhere.
        if tracing is None or isinstance(tracing.api.get_tracer_provider(), tracing.api.ProxyTracerProvider):
            return response
        return tracing.trace(request.operation, request.method, response)

    async def _within(self, deadline: float, call: _Call) -> Response:
        try:
            async with asyncio.timeout(deadline) as scope:
                return await self._attempts(call, scope.when())
        except TimeoutError:
            # Only ours: an outer timeout arrives as a cancellation, everything else has been wrapped below.
            pass
        operation = call.request.operation
        last = f"; the last: {call.last}" if call.last else ""
        raise DeadlineExceededError(
            f"{operation}: not done within {deadline:g} s (attempts: {call.attempts}{last})",
            operation=operation,
            attempts=call.attempts,
            # In this attempt, if one is under way, or in one before.
            may_have_been_processed=call.request.sent or call.may_have_been_processed,
        )

    async def _attempts(self, call: _Call, ends: float | None = None) -> Response:
        request, tokens = call.request, call.tokens
        started = time.perf_counter()
        retries = 0
        succeeded = refreshed = False
        verdict = Verdict.GIVE_UP
        while True:
            result = await self._attempt(call)
            if result is None:
                # The token was refused to another call while this one waited in line.
                continue
            if isinstance(result, Response):
                status = result.status_code
                if self.retries.budget.spent and status not in self.retries.policy.statuses:
                    self.retries.budget.refund()
                succeeded = 200 <= status < 300 or _is_gone(call, result)
                if succeeded:
                    break
                if status == 401 and tokens is not None and tokens.renewable and not refreshed:
                    # Refused before anything was done, so any method may be replayed; it is no retry.
                    refreshed = True
                    tokens.invalidate(request.token)
                    if _is_repeatable(request, result):
                        continue
                call.may_have_been_processed |= status >= 500
            else:
                status = None
                call.may_have_been_processed |= result.sent
                if not result.transient:
                    break
            if not _is_repeatable(request, result):
                break
            verdict = await self.retries.wait(
                FailedAttempt(
                    operation=request.operation,
                    method=request.method,
                    attempt=call.attempts,
                    reason=call.last,
                    retries=retries,
                    idempotent=request.idempotent,
                    status=status,
                    sent=isinstance(result, Response) or result.sent,
                    retry_after=retry_after(result.headers) if isinstance(result, Response) else None,
                ),
                ends=ends,
            )
            # Closed while we waited: the failure at hand says more than "closed".
            if verdict is not Verdict.SEND_AGAIN or self.lease.connections.closed:
                break
            retries += 1
        if isinstance(result, Response):
            result.attempts = call.attempts
            if active_captures.get():
                capture(result, time.perf_counter() - started)
            if succeeded:
                return result
        error = to_error(result, request.operation, call.attempts, call.sent_tokens)
        error.may_have_been_processed = call.may_have_been_processed
        error.retry_budget_exhausted = verdict is Verdict.BUDGET_EXHAUSTED
        raise error

    async def _attempt(self, call: _Call) -> Response | TransportFailure | None:
        """Wait for a token and a place, and send once; None if the token was refused meanwhile."""
        request, tokens, connections = call.request, call.tokens, self.lease.connections
        name, method = request.operation, request.method
        if tokens is not None and tokens.current is None:
            await _refresh(call, tokens)
        semaphore = connections.semaphore
        if semaphore.free:
            # Without a coroutine for what nearly every call finds.
            semaphore.free -= 1
        else:
            await semaphore.acquire()
        try:
            if self.rate_limiter is not None:
                await self.rate_limiter.acquire()
                if connections.closed or (tokens is not None and tokens.current is None):
                    self.rate_limiter.release()
            if connections.closed:
                # While this call waited in line.
                self.lease.check_open()
            if tokens is not None:
                # Read again: the token may have been refused to another call meanwhile.
                request.token = tokens.current
                if request.token is None:
                    return None
                if request.token not in call.sent_tokens:
                    call.sent_tokens.append(request.token)
            call.attempts += 1
            call.last = "no response yet"
            hooks = self.retries.hooks
            if hooks.on_request is not None:
                event = RequestEvent(operation=name, method=method, attempt=call.attempts)
                notify(hooks.on_request, event)
            started = time.perf_counter()
            result = await connections.transport.send(request)
            request.sent = False
            call.last = str(result.status_code) if isinstance(result, Response) else result.reason
            elapsed = time.perf_counter() - started
            _log.debug("%s: attempt %d: %s in %.0f ms", name, call.attempts, call.last, elapsed * 1000)
            if hooks.on_response is not None:
                status = result.status_code if isinstance(result, Response) else None
                response_event = ResponseEvent(
                    operation=name, method=method, attempt=call.attempts, status_code=status, elapsed=elapsed
                )
                notify(hooks.on_response, response_event)
            return result
        finally:
            semaphore.release()


def _is_gone(call: _Call, response: Response) -> bool:
    """Whether the retry of a DELETE whose response was lost finds that the record is gone."""
    return (
        response.status_code == 404
        and call.request.absence_is_success
        and call.may_have_been_processed
        and is_api_error(response.content)
    )


def _is_repeatable(request: Request, result: Response | TransportFailure) -> bool:
    """Whether the body can be sent again: a stream that can be read only once must not have been begun."""
    content = request.content
    if content is None or isinstance(content, bytes) or content.repeatable:
        return True
    return isinstance(result, TransportFailure) and not (request.body_read or result.sent)


async def _refresh(call: _Call, tokens: TokenCache) -> None:
    try:
        await tokens.refresh()
    except FlowRetailError as error:
        if isinstance(error, TokenError) and error.operation is None:
            error.message = f"{call.request.operation}: {error}"
            error.operation = call.request.operation
        # What is known of this call; whether the refresh itself was processed does not matter.
        error.attempts = max(error.attempts, call.attempts)
        error.may_have_been_processed = call.may_have_been_processed
        raise
