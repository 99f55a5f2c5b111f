"""The API as an ASGI application: from a request to the response, faults included."""

import asyncio
import logging
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox import plugins
from flow_retail_sandbox.admin.request_log import LoggedRequest
from flow_retail_sandbox.errors import ApiError, preferred_language
from flow_retail_sandbox.faults import fault_effects
from flow_retail_sandbox.faults.fault import Fault
from flow_retail_sandbox.faults.plan import RequestFaults
from flow_retail_sandbox.operations.batch import run_batch
from flow_retail_sandbox.operations.call import Call, Result, Route
from flow_retail_sandbox.operations.router import Router
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.server.request import media_type, read_form, read_json
from flow_retail_sandbox.server.response import BrokenResponse, error_response, json_response
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
        self._router = Router(sandbox.state.model, sandbox.state.validators, plugins.OPERATIONS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        log = self._sandbox.requests
        entry = log.start(request)
        try:
            response = await self._respond(request, entry)
            log.respond(entry, response.status_code)
            await response(scope, receive, send)
        except ClientDisconnect:
            log.respond(entry, 0)
        finally:
            log.in_flight -= 1

    async def _respond(self, request: Request, entry: LoggedRequest) -> Response:
        language = preferred_language(request.headers.get("accept-language", ""))
        try:
            return await self._serve(request, entry, language)
        except ApiError as error:
            return error_response(error, language)
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001  # whatever went wrong, the response keeps the API's form; it is logged
            _LOG.exception("request %d failed", entry.number)
            return error_response(ApiError("INTERNAL_ERROR"), language)

    async def _serve(self, request: Request, entry: LoggedRequest, language: str) -> Response:
        sandbox = self._sandbox
        base, *asked = map(unquote, entry.path.lstrip("/").split("/"))
        if base != BASE_SEGMENT:
            raise ApiError("NOT_FOUND")
        authorization = request.headers.get("authorization", "")
        if request.method == "POST" and len(asked) == 3 and asked[::2] == ["tenants", "account"]:
            entry.operation = ACCOUNT_EXCHANGE
            taken = sandbox.faults.start(entry.operation, ACCOUNT_EXCHANGE_PATH, entry.number)
            instead = await self._early_faults(taken, None, request)
            if instead is not None:
                return instead
            return json_response(200, orjson.dumps(sandbox.tokens.exchange(authorization, asked[1])))
        route, path = self._router.match(request.method, asked)
        entry.operation = route.operation.operation_id
        query = parse_qs(entry.query, keep_blank_values=True)
        call = Call(
            route=route,
            # The tenant is known to exist only later; faults come before.
            store=sandbox.state.tenants.get(path.get(TENANT, ""), sandbox.state.shared),
            path={name: value for name, value in path.items() if name != TENANT},
            query=route.parameters.joined(query),
            body={},
            language=language,
            page_base=sandbox.page_base,
            max_page_size=sandbox.max_page_size,
        )
        taken = sandbox.faults.start(entry.operation, route.path, entry.number)
        instead = await self._early_faults(taken, call, request)
        if instead is not None:
            return instead
        self._admit(route, path.get(TENANT), authorization)
        route.parameters.check(path, query)
        if route.operation.body_types:
            call.body = await self._body(request, route, entry)
        with sandbox.lock:
            return self._perform(call, taken)

    def _admit(self, route: Route, tenant: str | None, authorization: str) -> None:
        if route.operation.security:
            types = (
                ("integration", "access", "user") if route.operation.for_users else ("integration", "access")
            )
            self._sandbox.tokens.check(authorization, tenant, *types)
        elif tenant is not None and tenant not in self._sandbox.state.tenants:
            raise ApiError("TENANT_NOT_FOUND", uid=tenant)

    async def _body(self, request: Request, route: Route, entry: LoggedRequest) -> Any:
        raw = await self._sandbox.bodies.read(request)
        self._sandbox.requests.keep_body(entry, raw)
        if not raw:
            if route.operation.body_required:
                raise ApiError("BODY_REQUIRED")
            return {}
        sent, accepted = media_type(request), route.operation.body_types
        if not any(fnmatchcase(sent, known.partition(";")[0]) for known in accepted):
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", wanted=", ".join(accepted))
        if sent in FORMS:
            fields = read_form(request, raw)
            for missing in sorted(route.form_fields - fields.keys()):
                raise ApiError("INVALID_FIELD", place=missing, keyword="required")
            return fields
        if route.body is None or sent != "application/json":
            return {}
        body = read_json(raw)
        wrong = first_error(route.body, body)
        if wrong is not None:
            place, keyword = wrong
            raise ApiError("INVALID_FIELD", place=place or "body", keyword=keyword)
        if route.fields is None or not is_object(body):
            return body
        return {name: value for name, value in body.items() if name in route.fields}

    def _perform(self, call: Call, taken: RequestFaults) -> Response:
        faults, route = self._sandbox.faults, call.route
        key = (route.collection.key or "") if route.collection else ""
        refusals: list[tuple[Fault, dict[str, list[Any]]]] = []
        if route.handler is run_batch and call.body:
            for fault in faults.take(taken, "batch"):
                call.body, refused = fault_effects.refuse_items(call.body, fault, key)
                if refused or not fault.options.uids:
                    refusals.append((fault, refused))
        result = self._run(call)
        for fault, refused in refusals:
            status, body = fault_effects.report_refusals(result.body or b"", fault, refused, key)
            result = Result(status, body)
            faults.happened(taken, fault, {name: len(items) for name, items in refused.items()})
        return self._late_faults(call, result, taken)

    def _run(self, call: Call) -> Result:
        route = call.route
        if not route.writes:
            return route.handler(call)
        with self._sandbox.state.transaction():
            return route.handler(call)

    async def _early_faults(
        self, taken: RequestFaults, call: Call | None, request: Request
    ) -> Response | None:
        """Apply the faults that come before a request is worked on; return the response if that was all."""
        faults = self._sandbox.faults
        seconds = 0.0
        for fault in faults.take(taken, "before"):
            if fault.type == "latency":
                faults.happened(taken, fault, fault.options.seconds)
                seconds += fault.options.seconds
            elif call is not None and call.operation.paged:
                faults.happened(taken, fault, self._paging_fault(fault, call, taken.request))
        instead = next(iter(faults.take(taken, "instead")), None)
        if instead is not None:
            faults.happened(taken, instead, instead.options.status)
        # At last, when what happens to this request is decided and can't happen to another one as well.
        if seconds:
            await asyncio.sleep(seconds)
        if instead is None:
            return None
        if instead.type == "reset_before":
            # So that the caller has sent all of it, and the reset is what it notices.
            await self._sandbox.bodies.read(request)
        return fault_effects.respond_instead(instead)

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

    def _late_faults(self, call: Call, result: Result, taken: RequestFaults) -> Response:
        """Make the response of a result that may be spoiled on its way."""
        is_reset, sent = False, None
        for fault in self._sandbox.faults.take(taken, "after"):
            detail: Any = None
            if fault.type == "reset_after":
                is_reset = True
            elif not result.body:
                continue
            elif fault.type == "truncate_body":
                sent = detail = int(len(result.body) * fault.options.part)
            elif result.media_type == "application/json":
                schema = call.operation.responses.get(str(result.status))
                spoiled = fault_effects.spoil(result.body, fault, call.spec, schema)
                if spoiled is None:
                    continue
                result = result._replace(body=spoiled[0])
                detail = spoiled[1]
            else:
                continue
            self._sandbox.faults.happened(taken, fault, detail)
        if is_reset:
            return BrokenResponse(None, status_code=0)
        media = None if result.body is None else result.media_type
        if sent is not None:
            return BrokenResponse(sent, result.body, result.status, media_type=media)
        return Response(result.body, result.status, media_type=media)
