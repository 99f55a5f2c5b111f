"""What the tests of the runtime share: a server with a script, and clients that don't really wait."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from flow_retail_core.operation import Operation
from flow_retail_core.retry.engine import Clock

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

from any_client import AnyClient  # found only now
from over_transports import Over  # likewise
from scripted_server import Server  # likewise

TOKEN = "t0ken-that-must-not-leak"
UID = r"^[A-Za-z0-9-_]+"


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
) -> AsyncIterator[Callable[..., AnyClient]]:
    """Make clients of the scripted server whose waits are written down instead of waited, without jitter.

    With `sleep`, that is called instead.
    """

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    made: list[AnyClient] = []

    def make(
        *,
        environments: dict[str, str] | None = None,
        sleep: Callable[[float], Awaitable[object]] = note,
        needs_tenant: bool = True,
        **options: Any,
    ) -> AnyClient:
        class Client(AnyClient):
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


@pytest.fixture
async def over(request, make_client, authority, tmp_path, monkeypatch) -> AsyncIterator[Over]:
    """Clients over the transport that the test names."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    over = Over(request.param, make_client, ssl.create_default_context(cafile=str(tmp_path / "ca.pem")))
    yield over
    await over.aclose()
