"""The sandbox on a real socket, on a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from email.utils import formatdate
from functools import partial
from typing import Any, Unpack

import uvicorn
from uvicorn.server import ServerState

from flow_retail_sandbox.faults.fault_spec import add_faults
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

_TURNS_TO_CONNECT = 3
"""How often the event loop goes round until a connection that was accepted is among those that are known."""


async def _serve(sandbox: Sandbox, listening: socket.socket, ready: "Future[Callable[[], object]]") -> None:
    """Serve with uvicorn's HTTP protocol until what `ready` gets is called.

    uvicorn's own server takes a tenth of a second to notice that it is to stop and another to stop, and waits
    for requests that a fault holds back.
    """
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(
        create_app(sandbox),
        http=LendingProtocol,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    state, stopped = ServerState(), asyncio.Event()
    server = await loop.create_server(
        lambda: LendingProtocol(config, state, {}), sock=listening, backlog=_BACKLOG
    )
    ready.set_result(partial(loop.call_soon_threadsafe, stopped.set))
    while not stopped.is_set():
        state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        connections: list[Any] = list(state.connections)
        for connection in connections:
            connection.check_time(loop.time(), sandbox.receive_timeout)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _TICK_SECONDS)
    # No more are accepted; what was accepted just now becomes known some turns of the event loop later, and
    # asyncio would lose it if the server was closed before.
    with suppress(NotImplementedError):  # on Windows
        loop.remove_reader(listening)
    turns = 0
    while turns < _TURNS_TO_CONNECT:
        turns = 0 if state.connections else turns + 1
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
    server.close()


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket."""
    if not 0 <= port <= 65_535:
        raise ValueError("a port is a number from 0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # Its connections inherit this. With Nagle's algorithm on, every response of more than one packet would
    # wait 40 ms for the client's acknowledgement of the first.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class RunningSandbox:
    """A sandbox that listens on a socket.

    Args:
        sandbox: The sandbox.
        url: Its base URL.

    Attributes:
        sandbox: The sandbox, with its state, tokens and log.
        base_url: The API's base URL, such as `http://127.0.0.1:40123/v2`.
        admin_url: Where the sandbox's own endpoints are, such as `http://127.0.0.1:40123/__sandbox__`.
        admin_headers: The headers that these ask for: `Authorization` with the admin token.
        tenant: The first tenant's UID.
        token: The first tenant's integration token.
        user_token: The first tenant's user auth token, to exchange for access tokens.
        faults: What goes wrong, and what went wrong.
        requests: What was asked.
    """

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.base_url = url
        self.admin_url = url.removesuffix(BASE_SEGMENT) + "__sandbox__"
        self.admin_headers = {"authorization": f"Bearer {sandbox.admin_token}"}
        self.tenant = sandbox.tenant
        self.token = sandbox.token
        self.user_token = sandbox.user_token
        self.faults = sandbox.faults
        self.requests = sandbox.requests


@contextmanager
def serve(sandbox: Sandbox, listening: socket.socket) -> Generator[RunningSandbox]:
    """Serve a sandbox on a thread of its own until the block is left."""
    ready: Future[Callable[[], object]] = Future()

    def run() -> None:
        try:
            asyncio.run(_serve(sandbox, listening, ready))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)  # whoever waits must not wait for ever

    thread = threading.Thread(target=run, name="flow-retail-sandbox", daemon=True)
    thread.start()
    stop = ready.result()
    host, port = listening.getsockname()[:2]
    try:
        yield RunningSandbox(sandbox, f"http://{f'[{host}]' if ':' in host else host}:{port}/{BASE_SEGMENT}")
    finally:
        stop()
        thread.join()


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
    options["allowed_hosts"] = (host, *options.get("allowed_hosts", ()))
    with closing(Sandbox(**options)) as sandbox:
        add_faults(sandbox.faults, faults)
        with listen(host, port) as listening, serve(sandbox, listening) as running:
            yield running
