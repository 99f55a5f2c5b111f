"""What the tests of the runtime share: a server with a script, and clients that don't really wait."""

import asyncio
import contextlib
import json as jsonlib
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from attrs import define, field, frozen

from flow_retail_core.client import Client
from flow_retail_core.operation import Operation
from flow_retail_core.pager import Pager
from flow_retail_core.resource import Resource
from flow_retail_core.response import Response
from flow_retail_core.retry.engine import Clock

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

TOKEN = "t0ken-that-must-not-leak"
UID = r"^[A-Za-z0-9-_]+"


@frozen
class Seen:
    """A request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(
    status: int = 200,
    json: object = None,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    cut: int | None = None,
) -> Behaviour:
    """Respond; with `cut`, close the connection after that many bytes of the body."""

    async def behave(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        content = body if body is not None else b"" if json is None else jsonlib.dumps(json).encode()
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if status != 204:
            lines.append(f"Content-Length: {len(content)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content[:cut])
        await writer.drain()
        if cut is not None:
            writer.close()

    return behave


def raw(*parts: bytes, then: str = "stay") -> Behaviour:
    """Respond with these very bytes, one write each; then stay, close, or end the sending side."""

    async def behave(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.001)
        if then == "close" or (then == "end" and not writer.can_write_eof()):
            writer.close()
        elif then == "end":
            writer.write_eof()

    return behave


async def close(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.close()


async def reset(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.transport.abort()


async def garbage(_: Seen, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond with something that is not HTTP."""
    writer.write(b"SMTP ready\r\n\r\n")
    await writer.drain()
    writer.close()


async def hang(_: Seen, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Say nothing until the client hangs up."""
    await reader.read()


def stall(body: bytes) -> Behaviour:
    """Promise more than `body`, send that, and then say nothing until the client hangs up."""

    async def behave(_: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body)
        await writer.drain()
        await reader.read()

    return behave


class Things(Resource):
    """A resource as it is generated, for any operation."""

    def list(self, operation: Operation[Any], path_values: tuple[str, ...] = (), **options: Any) -> Pager[Any]:
        pages = {"page_number": None, "page_size": None, "prefetch": 1, **options}
        return self._list(operation, path_values, **pages)

    async def batch(self, operation: Operation[Any], **options: Any) -> Any:
        return await self._batch(operation, (), read=None, **options)


class TestClient(Client[str]):
    """A client of the runtime, with what generated methods do as methods of its own."""

    __test__ = False

    @property
    def things(self) -> Things:
        return Things(self._caller)

    async def send(self, *args: Any, **options: Any) -> Response:
        return await self._caller.send(*args, **options)

    async def call(self, *args: Any, **options: Any) -> Any:
        return await self._caller.call(*args, **options)


@define(eq=False)
class Server:
    """An HTTP server on a free port that does, request by request, what `script` says."""

    url: str = ""
    script: list[Behaviour] = field(factory=list)
    default: Behaviour = field(factory=lambda: reply(200, {}))
    seen: list[Seen] = field(factory=list)
    connections: int = 0
    open: int = 0
    idle: bool = True
    """Whether all requests have been responded to."""
    arrived: asyncio.Event = field(factory=asyncio.Event)
    reply = staticmethod(reply)
    raw = staticmethod(raw)
    stall = staticmethod(stall)
    close = staticmethod(close)
    reset = staticmethod(reset)
    garbage = staticmethod(garbage)
    hang = staticmethod(hang)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something has come about."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0.001)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                seen = Seen(method, target, headers, body)
                self.seen.append(seen)
                self.arrived.set()
                self.idle = False
                behave = self.script.pop(0) if self.script else self.default
                await behave(seen, reader, writer)
                self.idle = True
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that no one trusts unless told to."""
    return trustme.CA()


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """The scripted server; with the parameter `https` it has a certificate of `authority`."""
    server = Server()
    context = None
    if getattr(request, "param", "http") == "https":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        request.getfixturevalue("authority").issue_cert("localhost").configure_cert(context)
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        task = asyncio.create_task(server.serve(reader, writer))
        tasks.add(task)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    origin = "https://localhost" if context else "http://127.0.0.1"
    server.url = f"{origin}:{listener.sockets[0].getsockname()[1]}/v2"
    yield server
    listener.close()
    for writer in writers:
        writer.transport.abort()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings and proxies out."""
    for name in ("TENANT", "TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"FLOW_RETAIL_{name}", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def waits() -> list[float]:
    """The seconds that clients would have waited between attempts."""
    return []


@pytest.fixture
async def make_client(
    waits: list[float], request: pytest.FixtureRequest
) -> AsyncIterator[Callable[..., TestClient]]:
    """Make clients of the scripted server whose waits are written down instead of waited, without jitter.

    With `sleep`, that is called instead.
    """

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    made: list[TestClient] = []

    def make(
        *,
        environments: dict[str, str] | None = None,
        sleep: Callable[[float], Awaitable[object]] = note,
        needs_tenant: bool = True,
        **options: Any,
    ) -> TestClient:
        class Client(TestClient):
            ENVIRONMENTS = environments or {"production": request.getfixturevalue("server").url}
            NEEDS_TENANT = needs_tenant
            _clock = Clock(sleep=sleep, random=lambda: 1.0)

        made.append(Client(**{"tenant": "acme", "token": TOKEN, **options}))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def token() -> str:
    """The token of the clients made by `make_client`."""
    return TOKEN


@pytest.fixture
def get() -> Operation:
    return Operation(
        "customers.get", "GET", "/tenants/{tenantUid}/customers/{customerUid}", patterns={"customerUid": UID}
    )


@pytest.fixture
def create() -> Operation:
    return Operation("customers.create", "POST", "/tenants/{tenantUid}/customers")


@pytest.fixture
def delete() -> Operation:
    return Operation("customers.delete", "DELETE", "/tenants/{tenantUid}/customers/{customerUid}")


@pytest.fixture
def search() -> Operation:
    return Operation("customers.search", "POST", "/tenants/{tenantUid}/customers/search")
