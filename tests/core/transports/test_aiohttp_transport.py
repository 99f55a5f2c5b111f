"""`transport="aiohttp"`: chosen by name, guarded, and what aiohttp would do by itself is prevented."""

import asyncio
import sys

import aiohttp
import httpx
import pytest

from flow_retail_core.errors import APIConnectionError, APITimeoutError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout
from flow_retail_core.transports.aiohttp_transport import AiohttpTransport
from flow_retail_core.transports.transport import ConnectionStats

FAR = {"production": "https://api.example.com/v2"}


def test_without_its_package_the_error_names_the_extra(make_client, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "flow_retail_core.transports.aiohttp_transport", raising=False)
    with pytest.raises(ValueError, match=r"needs the package aiohttp: .*flow-retail-client\[aiohttp\]"):
        make_client(environments=FAR, transport="aiohttp")


def test_another_name_is_refused(make_client):
    with pytest.raises(ValueError, match=r"transport must be .* not 'trio'"):
        make_client(environments=FAR, transport="trio")


def test_an_aiohttp_that_is_not_known_is_refused_by_name(make_client, monkeypatch):
    monkeypatch.setattr(aiohttp.ClientSession, "ATTRS", frozenset())
    with pytest.raises(RuntimeError, match=rf"does not know aiohttp {aiohttp.__version__}"):
        make_client(environments=FAR, transport="aiohttp")


async def test_it_sends_without_httpx(server, make_client, get, monkeypatch):
    async def called(_transport, _request):
        raise AssertionError("httpx was used")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", called)
    assert (await make_client(transport="aiohttp").send(get, ("c-1",))).attempts == 1


async def test_it_is_closed_with_the_client(server, make_client, get):
    flow = make_client(transport="aiohttp")
    await flow.send(get, ("c-1",))
    assert server.open == 1
    await flow.aclose()
    await server.until(lambda: not server.open)


def test_a_client_that_was_never_used_can_be_closed(make_client):
    async def make_and_close():
        await make_client(environments=FAR, transport="aiohttp").aclose()

    asyncio.run(make_and_close())


def test_a_transport_that_was_never_used_has_no_connections():
    assert AiohttpTransport(FAR["production"]).stats() == ConnectionStats(active=0, idle=0)


async def test_an_httpx_aiohttp_transport_of_the_users_is_told_apart_as_well(server, make_client, create):
    """httpx-aiohttp calls each of these a ConnectTimeout, as if nothing had been sent."""
    import httpx_aiohttp

    async with httpx_aiohttp.AiohttpTransport() as transport:
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


async def test_what_aiohttp_would_repeat_by_itself_is_a_retry_that_is_counted(server, make_client, get):
    flow = make_client(transport="aiohttp", retry=Retry(base_delay=0.001))
    await flow.send(get, ("c-1",))
    server.script = [server.close, server.reply(200, {})]
    response = await flow.send(get, ("c-1",))
    assert response.attempts == 2
