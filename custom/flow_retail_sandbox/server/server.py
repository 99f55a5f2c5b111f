"""The sandbox on a real socket: in the foreground, or on a thread of its own for tests."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from typing import Any, Unpack

import uvicorn

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
"""How often uvicorn looks at the clock for its Date header, and whether a signal came."""

_TURNS_TO_CLOSE = 3
"""How often the event loop has to go round before a connection that was closed is gone."""


class SandboxServer(uvicorn.Server):
    """A uvicorn server that tells when it listens."""

    def __init__(self, sandbox: Sandbox, on_listening: Callable[[], None]) -> None:
        self._receive_timeout = sandbox.receive_timeout
        super().__init__(
            uvicorn.Config(
                create_app(sandbox),
                http=LendingProtocol,
                h11_max_incomplete_event_size=MAX_HEADER_BYTES,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._on_listening = on_listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_to_stop = asyncio.Event()

    async def on_tick(self, counter: int) -> bool:
        """Cut off slow senders, and tell whether to stop."""
        now = asyncio.get_running_loop().time()
        connections: list[Any] = list(self.server_state.connections)
        for connection in connections:
            connection.check_time(now, self._receive_timeout)
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._on_listening()

    def stop(self) -> None:
        """Ask the server to stop, from any thread; one that has stopped already stays so."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._asked_to_stop.set)

    async def main_loop(self) -> None:
        """Run until asked to stop; uvicorn's own takes a tenth of a second to notice."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked_to_stop.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once and in silence; requests that are still going on are broken off.

        Every test with a sandbox of its own would pay for the tenth of a second that uvicorn always waits. If
        a fault holds a request back, it would wait longer, cancel it and print a traceback.
        """
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await _take_turns()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # First the connections, so that no one tries to answer.
        await _take_turns()
        unfinished = list(self.server_state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop at SIGTERM and SIGINT.

        uvicorn raises the signal again once it has stopped; a sandbox that was asked to stop and did has not
        failed, and its database wants closing.
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
    """Tell where a client finds the API."""
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
                    asyncio.run(server.serve(sockets=[listening]))
                except BaseException as error:  # uvicorn leaves by SystemExit, too
                    if server.started:
                        raise
                    refusals.append(error)
                finally:
                    ready.set()  # also if it could not start: whoever waits must not wait for ever

            thread = threading.Thread(target=serve, name="flow-retail-sandbox", daemon=True)
            thread.start()
            ready.wait()
            if not server.started:
                thread.join()
                raise RuntimeError("the sandbox did not start") from next(iter(refusals), None)
            try:
                yield RunningSandbox(sandbox, base_url(listening))
            finally:
                server.stop()
                thread.join()
