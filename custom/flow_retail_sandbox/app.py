"""The whole sandbox as one ASGI application."""

from typing import Unpack

from starlette.types import ASGIApp, Receive, Scope, Send

from flow_retail_sandbox.admin import PREFIX, admin_app
from flow_retail_sandbox.api import Api
from flow_retail_sandbox.sandbox import Sandbox, SandboxOptions


class SandboxApp:
    """Sends a request to the API or to the sandbox's own endpoints.

    Args:
        sandbox: What is behind both.

    Attributes:
        sandbox: The same, for tests that look inside.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._api: ASGIApp = Api(sandbox)
        self._admin: ASGIApp = admin_app(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Args:
            scope: The ASGI scope.
            receive: Gives the request's body.
            send: Takes the answer.
        """
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["path"].startswith(f"/{PREFIX}/"):
            await self._admin(scope, receive, send)
        else:
            await self._api(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def create_app(sandbox: Sandbox | None = None, **options: Unpack[SandboxOptions]) -> SandboxApp:
    """Make the ASGI application.

    Args:
        sandbox: The sandbox to serve; None makes a new one.
        **options: What a new one is like; see Sandbox.

    Returns:
        The application; its `sandbox` holds the state and the faults.
    """
    return SandboxApp(sandbox or Sandbox(**options))
