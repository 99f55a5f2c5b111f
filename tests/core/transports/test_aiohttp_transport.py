"""`transport="aiohttp"`: chosen by name, guarded, and its errors told for what they are."""

import asyncio
import sys

import aiohttp
import httpx
import pytest

from flow_retail_core.client import Client
from flow_retail_core.errors import APIConnectionError, APITimeoutError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

FAR = {"production": "https://api.example.com/v2"}


def transport_of(flow):
    return flow._connections.link._close.__self__


@pytest.mark.parametrize("missing", ["httpx_aiohttp", "aiohttp"])
def test_without_its_packages_the_error_names_the_extra(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "flow_retail_core.aiohttp_transport", raising=False)
    with pytest.raises(ValueError, match=rf"needs the package {missing}: .*flow-retail-client\[aiohttp\]"):
        Client(environments=FAR, tenant="acme", token="tok", transport="aiohttp")


def test_another_name_is_refused():
    with pytest.raises(ValueError, match=r"transport must be .* not 'trio'"):
        Client(environments=FAR, tenant="acme", token="tok", transport="trio")


async def test_it_is_not_used_unless_asked_for(server, make_client, get):
    assert isinstance(transport_of(make_client()), httpx.AsyncHTTPTransport)


async def test_it_uses_our_certificate_authorities_and_is_closed_with_the_client(server, make_client, get):
    flow = make_client(transport="aiohttp")
    plain = make_client()
    assert transport_of(flow).ssl_context is transport_of(plain)._pool._ssl_context
    await flow.send(get, ("c-1",))
    session = transport_of(flow).client
    await flow.aclose()
    assert session.closed
    await server.until(lambda: not server.open)


def test_a_client_that_was_never_used_can_be_closed():
    async def make_and_close():
        await Client(environments=FAR, tenant="acme", token="tok", transport="aiohttp").aclose()

    asyncio.run(make_and_close())


@pytest.mark.parametrize("server", ["https"], indirect=True)
async def test_a_refused_certificate_is_named_and_not_tried_again(server, make_client, create):
    flow = make_client(transport="aiohttp")
    with pytest.raises(
        APIConnectionError, match="no connection: TLS certificate not accepted: unable"
    ) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


def test_a_socks_proxy_is_refused_when_the_client_is_made(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:s3cret@proxy.example.com:1080")
    with pytest.raises(ValueError, match="socks5 proxy, which aiohttp can't use") as caught:
        Client(environments=FAR, tenant="acme", token="tok", transport="aiohttp")
    assert "s3cret" not in str(caught.value)


async def test_a_proxy_that_refuses_the_tunnel_got_nothing_to_process(
    make_client, create, monkeypatch, token
):
    heads = []

    async def serve(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{listener.sockets[0].getsockname()[1]}")
        flow = make_client(environments=FAR, transport="aiohttp", retry=Retry(max_retries=0))
        with pytest.raises(APIConnectionError, match="no connection through the proxy") as caught:
            await flow.send(create)
    assert caught.value.may_have_been_processed is False
    assert token.encode() not in heads[0]


async def test_an_unknown_host_is_named(make_client, get, monkeypatch):
    async def unknown(*_args, **_kwargs):
        import socket

        raise socket.gaierror(-2, "s3cret-host.example.com not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    flow = make_client(environments=FAR, transport="aiohttp")
    with pytest.raises(APIConnectionError, match="no connection: the host's name is not known") as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False


async def test_a_transport_of_the_users_is_told_apart_as_well(server, make_client, create):
    """httpx-aiohttp calls each of these a ConnectTimeout, as if nothing had been sent."""
    from httpx_aiohttp import AiohttpTransport

    async with AiohttpTransport() as transport:
        flow = make_client(transport=transport)
        for fault in (server.close, server.reset, server.garbage):
            server.script = [fault]
            with pytest.raises(APIConnectionError) as caught:
                await flow.send(create, content=b"{}")
            assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    assert len(server.seen) == 3


async def test_the_write_timeout_ends_with_the_body_and_then_the_read_timeout_counts(
    server, make_client, create
):
    flow = make_client(transport="aiohttp", timeout=Timeout(read=0.3, write=0.01))
    server.script = [server.hang]
    with pytest.raises(APITimeoutError, match="nothing received within"):
        await flow.send(create, content=b"x" * 100_000)


async def test_a_session_belongs_to_the_loop_that_uses_it(server, make_client, get):
    flow = make_client(transport="aiohttp")
    await flow.send(get, ("c-1",))
    assert isinstance(transport_of(flow).client, aiohttp.ClientSession)
    assert isinstance(transport_of(flow).client.cookie_jar, aiohttp.DummyCookieJar)


async def test_a_lost_answer_on_a_connection_used_before_is_counted_as_an_attempt(server, make_client, get):
    flow = make_client(transport="aiohttp", retry=Retry(base_delay=0.001))
    await flow.send(get, ("c-1",))
    server.script = [server.close, server.reply(200, {})]
    answer = await flow.send(get, ("c-1",))
    assert answer.attempts == 2


def test_an_aiohttp_that_is_not_known_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(aiohttp.ClientSession, "ATTRS", frozenset())
    with pytest.raises(RuntimeError, match=rf"does not know aiohttp {aiohttp.__version__}"):
        Client(environments=FAR, tenant="acme", token="tok", transport="aiohttp")
