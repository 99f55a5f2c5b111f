"""The endpoints under /__sandbox__, by which a test in another process looks inside and plans faults."""

from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flow_retail_sandbox.admission import check_admin
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.fault_spec import add_faults
from flow_retail_sandbox.incoming import Disconnected, Incoming
from flow_retail_sandbox.json_values import is_object
from flow_retail_sandbox.replies import error_reply
from flow_retail_sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PREFIX = "__sandbox__"
"""The first segment of the paths; no path of the API begins so."""

_YEAR = 31_536_000

_MAX_BODY_BYTES = 1024 * 1024


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), status, media_type="application/json"
    )


def _refused(error: ApiError) -> Response:
    reply = error_reply(error, "en")
    return Response(reply.body, reply.status, reply.headers)


async def _options(request: Request) -> dict[str, Any] | None:
    """Read a JSON object, an empty one if there is no body; None if it is anything else."""
    raw = await request.body()
    try:
        value: Any = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        return None
    return value if is_object(value) else None


class AdminApp:
    """The endpoints under /__sandbox__, for whoever has the admin token.

    Args:
        sandbox: The sandbox.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._endpoints: ASGIApp = _endpoints(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Args:
            scope: The ASGI scope.
            receive: Gives the request's body.
            send: Takes the answer.
        """
        incoming = Incoming(scope, receive, self._sandbox.arriving)
        try:
            check_admin(incoming.headers(), self._sandbox.admin_token)
            body = await incoming.body(_MAX_BODY_BYTES)
        except ApiError as error:
            await error_reply(error, "en").send(scope, receive, send)
            return
        except Disconnected:
            return

        async def read() -> Message:
            return {"type": "http.request", "body": body}

        await self._endpoints(scope, read, send)


def _endpoints(sandbox: Sandbox) -> Starlette:

    async def health(_: Request) -> Response:
        return _json(
            {"status": "ok", "tenants": sorted(sandbox.state.tenants), "pageBase": sandbox.page_base}
        )

    async def state(_: Request) -> Response:
        return _json(sandbox.counts())

    async def record(request: Request) -> Response:
        path = request.path_params
        found = sandbox.record(path["tenant"], path["kind"], path["uid"])
        return _refused(ApiError("NOT_FOUND")) if found is None else _json(found)

    async def requests(_: Request) -> Response:
        log = sandbox.requests
        return _json(
            {
                "total": log.count(),
                "byOperation": log.by_operation(),
                "byStatus": log.by_status(),
                "mostInFlight": log.most_in_flight,
                "latest": [
                    {
                        "number": entry.number,
                        "operation": entry.operation,
                        "method": entry.method,
                        "path": entry.path,
                        "query": entry.query,
                        "status": entry.status,
                        "headers": entry.headers,
                    }
                    for entry in list(log.latest)[-100:]
                ],
            }
        )

    async def forget_requests(_: Request) -> Response:
        sandbox.requests.clear()
        return Response(status_code=204)

    async def faults(_: Request) -> Response:
        injected = [entry._asdict() for entry in list(sandbox.faults.injected)]
        return _json({"active": sandbox.faults.active(), "injected": injected})

    async def add(request: Request) -> Response:
        raw = await request.body()
        try:
            given = orjson.loads(raw)
            # Text in the command line's form may come as {"spec": "503*2@customers.list"}.
            spec = given.get("spec") if is_object(given) else None
            add_faults(sandbox.faults, spec if isinstance(spec, str) else given)
        except ValueError as error:
            return _json({"code": "INVALID_FAULT", "message": str(error), "logId": ""}, 400)
        return _json({"active": sandbox.faults.active()}, 201)

    async def clear_faults(request: Request) -> Response:
        sandbox.faults.clear()
        if request.query_params.get("injected") == "true":
            sandbox.faults.forget()
        return Response(status_code=204)

    async def take_tokens(request: Request) -> Response:
        given = await _options(request)
        tenant: Any = None if given is None else given.get("tenant")
        if given is None or tenant not in [None, *sandbox.state.tenants]:
            return _refused(ApiError("INVALID_PARAMETER", place="tenant"))
        take = sandbox.tokens.expire if request.url.path.endswith("/expire") else sandbox.tokens.revoke
        return _json({"count": take(tenant)})

    async def set_tokens(request: Request) -> Response:
        given = await _options(request)
        seconds: Any = None if given is None else given.get("accessTokenSeconds")
        if type(seconds) is not int or not 0 <= seconds <= _YEAR:
            return _refused(ApiError("INVALID_PARAMETER", place="accessTokenSeconds"))
        sandbox.tokens.access_token_seconds = seconds
        return _json({"accessTokenSeconds": seconds, "issued": sandbox.tokens.issued})

    async def reset(_: Request) -> Response:
        sandbox.reset()
        return _json(sandbox.counts())

    async def trouble(request: Request, error: Exception) -> Response:
        if getattr(error, "status_code", 404) == 405:
            return _refused(ApiError("METHOD_NOT_ALLOWED", method=request.method))
        return _refused(ApiError("NOT_FOUND"))

    endpoints: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("/health", "GET", health),
        ("/state", "GET", state),
        ("/state/{tenant}/{kind}/{uid}", "GET", record),
        ("/requests", "GET", requests),
        ("/requests", "DELETE", forget_requests),
        ("/faults", "GET", faults),
        ("/faults", "POST", add),
        ("/faults", "DELETE", clear_faults),
        ("/tokens", "PUT", set_tokens),
        ("/tokens/revoke", "POST", take_tokens),
        ("/tokens/expire", "POST", take_tokens),
        ("/reset", "POST", reset),
    ]
    routes = [Route(f"/{PREFIX}{path}", endpoint, methods=[method]) for path, method, endpoint in endpoints]
    return Starlette(routes=routes, exception_handlers={404: trouble, 405: trouble})
