"""The one private name of httpx that we rely on, and the transports for which our own pool stands aside."""

import asyncio
import ssl

import h2.config
import h2.connection
import h2.events
import httpcore
import httpx
import pytest

from flow_retail_core.transports.httpx_transport import open_httpx
from flow_retail_core.transports.pool import PooledTransport

FAR = "https://api.example.com/v2"


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
        open_httpx(FAR)
    message = str(caught.value)
    assert "flow_retail_core.transports.pool" in message
    assert f"httpx {httpx.__version__} with httpcore {httpcore.__version__}" in message
    assert "transport=httpx.AsyncHTTPTransport()" in message


async def test_our_own_transport_is_a_stock_transport_with_our_pool(server, make_client, get, monkeypatch):
    """What is patched on the stock transport, as mocks and tracers do, is called by ours."""
    called = []
    stock = httpx.AsyncHTTPTransport.handle_async_request

    async def patched(self, request):
        called.append(type(self))
        return await stock(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", patched)
    await make_client().send(get, ("c-1",))
    assert called == [PooledTransport]


class Http2Server(asyncio.Protocol):
    """Responds to every HTTP/2 request with an empty object."""

    connections = streams = 0

    def connection_made(self, transport):
        Http2Server.connections += 1
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
    assert (Http2Server.connections, Http2Server.streams) == (1, 6)
    listener.close()
