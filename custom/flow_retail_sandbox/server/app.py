"""The whole sandbox as one ASGI application."""

from typing import Unpack

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flow_retail_sandbox.admin.endpoints import PREFIX, admin_app
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.sandbox import Sandbox, SandboxOptions
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES, check_admin, check_host, normal_host
from flow_retail_sandbox.server.api import Api
from flow_retail_sandbox.server.response import CONNECTION, error_response


class SandboxApp:
    """Sends a request to the API or to the sandbox's own endpoints.

    Args:
        sandbox: What is behind both.

    Attributes:
        sandbox: The same, for tests that look inside.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._hosts = frozenset(map(normal_host, sandbox.allowed_hosts))
        self._api: ASGIApp = Api(sandbox)
        self._admin: ASGIApp = admin_app(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Args:
            scope: The ASGI scope.
            receive: Returns the request's body, part by part.
            send: Takes the response.
        """
        app = self._admin  # which knows the lifespan protocol as well
        if scope["type"] == "http":
            try:
                app = self._admit(scope)
            except ApiError as error:
                app = error_response(error)
        await app(scope, receive, send)

    def _admit(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        size += sum([len(name) + len(value) for name, value in headers.raw])
        if size > MAX_HEADER_BYTES:
            raise ApiError("HEADERS_TOO_LARGE", limit=str(MAX_HEADER_BYTES))
        hosts = tuple(headers.getlist("host"))
        check_host(hosts, self._hosts, in_process=CONNECTION not in scope.get("extensions", {}))
        if not scope["path"].startswith(f"/{PREFIX}/"):
            return self._api
        check_admin(headers, self.sandbox.admin_token)
        return self._admin


def create_app(sandbox: Sandbox | None = None, **options: Unpack[SandboxOptions]) -> SandboxApp:
    """Make the ASGI application.

    Args:
        sandbox: The sandbox to serve; None makes a new one.
        **options: What a new one is like; see Sandbox.

    Returns:
        The application; its `sandbox` holds the state and the faults.
    """
    return SandboxApp(sandbox or Sandbox(**options))
