"""The sandbox on a real socket: in the foreground, or on a thread of its own for tests."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from email.utils import formatdate
from typing import Any, Unpack

import uvicorn
from uvicorn.server import ServerState

from flow_retail_sandbox.admin.request_log import RequestLog
from flow_retail_sandbox.faults.fault_spec import add_faults
from flow_retail_sandbox.faults.plan import Faults
from flow_retail_sandbox.sandbox import Sandbox, SandboxOptions
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES
from flow_retail_sandbox.server.api import BASE_SEGMENT
from flow_retail_sandbox.server.app import create_app
from flow_retail_sandbox.server.connection import LendingProtocol

_KEEP_ALIVE_SECONDS = 75
"""Longer than the clients', lest the server close a connection just as it is used again."""

_BACKLOG = 2048

_TICK_SECONDS = 0.1
"""How often slow senders are looked for, and the Date header is set."""

_TURNS_TO_CLOSE = 3
"""How often the event loop has to go round before a connection that was closed is gone."""


class SandboxServer:
    """Serves a sandbox with uvicorn's HTTP protocol.

    uvicorn's own server takes a tenth of a second to notice that it is to stop and another to stop, waits for
    requests that a fault holds back, and raises a signal again that it has obeyed.
    """

    def __init__(self, sandbox: Sandbox, on_listening: Callable[[], None]) -> None:
        self.sandbox = sandbox
        self._on_listening = on_listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._state = ServerState()

    async def serve(self, listening: socket.socket) -> None:
        """Serve until SIGTERM, SIGINT or `stop`."""
        self._loop = asyncio.get_running_loop()
        config = uvicorn.Config(
            create_app(self.sandbox),
            http=LendingProtocol,
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                with suppress(NotImplementedError):  # on Windows, where Ctrl-C is a KeyboardInterrupt
                    self._loop.add_signal_handler(number, self._stopped.set)
        server = await self._loop.create_server(
            lambda: LendingProtocol(config, self._state, {}), sock=listening, backlog=_BACKLOG
        )
        self._on_listening()
        while not self._stopped.is_set():
            self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
            connections: list[Any] = list(self._state.connections)
            for connection in connections:
                connection.check_time(self._loop.time(), self.sandbox.receive_timeout)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _TICK_SECONDS)
        server.close()
        await self._end()

    def stop(self) -> None:
        """Ask the server to stop, from any thread; one that has stopped already stays so."""
        if self._loop is None:
            self._stopped.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def _end(self) -> None:
        """Break off at once and in silence what is still going on."""
        for connection in list(self._state.connections):
            connection.shutdown()
        await _take_turns()
        for connection in list(self._state.connections):
            connection.transport.abort()
        # First the connections, so that no one tries to respond.
        await _take_turns()
        unfinished = list(self._state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


async def _take_turns() -> None:
    for _ in range(_TURNS_TO_CLOSE):
        await asyncio.sleep(0)


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it on, every
    # response would wait 40 ms for the client's acknowledgement of its own headers.
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
    """Write the API's base URL."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{BASE_SEGMENT}"


class RunningSandbox:
    """A sandbox that listens on a socket.

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
    def admin_headers(self) -> dict[str, str]:
        """The headers that the sandbox's own endpoints ask for: `Authorization` with the admin token."""
        return {"authorization": f"Bearer {self.sandbox.admin_token}"}

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
        """What goes wrong, and what went wrong."""
        return self.sandbox.faults

    @property
    def requests(self) -> RequestLog:
        """What was asked."""
        return self.sandbox.requests


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
        RuntimeError: If the server cannot start for another reason.
    """
    options["allowed_hosts"] = (host, *options.get("allowed_hosts", ()))
    with closing(Sandbox(**options)) as sandbox:
        add_faults(sandbox.faults, faults)
        with listen(host, port) as listening:
            ready = threading.Event()
            server = SandboxServer(sandbox, ready.set)
            refusals: list[BaseException] = []

            def serve() -> None:
                try:
                    asyncio.run(server.serve(listening))
                except BaseException as error:
                    if ready.is_set():
                        raise
                    refusals.append(error)
                    ready.set()  # whoever waits must not wait for ever

            thread = threading.Thread(target=serve, name="flow-retail-sandbox", daemon=True)
            thread.start()
            ready.wait()
            if refusals:
                thread.join()
                raise RuntimeError("the sandbox did not start") from refusals[0]
            try:
                yield RunningSandbox(sandbox, base_url(listening))
            finally:
                server.stop()
                thread.join()
