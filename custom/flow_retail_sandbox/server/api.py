"""The API as an ASGI application: from a request to the response, faults included."""

import asyncio
import logging
from fnmatch import fnmatchcase
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox import plugins
from flow_retail_sandbox.admin.request_log import LoggedRequest
from flow_retail_sandbox.errors import ApiError, preferred_language
from flow_retail_sandbox.faults import fault_effects
from flow_retail_sandbox.faults.fault import INSTEAD_OF_A_RESPONSE, Fault
from flow_retail_sandbox.faults.plan import RequestFaults
from flow_retail_sandbox.operations.batch import run_batch
from flow_retail_sandbox.operations.call import Call, Result, Route
from flow_retail_sandbox.operations.router import Match, Router
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.server.request import Disconnected, Request
from flow_retail_sandbox.server.response import Response, error_response, json_response, problem_response
from flow_retail_sandbox.spec.collections import TENANT
from flow_retail_sandbox.spec.document import ACCOUNT_EXCHANGE, ACCOUNT_EXCHANGE_PATH, FORMS
from flow_retail_sandbox.spec.json_values import is_object
from flow_retail_sandbox.spec.validators import first_error

_LOG = logging.getLogger("flow_retail_sandbox")

BASE_SEGMENT = "v2"
"""The first segment of every path, as in the document's servers."""


class Api:
    """Serves the API's requests.

    Handlers are plain functions that run to their end on the event loop: they take microseconds, and one
    request at a time changes the state.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._validators = sandbox.state.validators
        self._router = Router(sandbox.state.model, self._validators, plugins.OPERATIONS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, self._sandbox.arriving)
        log = self._sandbox.requests
        entry = log.start(request.method, request.raw_path, request.query_string, request.raw_headers)
        try:
            response = await self._respond(request, entry)
            entry.status = 0 if response.reset else response.status
            log.respond(entry)
            await response.send(scope, receive, send)
        except Disconnected:
            pass
        finally:
            log.end(entry)

    async def _respond(self, request: Request, entry: LoggedRequest) -> Response:
        language = preferred_language(request.header(b"accept-language"))
        try:
            return await self._serve(request, entry, language)
        except ApiError as error:
            return error_response(error, language)
        except Disconnected:
            raise
        except Exception:  # noqa: BLE001  # whatever went wrong, the response keeps the API's form; it is logged
            _LOG.exception("request %d failed", entry.number)
            return error_response(ApiError("INTERNAL_ERROR"), language)

    async def _serve(self, request: Request, entry: LoggedRequest, language: str) -> Response:
        base, *asked = request.segments()
        if base != BASE_SEGMENT:
            raise ApiError("NOT_FOUND")
        if request.method == "POST" and len(asked) == 3 and asked[::2] == ["tenants", "account"]:
            entry.operation = ACCOUNT_EXCHANGE
            return await self._exchange(request, entry, asked[1])
        match = self._router.match(request.method, asked)
        route, path = match.route, match.parameters
        entry.operation = route.operation.operation_id
        # The tenant is known to exist only later; faults come before.
        store = self._sandbox.state.tenants.get(path.get(TENANT, ""), self._sandbox.state.shared)
        query = request.query()
        call = Call(
            route=route,
            store=store,
            path={name: value for name, value in path.items() if name != TENANT},
            query=route.parameters.joined(query),
            body={},
            language=language,
            page_base=self._sandbox.page_base,
            max_page_size=self._sandbox.max_page_size,
        )
        taken = self._sandbox.faults.start(entry.operation, route.path, entry.number)
        instead = await self._early_faults(taken, call, request)
        if instead is not None:
            return instead
        self._admit(request, match)
        route.parameters.check(path, query)
        if route.operation.body_types:
            call.body = await self._body(request, route, entry)
        with self._sandbox.lock:
            return self._perform(call, taken)

    async def _exchange(self, request: Request, entry: LoggedRequest, tenant: str) -> Response:
        taken = self._sandbox.faults.start(entry.operation, ACCOUNT_EXCHANGE_PATH, entry.number)
        instead = await self._early_faults(taken, None, request)
        if instead is not None:
            return instead
        granted = self._sandbox.tokens.exchange(request.header(b"authorization"), tenant)
        return json_response(200, orjson.dumps(granted))

    def _admit(self, request: Request, match: Match) -> None:
        route, tenant = match.route, match.parameters.get(TENANT)
        if route.operation.security:
            self._sandbox.tokens.check(
                request.header(b"authorization"), tenant, users=route.operation.for_users
            )
        elif tenant is not None and tenant not in self._sandbox.state.tenants:
            raise ApiError("TENANT_NOT_FOUND", uid=tenant)

    async def _body(self, request: Request, route: Route, entry: LoggedRequest) -> Any:
        raw = await request.body()
        self._sandbox.requests.keep_body(entry, raw)
        if not raw:
            if route.operation.body_required:
                raise ApiError("BODY_REQUIRED")
            return {}
        media_type, accepted = request.media_type(), route.operation.body_types
        if not any(fnmatchcase(media_type, known.partition(";")[0]) for known in accepted):
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", wanted=", ".join(accepted))
        if media_type in FORMS:
            fields = request.read_form(raw)
            for missing in sorted(route.form_fields - fields.keys()):
                raise ApiError("INVALID_FIELD", place=missing, keyword="required")
            return fields
        if route.body is None or media_type != "application/json":
            return {}
        body = request.read_json(raw)
        wrong = first_error(route.body, body)
        if wrong is not None:
            place, keyword = wrong
            raise ApiError("INVALID_FIELD", place=place or "body", keyword=keyword)
        if route.fields is None or not is_object(body):
            return body
        return {name: value for name, value in body.items() if name in route.fields}

    def _perform(self, call: Call, taken: RequestFaults) -> Response:
        faults, route = self._sandbox.faults, call.route
        refusals: list[tuple[Fault, dict[str, list[Any]]]] = []
        collection = route.collection
        key = (collection.key or "") if collection else ""
        if route.handler is run_batch and call.body:
            for fault in faults.take(taken, "batch"):
                call.body, refused = fault_effects.refuse_items(call.body, fault, key)
                if refused or not fault.options.uids:
                    refusals.append((fault, refused))
        found = self._run(call)
        for fault, refused in refusals:
            status, body = fault_effects.report_refusals(found.body or b"", fault, refused, key)
            found = Result(status, body)
            faults.happened(taken, fault, {name: len(items) for name, items in refused.items()})
        response = Response(found.status)
        if found.body is not None:
            response = Response(found.status, found.body, {"content-type": found.media_type})
        for fault in faults.take(taken, "late"):
            self._late_fault(taken, fault, response, route)
        return response

    def _run(self, call: Call) -> Result:
        route = call.route
        if route.writes:
            with self._sandbox.state.transaction():
                found = route.handler(call)
        else:
            found = route.handler(call)
        if self._sandbox.check_responses:
            validator = self._validators.response(route.operation, found.status)
            wrong = None
            if validator is not None:
                wrong = first_error(validator, orjson.loads(found.body or b"null"))
            if wrong is not None:
                raise RuntimeError(
                    f"{call.operation.operation_id} responds otherwise than documented: {wrong}"
                )
        return found

    async def _early_faults(
        self, taken: RequestFaults, call: Call | None, request: Request
    ) -> Response | None:
        """Apply the faults that come before a request is worked on; return the response if that was all."""
        faults = self._sandbox.faults
        instead: Fault | None = None
        seconds = 0.0
        for fault in faults.take(taken, "early"):
            if fault.type in INSTEAD_OF_A_RESPONSE:
                instead = instead or fault
            elif fault.type == "latency":
                faults.happened(taken, fault, fault.options.seconds)
                seconds += fault.options.seconds
            elif call is not None and call.operation.paged:
                faults.happened(taken, fault, self._paging_fault(fault, call, taken.request))
        if instead is not None:
            faults.happened(taken, instead, instead.options.status)
        # At last, when what happens to this request is decided and can't happen to another one as well.
        if seconds:
            await asyncio.sleep(seconds)
        if instead is None:
            return None
        if instead.type == "reset_before":
            await request.body()  # so that the caller has sent all of it, and the reset is what it notices
        return _instead(instead)

    def _paging_fault(self, fault: Fault, call: Call, number: int) -> Any:
        if fault.type == "page_size_clamp":
            call.max_page_size = min(call.max_page_size, fault.options.size)
            return call.max_page_size
        if fault.type == "page_base":
            call.page_base = fault.options.base
            return call.page_base
        collection = call.route.collection
        if collection is None or collection.name not in call.store.tables:
            return []
        table, owner = call.store.tables[collection.name], call.owner_of(collection)
        with self._sandbox.lock, self._sandbox.state.transaction():
            if fault.type == "records_added":
                return fault_effects.add_records(table, owner, fault.options, number)
            return fault_effects.remove_records(table, owner, fault.options)

    def _late_fault(self, taken: RequestFaults, fault: Fault, response: Response, route: Route) -> None:
        if fault.type == "reset_after":
            response.reset = True
            self._sandbox.faults.happened(taken, fault)
        elif not response.body:
            return
        elif fault.type == "truncate_body":
            response.cut_at = int(len(response.body) * fault.options.part)
            self._sandbox.faults.happened(taken, fault, response.cut_at)
        elif response.headers.get("content-type") == "application/json":
            schema = route.operation.responses.get(str(response.status))
            spoiled = fault_effects.spoil(response.body, fault, self._sandbox.state.model.spec, schema)
            if spoiled is not None:
                response.body, changed = spoiled
                self._sandbox.faults.happened(taken, fault, changed)


def _instead(fault: Fault) -> Response:
    if fault.type == "reset_before":
        return Response(0, reset=True)
    if fault.type == "not_json":
        return Response(200, fault_effects.NOT_JSON, {"content-type": "text/plain; charset=utf-8"})
    waits = fault_effects.retry_after(fault.options)
    if fault.type == "html_error":
        headers = {"content-type": "text/html; charset=utf-8", **waits}
        return Response(fault.options.status or 502, fault_effects.HTML_PAGE, headers)
    if fault.type == "empty_error":
        return Response(fault.options.status or 502, b"", waits)
    status = fault.options.status or 503
    code = fault_effects.problem_code(fault.options, status)
    response = problem_response(status, code, "Injected by the sandbox")
    response.headers.update(waits)
    return response
