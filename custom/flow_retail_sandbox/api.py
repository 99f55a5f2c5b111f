"""The API as an ASGI application: from a request to the reply, faults included."""

import asyncio
import logging
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox import mishaps
from flow_retail_sandbox.errors import ApiError, preferred_language
from flow_retail_sandbox.faults import INSTEAD_OF_AN_ANSWER, Fault, RequestFaults
from flow_retail_sandbox.incoming import Disconnected, Incoming
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.operations import Answer, Call
from flow_retail_sandbox.replies import Reply, error_reply, json_reply, problem_reply
from flow_retail_sandbox.request_log import LoggedRequest
from flow_retail_sandbox.routing import Match, Route, Router
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.schema import Validators, first_error
from flow_retail_sandbox.spec import ACCOUNT_EXCHANGE, ACCOUNT_EXCHANGE_PATH, load_spec

_LOG = logging.getLogger("flow_retail_sandbox")

BASE_SEGMENT = "v2"
"""The first segment of every path, as in the document's servers."""


class Api:
    """Answers the API's requests.

    Handlers are plain functions that run to their end on the event loop: they take microseconds, and one
    request at a time changes the state.

    Args:
        sandbox: What is behind the API.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        spec = load_spec()
        self._sandbox = sandbox
        self._validators = Validators(spec)
        self._router = Router(spec, self._validators)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Args:
            scope: The ASGI scope.
            receive: Gives the request's body.
            send: Takes the answer.
        """
        incoming = Incoming(scope, receive, self._sandbox.arriving)
        log = self._sandbox.requests
        entry = log.start(incoming.method, incoming.raw_path, incoming.query_string, incoming.raw_headers)
        try:
            reply = await self._reply(incoming, entry)
            entry.status = 0 if reply.reset else reply.status
            log.answer(entry)
            await reply.send(scope, receive, send)
        except Disconnected:
            pass
        finally:
            log.end(entry)

    async def _reply(self, incoming: Incoming, entry: LoggedRequest) -> Reply:
        language = preferred_language(incoming.header(b"accept-language"))
        try:
            return await self._answer(incoming, entry, language)
        except ApiError as error:
            return error_reply(error, language)
        except Disconnected:
            raise
        except Exception:  # noqa: BLE001  # whatever went wrong, the answer keeps the API's form; it is logged
            _LOG.exception("request %d failed", entry.number)
            return error_reply(ApiError("INTERNAL_ERROR"), language)

    async def _answer(self, incoming: Incoming, entry: LoggedRequest, language: str) -> Reply:
        base, *segments = incoming.segments()
        if base != BASE_SEGMENT:
            raise ApiError("NOT_FOUND")
        if incoming.method == "POST" and len(segments) == 3 and segments[::2] == ["tenants", "account"]:
            entry.operation = ACCOUNT_EXCHANGE
            return await self._exchange(incoming, entry, segments[1])
        match = self._router.match(incoming.method, segments)
        route = match.route
        entry.operation = route.name
        call = Call(
            tenant=next(iter(self._sandbox.state.tenants.values())),
            path=match.parameters,
            query=incoming.query(),
            language=language,
            page_base=self._sandbox.page_base,
            max_page_size=self._sandbox.max_page_size,
        )
        taken = self._sandbox.faults.start(route.name, route.path, entry.number)
        instead = await self._early_faults(taken, route, call, incoming)
        if instead is not None:
            return instead
        self._admit(incoming, match, call)
        if route.handler is None:
            raise ApiError("NOT_IMPLEMENTED")
        if route.body is not None:
            call.body = await self._body(incoming, route, entry)
        with self._sandbox.lock:
            return self._perform(route, call, taken)

    async def _exchange(self, incoming: Incoming, entry: LoggedRequest, tenant: str) -> Reply:
        taken = self._sandbox.faults.start(entry.operation, ACCOUNT_EXCHANGE_PATH, entry.number)
        instead = await self._early_faults(taken, None, None, incoming)
        if instead is not None:
            return instead
        granted = self._sandbox.tokens.exchange(incoming.header(b"authorization"), tenant)
        return json_reply(200, orjson.dumps(granted))

    def _admit(self, incoming: Incoming, match: Match, call: Call) -> None:
        tenant = match.parameters["tenantUid"]
        self._sandbox.tokens.check(incoming.header(b"authorization"), tenant)
        call.tenant = self._sandbox.state.tenants[tenant]
        self._router.check(match.parameters)

    async def _body(self, incoming: Incoming, route: Route, entry: LoggedRequest) -> Json:
        raw = await incoming.body()
        entry.body_bytes = len(raw)
        if not raw:
            if route.spec.body_required:
                raise ApiError("BODY_REQUIRED")
            return {}
        body: Json = incoming.read_json(raw)
        wrong = None if route.body is None else first_error(route.body, body)
        if wrong is not None:
            place, keyword = wrong
            raise ApiError("INVALID_FIELD", place=place or "body", keyword=keyword)
        return {name: value for name, value in body.items() if name in route.fields}

    def _perform(self, route: Route, call: Call, taken: RequestFaults) -> Reply:
        faults = self._sandbox.faults
        refusals: list[tuple[Fault, dict[str, list[Any]]]] = []
        if route.name == "customers.batch" and call.body:
            for fault in faults.take(taken, "batch"):
                call.body, refused = mishaps.refuse_items(call.body, fault)
                if refused or not fault.options.uids:
                    refusals.append((fault, refused))
        answer = self._run(route, call)
        for fault, refused in refusals:
            status, body = mishaps.tell_refusals(answer.body or b"", fault, refused)
            answer = Answer(status, body)
            faults.happened(taken, fault, {name: len(items) for name, items in refused.items()})
        reply = Reply(answer.status) if answer.body is None else json_reply(answer.status, answer.body)
        for fault in faults.take(taken, "late"):
            self._late_fault(taken, fault, reply)
        return reply

    def _run(self, route: Route, call: Call) -> Answer:
        handler = route.handler
        assert handler is not None  # noqa: S101  # _answer has refused operations without one
        if route.writes:
            with self._sandbox.state.transaction():
                answer = handler(call)
        else:
            answer = handler(call)
        if self._sandbox.check_answers:
            validator = self._validators.answer(route.spec, answer.status)
            wrong = (
                None if validator is None else first_error(validator, orjson.loads(answer.body or b"null"))
            )
            if wrong is not None:
                raise RuntimeError(f"{route.name} answers what the document does not promise: {wrong}")
        return answer

    async def _early_faults(
        self, taken: RequestFaults, route: Route | None, call: Call | None, incoming: Incoming
    ) -> Reply | None:
        """Let happen what happens before a request is worked on; gives the reply if that was all."""
        faults = self._sandbox.faults
        instead: Fault | None = None
        seconds = 0.0
        for fault in faults.take(taken, "early"):
            if fault.kind in INSTEAD_OF_AN_ANSWER:
                instead = instead or fault
            elif fault.kind == "latency":
                faults.happened(taken, fault, fault.options.seconds)
                seconds += fault.options.seconds
            elif route is not None and call is not None and route.spec.paged:
                faults.happened(taken, fault, self._paging_fault(fault, route, call, incoming, taken.request))
        if instead is not None:
            faults.happened(taken, instead, instead.options.status)
        # At last, when what happens to this request is settled and can't happen to another one as well.
        if seconds:
            await asyncio.sleep(seconds)
        if instead is None:
            return None
        if instead.kind == "reset_before":
            await incoming.body()  # so that the caller has sent all of it, and the reset is what it notices
        return _instead(instead)

    def _paging_fault(self, fault: Fault, route: Route, call: Call, incoming: Incoming, number: int) -> Any:
        if fault.kind == "page_size_clamp":
            call.max_page_size = min(call.max_page_size, fault.options.size)
            return call.max_page_size
        if fault.kind == "page_base":
            call.page_base = fault.options.base
            return call.page_base
        tenant = self._sandbox.state.tenants.get(incoming.segments()[2])
        if tenant is None:
            return []
        with self._sandbox.lock, self._sandbox.state.transaction():
            if fault.kind == "records_come":
                return mishaps.let_records_come(tenant, route.name, fault.options, number)
            return mishaps.let_records_go(tenant, route.name, fault.options)

    def _late_fault(self, taken: RequestFaults, fault: Fault, reply: Reply) -> None:
        if fault.kind == "reset_after":
            reply.reset = True
            self._sandbox.faults.happened(taken, fault)
        elif not reply.body:
            return
        elif fault.kind == "cut_body":
            reply.cut_at = int(len(reply.body) * fault.options.part)
            self._sandbox.faults.happened(taken, fault, reply.cut_at)
        else:
            spoiled = mishaps.spoil(reply.body, fault)
            if spoiled is not None:
                reply.body, changed = spoiled
                self._sandbox.faults.happened(taken, fault, changed)


def _instead(fault: Fault) -> Reply:
    if fault.kind == "reset_before":
        return Reply(0, reset=True)
    if fault.kind == "not_json":
        return Reply(200, mishaps.NOT_JSON, {"content-type": "text/plain; charset=utf-8"})
    if fault.kind == "html_error":
        headers = {"content-type": "text/html; charset=utf-8", **mishaps.retry_after(fault.options)}
        return Reply(fault.options.status or 502, mishaps.HTML_PAGE, headers)
    if fault.kind == "empty_error":
        return Reply(fault.options.status or 502, b"", mishaps.retry_after(fault.options))
    status = fault.options.status or 503
    reply = problem_reply(status, mishaps.problem_code(fault.options, status), "Injected by the sandbox")
    reply.headers.update(mishaps.retry_after(fault.options))
    return reply
