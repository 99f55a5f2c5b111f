"""A TCP proxy that breaks connections on purpose, in front of a server on a real socket.

It runs on a thread with an event loop of its own, so that it can serve clients of any loop and none of its
tasks are among the client's. What goes wrong is decided for each request: by a script, or by chance with a
seed. Nothing in here waits for a time to pass but `drip`, whose point that is.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from fault_strikes import Kind, Passage, Strike
from fault_wire import Message, Over, read_message, unless_gone

_LINGER_ZERO = struct.pack("ii", 1, 0)
_PATIENCE = 20.0
"""Seconds after which a condition that should have come true is an error."""


@dataclass
class _Rule:
    steps: list[Strike | None]
    method: str | None
    path: str


@dataclass
class _Chance:
    strikes: Sequence[Strike]
    rate: float
    rng: Random


@dataclass(eq=False)
class _Client:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle: bool = True
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def reset(self) -> None:
        # Without lingering the kernel answers with RST instead of a polite FIN.
        with suppress(OSError):  # the client was faster
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.writer.transport.abort()


class FaultProxy:
    """A proxy that listens; made by `run_proxy`.

    Attributes:
        requests: Every request that came, oldest first.
        accepted: Connections that were accepted since the last `clear()`.
        open: Connections that are open.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._path = parts.path
        self._changed = threading.Condition(threading.RLock())
        self._rules: list[_Rule] = []
        self._chance: _Chance | None = None
        self._clients: dict[_Client, asyncio.Task[Any]] = {}
        self._server: asyncio.Server | None = None
        self._admits = False
        self._port = 0
        self.requests: list[Passage] = []
        self.accepted = 0
        self.open = 0
        self._numbered = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    @property
    def base_url(self) -> str:
        """Where a client finds the API through the proxy."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    def script(self, *steps: Strike | Kind | None, method: str | None = None, path: str = "") -> None:
        """Let things go wrong in an exact sequence: each request takes the next step; None is no fault.

        Args:
            *steps: The steps.
            method: Only for requests with this method.
            path: Only for requests that have this in their path.
        """
        with self._changed:
            strikes = [Strike(step) if isinstance(step, str) else step for step in steps]
            self._rules.append(_Rule(strikes, method, path))

    def random(self, *strikes: Strike | Kind, seed: int, rate: float) -> None:
        """Let things go wrong by chance, the same way for the same seed and sequence of requests."""
        chosen = [Strike(strike) if isinstance(strike, str) else strike for strike in strikes]
        with self._changed:
            self._chance = _Chance(chosen, rate, Random(seed))

    def clear(self) -> None:
        """Let everything go well from now on, and forget what happened."""
        with self._changed:
            self._rules.clear()
            self._chance = None
            self.requests.clear()
            self.accepted = 0

    def count(self, kind: Kind | None = None, *, forwarded: bool | None = None) -> int:
        """Count requests: all, those with one fault, those that the server got or did not get."""
        with self._changed:
            return sum(
                kind in {None, one.strike} and forwarded in {None, one.forwarded} for one in self.requests
            )

    def wait(self, come_true: Callable[["FaultProxy"], bool]) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: It never was.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: come_true(self), _PATIENCE):
                raise TimeoutError(f"{self.open} connections are open; last requests: {self.requests[-5:]}")

    async def until(self, come_true: Callable[["FaultProxy"], bool]) -> None:
        """Wait in a coroutine until something is so."""
        await asyncio.to_thread(self.wait, come_true)

    def release(self) -> None:
        """Let go on what is half-open, and keep nothing from now on."""
        self._loop.call_soon_threadsafe(self._released.set)

    def refuse(self) -> None:
        """Refuse connections from now on, and reset those that are open."""
        self._call(self._stop_listening())
        self.wait(lambda proxy: proxy.open == 0)

    def admit(self) -> None:
        """Accept connections again, on the same port."""
        self._call(self._listen())

    def close_idle(self) -> None:
        """Wait until no request is under way, and close all connections, as servers do after a while."""
        # A client has its answer a little before the proxy is done with it.
        self.wait(lambda proxy: all(client.idle for client in proxy._clients))
        with self._changed:
            idle = list(self._clients)
        self._call(self._close(idle))
        self.wait(lambda proxy: not any(client in proxy._clients for client in idle))

    # What follows runs on the proxy's own thread, but for `_call`.

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop_listening())
        self._loop.close()

    async def _listen(self) -> None:
        # asyncio turns Nagle's algorithm off only for sockets that name their protocol.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._admits = True
        self._server = await asyncio.start_server(self._accept, sock=listening, backlog=2048)

    async def _stop_listening(self) -> None:
        self._admits = False
        if self._server is not None:
            self._server.close()
        tasks = list(self._clients.values())
        for client in list(self._clients):
            client.reset()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, clients: list[_Client]) -> None:
        for client in clients:
            client.writer.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._changed:
            self.accepted += 1
            self.open += 1
            self._numbered += 1
            client = _Client(self._numbered, reader, writer)
            task = self._clients[client] = self._loop.create_task(self._serve(client))
            # Not at the end of `_serve`: a task that is cancelled before its first step never gets there.
            task.add_done_callback(lambda _: self._forget(client))
            self._changed.notify_all()
        if not self._admits:
            # It came while the server was being closed, too late for those that are reset by name.
            client.reset()

    def _forget(self, client: _Client) -> None:
        client.writer.close()
        with self._changed:
            self.open -= 1
            del self._clients[client]
            self._changed.notify_all()

    async def _serve(self, client: _Client) -> None:
        try:
            while True:
                self._mark(client, idle=True)
                request = await read_message(client.reader)
                self._mark(client, idle=False)
                await self._carry(client, request)
        except (Over, OSError, EOFError):
            pass
        finally:
            for writer in (client.writer, *([client.upstream[1]] if client.upstream else [])):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _carry(self, client: _Client, request: Message) -> None:
        """Carry one request to the server and its answer back, as far as its strike allows."""
        method, path = request.first[:2]
        strike = self._choose(method, path)
        passage = Passage(client.number, method, path, strike and strike.kind)
        with self._changed:
            self.requests.append(passage)
        kind = passage.strike
        try:
            if kind == "reset_before":
                client.reset()
                raise Over
            if kind == "close_before":
                raise Over
            if kind == "swallow":
                await self._hold(client, passage)
            answer = await unless_gone(client.reader, self._ask_server(client, request, passage, method))
            if kind == "reset_after":
                client.reset()
                raise Over
            if kind == "swallow_after":
                await self._hold(client, passage)
            if kind in {"cut_reset", "cut_close", "stall_body"}:
                await self._break_off(client, answer, strike or Strike("cut_reset"), passage)
            elif kind == "drip":
                await _drip(client, answer, strike or Strike("drip"))
            else:
                client.writer.write(answer.head + answer.body)
                await client.writer.drain()
            if kind == "close_idle" or answer.closes or not answer.whole:
                raise Over
        finally:
            self._note(passage, "ended")

    def _choose(self, method: str, path: str) -> Strike | None:
        with self._changed:
            for rule in self._rules:
                if rule.steps and rule.method in {None, method} and rule.path in path:
                    return rule.steps.pop(0)
            if self._chance is not None and self._chance.rng.random() < self._chance.rate:
                return self._chance.rng.choice(self._chance.strikes)
        return None

    def _mark(self, client: _Client, *, idle: bool) -> None:
        with self._changed:
            client.idle = idle
            self._changed.notify_all()

    def _note(self, passage: Passage, stage: Any) -> None:
        with self._changed:
            passage.stage = stage
            passage.forwarded = passage.forwarded or stage == "forwarded"
            self._changed.notify_all()

    async def _hold(self, client: _Client, passage: Passage) -> None:
        self._note(passage, "held")
        await unless_gone(client.reader, self._released.wait())

    async def _ask_server(self, client: _Client, request: Message, passage: Passage, method: str) -> Message:
        if client.upstream is None:
            client.upstream = await asyncio.open_connection(*self._upstream)
        reader, writer = client.upstream
        writer.write(request.head + request.body)
        self._note(passage, "forwarded")
        answer = await read_message(reader, asked=method)
        self._note(passage, "answered")
        return answer

    async def _break_off(self, client: _Client, answer: Message, strike: Strike, passage: Passage) -> None:
        sent = int(len(answer.body) * strike.part)
        client.writer.write(answer.head + answer.body[:sent])
        await client.writer.drain()
        if strike.kind == "stall_body":
            await self._hold(client, passage)
            client.writer.write(answer.body[sent:])
            await client.writer.drain()
            return
        if strike.kind == "cut_reset":
            client.reset()
        raise Over


async def _drip(client: _Client, answer: Message, strike: Strike) -> None:
    message = answer.head + answer.body
    for start in range(0, len(message), strike.piece):
        client.writer.write(message[start : start + strike.piece])
        await client.writer.drain()
        await asyncio.sleep(strike.pause)


@contextmanager
def run_proxy(upstream: str) -> Generator[FaultProxy]:
    """Run a proxy until the block is left.

    Args:
        upstream: The base URL of the server behind it.

    Yields:
        The proxy, which listens.
    """
    proxy = FaultProxy(upstream)
    proxy._thread.start()
    proxy._ready.wait()
    try:
        yield proxy
    finally:
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        proxy._thread.join()
