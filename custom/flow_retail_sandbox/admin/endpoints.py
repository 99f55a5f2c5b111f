"""The endpoints under /__sandbox__, by which a test in another process looks inside and plans faults."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import Receive, Scope, Send

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.faults.fault_spec import add_faults
from flow_retail_sandbox.sandbox import Sandbox
from flow_retail_sandbox.server.admission import check_admin
from flow_retail_sandbox.server.request import Disconnected, Request
from flow_retail_sandbox.server.response import Response, error_response, json_response
from flow_retail_sandbox.spec.json_values import Json, is_object

PREFIX = "__sandbox__"
"""The first segment of the paths; no path of the API begins so."""

_MAX_BODY_BYTES = 1024 * 1024
_YEAR = 31_536_000
_SHOWN_REQUESTS = 100

Endpoint = Callable[[Request, bytes], Response]


def _json(value: Any, status: int = 200) -> Response:
    return json_response(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def _object(body: bytes, place: str) -> Json:
    """Read a JSON object, an empty one if there is no body."""
    try:
        value: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        value = None
    if not is_object(value):
        raise ApiError("INVALID_PARAMETER", place=place)
    return value


class AdminApp:
    """The endpoints, for whoever has the admin token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._endpoints: dict[str, dict[str, Endpoint]] = {
            "health": {"GET": self._health},
            "state": {"GET": self._state},
            "requests": {"GET": self._requests, "DELETE": self._forget_requests},
            "faults": {"GET": self._faults, "POST": self._add_faults, "DELETE": self._clear_faults},
            "tokens": {"PUT": self._set_tokens},
            "tokens/revoke": {"POST": self._take_tokens},
            "tokens/expire": {"POST": self._take_tokens},
            "reset": {"POST": self._reset},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, self._sandbox.arriving)
        try:
            check_admin(request.headers(), self._sandbox.admin_token)
            response = self._endpoint(request)(request, await request.body(_MAX_BODY_BYTES))
        except ApiError as error:
            response = error_response(error, "en")
        except Disconnected:
            return
        await response.send(scope, receive, send)

    def _endpoint(self, request: Request) -> Endpoint:
        path = request.raw_path.removeprefix(f"/{PREFIX}/")
        methods = {"GET": self._record} if path.startswith("state/") else self._endpoints.get(path)
        if methods is None:
            raise ApiError("NOT_FOUND")
        if request.method not in methods:
            allowed = {"allow": ", ".join(sorted(methods))}
            raise ApiError("METHOD_NOT_ALLOWED", headers=allowed, method=request.method)
        return methods[request.method]

    def _health(self, _: Request, __: bytes) -> Response:
        sandbox = self._sandbox
        tenants = sorted(sandbox.state.tenants)
        return _json({"status": "ok", "tenants": tenants, "pageBase": sandbox.page_base})

    def _state(self, _: Request, __: bytes) -> Response:
        return _json(self._sandbox.counts())

    def _record(self, request: Request, _: bytes) -> Response:
        # A collection's name may have a slash, and so may the UID of a record below another.
        tenant, rest = [*request.raw_path.removeprefix(f"/{PREFIX}/state/").split("/", 1), ""][:2]
        for name in sorted(self._sandbox.state.model.collections, key=len, reverse=True):
            if rest.startswith(f"{name}/"):
                uid = unquote(rest.removeprefix(f"{name}/"))
                found = self._sandbox.record(unquote(tenant), name, uid)
                if found is not None:
                    return _json(found)
        raise ApiError("NOT_FOUND")

    def _requests(self, _: Request, __: bytes) -> Response:
        log = self._sandbox.requests
        shown = ("number", "operation", "method", "path", "query", "status", "headers")
        latest = [
            {name: getattr(entry, name) for name in shown} for entry in list(log.latest)[-_SHOWN_REQUESTS:]
        ]
        return _json(
            {
                "total": log.count(),
                "byOperation": log.by_operation(),
                "byStatus": log.by_status(),
                "mostInFlight": log.most_in_flight,
                "latest": latest,
            }
        )

    def _forget_requests(self, _: Request, __: bytes) -> Response:
        self._sandbox.requests.clear()
        return Response(204)

    def _faults(self, _: Request, __: bytes) -> Response:
        faults = self._sandbox.faults
        return _json({"active": faults.active(), "injected": [entry._asdict() for entry in faults.injected]})

    def _add_faults(self, _: Request, body: bytes) -> Response:
        try:
            given = orjson.loads(body)
            # Text in the command line's form may come as {"spec": "503*2@customers.list"}.
            spec = given.get("spec") if is_object(given) else None
            add_faults(self._sandbox.faults, spec if isinstance(spec, str) else given)
        except ValueError as error:
            return _json({"code": "INVALID_FAULT", "message": str(error), "logId": ""}, 400)
        return _json({"active": self._sandbox.faults.active()}, 201)

    def _clear_faults(self, request: Request, _: bytes) -> Response:
        self._sandbox.faults.clear()
        if request.query().get("injected") == ["true"]:
            self._sandbox.faults.forget()
        return Response(204)

    def _take_tokens(self, request: Request, body: bytes) -> Response:
        tenant: Any = _object(body, "tenant").get("tenant")
        if tenant not in [None, *self._sandbox.state.tenants]:
            raise ApiError("INVALID_PARAMETER", place="tenant")
        tokens = self._sandbox.tokens
        take = tokens.expire if request.raw_path.endswith("/expire") else tokens.revoke
        return _json({"count": take(tenant)})

    def _set_tokens(self, _: Request, body: bytes) -> Response:
        seconds: Any = _object(body, "accessTokenSeconds").get("accessTokenSeconds")
        if type(seconds) is not int or not 0 <= seconds <= _YEAR:
            raise ApiError("INVALID_PARAMETER", place="accessTokenSeconds")
        self._sandbox.tokens.access_token_seconds = seconds
        return _json({"accessTokenSeconds": seconds, "issued": self._sandbox.tokens.issued})

    def _reset(self, _: Request, __: bytes) -> Response:
        self._sandbox.reset()
        return _json(self._sandbox.counts())
