"""The sandbox on a real socket: in the foreground, or on a thread of its own for tests."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Unpack

import uvicorn

from flow_retail_sandbox.api import BASE_SEGMENT
from flow_retail_sandbox.app import create_app
from flow_retail_sandbox.connection import LendingProtocol
from flow_retail_sandbox.fault_spec import add_faults
from flow_retail_sandbox.faults import Faults
from flow_retail_sandbox.sandbox import Sandbox, SandboxOptions

_KEEP_ALIVE_SECONDS = 75
"""Longer than the clients', lest the server close a connection just as it is used again."""

_BACKLOG = 2048


class SandboxServer(uvicorn.Server):
    """A uvicorn server that tells when it listens.

    Args:
        sandbox: The sandbox to serve.
        on_listening: Called once connections are answered.
    """

    def __init__(self, sandbox: Sandbox, on_listening: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(sandbox),
                http=LendingProtocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
        )
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen.

        Args:
            sockets: The sockets to listen on.
        """
        await super().startup(sockets)
        self._on_listening()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop at SIGTERM and SIGINT.

        uvicorn raises the signal again once it has stopped; a sandbox that was asked to stop and did has not
        failed, and its database wants closing.

        Yields:
            Nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket.

    Args:
        host: The address.
        port: The port, 0 for a free one.

    Returns:
        The socket; connections wait on it from now on.

    Raises:
        OSError: If the address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it on, every answer
    # would wait 40 ms for the client's acknowledgement of its own headers.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def base_url(listening: socket.socket) -> str:
    """Tell where a client finds the API.

    Args:
        listening: The server's socket.

    Returns:
        The base URL, such as `http://127.0.0.1:8080/v2`.
    """
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{BASE_SEGMENT}"


class RunningSandbox:
    """A sandbox that answers on a socket.

    Args:
        sandbox: The sandbox.
        url: Its base URL.

    Attributes:
        sandbox: The sandbox, with its state, tokens and log.
        base_url: The API's base URL, such as `http://127.0.0.1:40123/v2`.
    """

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.base_url = url

    @property
    def admin_url(self) -> str:
        """Where the sandbox's own endpoints are, such as `http://127.0.0.1:40123/__sandbox__`."""
        return self.base_url.removesuffix(BASE_SEGMENT) + "__sandbox__"

    @property
    def tenant(self) -> str:
        """The first tenant's UID."""
        return self.sandbox.tenant

    @property
    def token(self) -> str:
        """The first tenant's integration token."""
        return self.sandbox.token

    @property
    def user_token(self) -> str:
        """The first tenant's user auth token, to exchange for access tokens."""
        return self.sandbox.user_token

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.sandbox.faults


@contextmanager
def run_sandbox(
    *, host: str = "127.0.0.1", port: int = 0, faults: str = "", **options: Unpack[SandboxOptions]
) -> Generator[RunningSandbox]:
    """Run a sandbox on a thread of its own until the block is left.

    Args:
        host: The address to listen on.
        port: The port, 0 for a free one.
        faults: What goes wrong from the start, in the command line's form.
        **options: What the sandbox is like; see Sandbox.

    Yields:
        The running sandbox.

    Raises:
        ValueError: If the faults cannot be understood.
        OSError: If the address or port cannot be had.
    """
    sandbox = Sandbox(**options)
    add_faults(sandbox.faults, faults)
    with listen(host, port) as listening:
        ready = threading.Event()
        server = SandboxServer(sandbox, ready.set)
        thread = threading.Thread(
            target=asyncio.run,
            args=(server.serve(sockets=[listening]),),
            name="flow-retail-sandbox",
            daemon=True,
        )
        thread.start()
        ready.wait()
        try:
            yield RunningSandbox(sandbox, base_url(listening))
        finally:
            server.should_exit = True
            thread.join()
            sandbox.close()
