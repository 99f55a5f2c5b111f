"""The one private name of httpx that we rely on, and the transports for which our own pool stands aside."""

import asyncio
import ssl

import h2.config
import h2.connection
import h2.events
import httpcore
import httpx
import pytest

from flow_retail_core.client import Client
from flow_retail_core.transports.pool import StackPool

FAR = {"production": "https://api.example.com/v2"}


def pool_of(flow):
    return flow._connections.link._close.__self__._pool


class Renamed:
    """An httpx whose transport keeps its pool under another name."""

    def __init__(self, **_options):
        self._connections = httpcore.AsyncConnectionPool()


class Changed:
    """An httpx whose transport keeps something else under the name that we know."""

    def __init__(self, **_options):
        self._pool = object()


@pytest.mark.parametrize("made", [Renamed, Changed])
def test_an_httpx_that_is_made_otherwise_is_refused_with_module_versions_and_remedy(made, monkeypatch):
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "__init__", made.__init__)
    with pytest.raises(RuntimeError) as caught:
        Client(environments=FAR, tenant="acme", token="tok")
    message = str(caught.value)
    assert "flow_retail_core.transports.pool" in message
    assert f"httpx {httpx.__version__} with httpcore {httpcore.__version__}" in message
    assert "transport=httpx.AsyncHTTPTransport()" in message


def test_our_own_transport_is_a_stock_transport_with_our_pool():
    flow = Client(environments=FAR, tenant="acme", token="tok")
    transport = flow._connections.link._close.__self__
    assert isinstance(transport, httpx.AsyncHTTPTransport)
    assert type(transport).handle_async_request is httpx.AsyncHTTPTransport.handle_async_request
    assert isinstance(pool_of(flow), StackPool)


def test_behind_a_proxy_it_is_the_stock_transport(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    flow = Client(environments=FAR, tenant="acme", token="tok")
    assert type(flow._connections.link._close.__self__) is httpx.AsyncHTTPTransport
    assert isinstance(pool_of(flow), httpcore.AsyncHTTPProxy)


async def test_calls_go_through_the_tunnel_of_a_proxy(make_client, get, authority, tmp_path, monkeypatch):
    """A proxy that opens the tunnel and, inside it, is the server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.example.com").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    heads = []

    async def serve(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(context)
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
    for options in ({}, {"transport": "aiohttp"}):
        heads.clear()
        flow = make_client(environments=FAR, **options)
        for _ in range(2):
            assert (await flow.send(get, ("c-1",))).attempts == 1
        await flow.aclose()
        first, *others = heads
        assert first.startswith(b"CONNECT api.example.com:443 ")
        assert b"authorization" not in first.lower()
        assert len(others) == 2
    listener.close()


class Http2Server(asyncio.Protocol):
    """Answers every HTTP/2 request with an empty object."""

    streams = 0

    def connection_made(self, transport):
        self.transport = transport
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.state.initiate_connection()
        transport.write(self.state.data_to_send())

    def data_received(self, data):
        for event in self.state.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                Http2Server.streams += 1
                head = [(":status", "200"), ("content-length", "2")]
                self.state.send_headers(event.stream_id, head)
                self.state.send_data(event.stream_id, b"{}", end_stream=True)
        self.transport.write(self.state.data_to_send())


async def test_http2_is_a_stock_transport_of_the_users(make_client, get, authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    listener = await asyncio.get_running_loop().create_server(Http2Server, "127.0.0.1", 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    async with httpx.AsyncHTTPTransport(verify=trusting, http2=True) as transport:
        flow = make_client(environments={"production": f"https://localhost:{port}"}, transport=transport)
        await flow.send(get, ("c-1",))
        await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(5)))
        assert len(transport._pool.connections) == 1
    assert Http2Server.streams == 6
    listener.close()
