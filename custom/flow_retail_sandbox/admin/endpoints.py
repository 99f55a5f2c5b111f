"""The endpoints under /__sandbox__, by which a test in another process looks inside and plans faults."""

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.faults.fault_spec import add_faults
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.server.response import error_response, json_response
from flow_retail_sandbox.spec.json_values import is_object

PREFIX = "__sandbox__"
"""The first segment of the paths; no path of the API begins so."""

_MAX_BODY_BYTES = 1024 * 1024
_YEAR = 31_536_000
_SHOWN_REQUESTS = 100
_SHOWN = ("number", "operation", "method", "path", "query", "status", "headers")


def _json(value: Any, status: int = 200) -> Response:
    return json_response(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


class _Endpoints:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def _field(self, request: Request, name: str) -> Any:
        """Read a field of a JSON object, None if there is no body or no such field."""
        try:
            value: Any = orjson.loads(await self._sandbox.bodies.read(request, _MAX_BODY_BYTES) or b"{}")
        except orjson.JSONDecodeError:
            value = None
        if not is_object(value):
            raise ApiError("INVALID_PARAMETER", place=name)
        return value.get(name)

    async def health(self, _: Request) -> Response:
        tenants = sorted(self._sandbox.state.tenants)
        return _json({"status": "ok", "tenants": tenants, "pageBase": self._sandbox.page_base})

    async def state(self, _: Request) -> Response:
        return _json(self._sandbox.counts())

    async def record(self, request: Request) -> Response:
        # A collection's name may have a slash, and so may the UID of a record below another.
        tenant, rest = request.path_params["tenant"], request.path_params["rest"]
        for name in self._sandbox.state.model.collections:
            if rest.startswith(f"{name}/"):
                found = self._sandbox.record(tenant, name, rest.removeprefix(f"{name}/"))
                if found is not None:
                    return _json(found)
        raise ApiError("NOT_FOUND")

    async def requests(self, _: Request) -> Response:
        log = self._sandbox.requests
        latest = list(log.latest)[-_SHOWN_REQUESTS:]
        return _json(
            {
                "total": log.count(),
                "byOperation": log.by_operation(),
                "byStatus": log.by_status(),
                "mostInFlight": log.most_in_flight,
                "latest": [{name: getattr(entry, name) for name in _SHOWN} for entry in latest],
            }
        )

    async def forget_requests(self, _: Request) -> Response:
        self._sandbox.requests.clear()
        return Response(status_code=204)

    async def faults(self, _: Request) -> Response:
        faults = self._sandbox.faults
        return _json({"active": faults.active(), "injected": [entry._asdict() for entry in faults.injected]})

    async def add_faults(self, request: Request) -> Response:
        body = await self._sandbox.bodies.read(request, _MAX_BODY_BYTES)
        try:
            given = orjson.loads(body)
            # Text in the command line's form may come as {"spec": "503*2@customers.list"}.
            spec = given.get("spec") if is_object(given) else None
            add_faults(self._sandbox.faults, spec if isinstance(spec, str) else given)
        except ValueError as error:
            raise ApiError("INVALID_FAULT", reason=str(error)) from None
        return _json({"active": self._sandbox.faults.active()}, 201)

    async def clear_faults(self, request: Request) -> Response:
        self._sandbox.faults.clear()
        if request.query_params.get("injected") == "true":
            self._sandbox.faults.forget()
        return Response(status_code=204)

    async def end_tokens(self, request: Request) -> Response:
        tenant = await self._field(request, "tenant")
        if tenant not in [None, *self._sandbox.state.tenants]:
            raise ApiError("INVALID_PARAMETER", place="tenant")
        tokens = self._sandbox.tokens
        end = tokens.expire if request.url.path.endswith("/expire") else tokens.revoke
        return _json({"count": end(tenant)})

    async def set_tokens(self, request: Request) -> Response:
        seconds = await self._field(request, "accessTokenSeconds")
        if type(seconds) is not int or not 0 <= seconds <= _YEAR:
            raise ApiError("INVALID_PARAMETER", place="accessTokenSeconds")
        self._sandbox.tokens.access_token_seconds = seconds
        return _json({"accessTokenSeconds": seconds, "issued": self._sandbox.tokens.issued})

    async def reset(self, _: Request) -> Response:
        self._sandbox.reset()
        return _json(self._sandbox.counts())


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):  # Starlette's own, for a path or a method that it has no route for
        if error.status_code == 405:
            error = ApiError("METHOD_NOT_ALLOWED", headers={**(error.headers or {})}, method=request.method)
        else:
            error = ApiError("NOT_FOUND")
    return error_response(error) if isinstance(error, ApiError) else Response()  # to nobody: the caller left


def admin_app(sandbox: Sandbox) -> Starlette:
    """Make the application of the endpoints, for whoever has the admin token."""
    endpoints = _Endpoints(sandbox)
    routes = [
        ("GET", "health", endpoints.health),
        ("GET", "state", endpoints.state),
        ("GET", "state/{tenant}/{rest:path}", endpoints.record),
        ("GET", "requests", endpoints.requests),
        ("DELETE", "requests", endpoints.forget_requests),
        ("GET", "faults", endpoints.faults),
        ("POST", "faults", endpoints.add_faults),
        ("DELETE", "faults", endpoints.clear_faults),
        ("PUT", "tokens", endpoints.set_tokens),
        ("POST", "tokens/expire", endpoints.end_tokens),
        ("POST", "tokens/revoke", endpoints.end_tokens),
        ("POST", "reset", endpoints.reset),
    ]
    app = Starlette(
        routes=[Route(f"/{PREFIX}/{path}", endpoint, methods=[method]) for method, path, endpoint in routes],
        exception_handlers=dict.fromkeys((ApiError, HTTPException, ClientDisconnect), _refuse),
    )
    app.router.redirect_slashes = False
    return app
