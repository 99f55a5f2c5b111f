"""Connections: reused, replaced, expired, and none left behind by a cancellation or a close."""

import asyncio

import anyio
import httpcore
import httpx
import pytest
from open_places import all_places_are_free

from flow_retail_core.errors import APIConnectionError
from flow_retail_core.transports.httpx_transport import HttpxClientTransport, HttpxTransport, open_httpx
from flow_retail_core.transports.transport import ConnectionStats

NONE = ConnectionStats(active=0, idle=0)

ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


@ours
async def test_connections_are_reused(server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport)
    assert transport.stats() == NONE
    for _ in range(5):
        await flow.send(get, ("c-1",))
    assert server.connections == 1
    assert transport.stats() == ConnectionStats(active=0, idle=1)


@ours
async def test_a_connection_is_active_while_its_request_is_in_flight(server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport)
    await flow.send(get, ("c-1",))
    server.default = server.hang
    tasks = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(2)]
    await server.until(lambda: len(server.seen) == 3)
    assert transport.stats() == ConnectionStats(active=2, idle=0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@ours
@pytest.mark.parametrize("phase", ["head", "body"])
async def test_a_cancelled_task_leaves_no_connection_behind(phase, server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport, max_concurrency=1)
    for _ in range(3):
        server.arrived.clear()
        server.script = [server.hang if phase == "head" else server.stall(b"half")]
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        await server.arrived.wait()
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert transport.stats() == NONE
    assert (await flow.send(get, ("c-1",))).attempts == 1
    await transport.aclose()
    await server.until(lambda: not server.open)


@ours
async def test_cancelling_at_any_moment_loses_nothing(server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport, max_concurrency=2)
    for steps in range(60):
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert transport.stats().active == 0
    await asyncio.wait_for(asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(10))), 5)


@ours
@pytest.mark.parametrize("alone", [False, True], ids=["with the task", "in its scope"])
async def test_a_cancellation_that_comes_again_at_every_await_loses_nothing(alone, server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport, max_concurrency=2)
    for steps in range(60):

        async def call(scope):
            # anyio cancels again whatever is awaited while the first cancellation is being handled.
            with scope:
                await flow.send(get, ("c-1",))

        scope = anyio.CancelScope()
        task = asyncio.create_task(call(scope))
        for _ in range(steps):
            await asyncio.sleep(0)
        scope.cancel()
        if not alone:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert transport.stats().active == 0
        await all_places_are_free(flow, server, 2)
    await server.until(lambda: server.open <= 2)


@ours
async def test_a_connection_that_the_server_closed_while_idle_is_not_used(server, over, create):
    flow = over()

    async def respond_and_close(seen, reader, writer):
        await server.reply(201, {})(seen, reader, writer)
        writer.close()

    server.default = respond_and_close
    for _ in range(3):
        await flow.send(create, content=b"{}")
        await server.until(lambda: not server.open)
        await asyncio.sleep(0.005)
    assert server.connections == 3


@ours
async def test_a_response_that_says_close_closes(server, over, get):
    server.default = server.reply(200, {}, headers={"Connection": "close"})
    transport = over.open(server.url)
    await over(transport=transport).send(get, ("c-1",))
    assert transport.stats() == NONE


@ours
async def test_no_more_connections_are_open_than_there_are_places(server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport, max_concurrency=3)
    for _ in range(2):
        await all_places_are_free(flow, server, 3)
        assert transport.stats() == ConnectionStats(active=0, idle=3)
    assert server.connections == 3


async def test_idle_connections_expire_after_a_peak_as_requests_go_on(server, make_client, monkeypatch):
    monkeypatch.setattr("flow_retail_core.transports.pool.KEEPALIVE_EXPIRY", 0.05)
    transport = open_httpx(server.url)
    flow = make_client(transport=transport, max_concurrency=5)
    await all_places_are_free(flow, server, 5)
    assert transport.stats().idle == 5

    async def shrunken():
        async with asyncio.timeout(5):
            while transport.stats().idle > 1:
                await flow.request("GET", "/x")
                await asyncio.sleep(0.01)

    await shrunken()
    await server.until(lambda: server.open == 1)
    await transport.aclose()


@ours
async def test_an_expired_connection_is_replaced_before_a_create_is_sent(server, over, create, monkeypatch):
    monkeypatch.setattr("flow_retail_core.transports.pool.KEEPALIVE_EXPIRY", 0.01)
    monkeypatch.setattr("flow_retail_core.transports.aiohttp_transport.KEEPALIVE_EXPIRY", 0.01)
    flow = over()
    await flow.send(create, content=b"{}")
    await asyncio.sleep(0.03)
    assert (await flow.send(create, content=b"{}")).attempts == 1
    assert server.connections == 2
    await server.until(lambda: server.open == 1)


@ours
async def test_closing_with_calls_in_flight_ends_them_with_an_error(server, over, get):
    flow = over()
    server.default = server.hang
    task = asyncio.create_task(flow.send(get, ("c-1",)))
    await server.arrived.wait()
    await flow.aclose()
    with pytest.raises(APIConnectionError):
        await task
    assert len(server.seen) == 1


@ours
async def test_closing_while_a_connection_comes_about_leaves_none_open(server, over, get):
    for steps in range(12):
        transport = over.open(server.url)
        flow = over(transport=transport)
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        for _ in range(steps):
            await asyncio.sleep(0)
        await transport.aclose()
        await flow.aclose()
        await asyncio.gather(task, return_exceptions=True)
        assert transport.stats() == NONE
    await server.until(lambda: not server.open)


@ours
async def test_a_transport_that_was_closed_opens_no_connection(server, over, get):
    transport = over.open(server.url)
    flow = over(transport=transport)
    await flow.send(get, ("c-1",))
    await transport.aclose()
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False
    assert server.connections == 1
    assert transport.stats() == NONE


async def test_after_a_connection_that_closes_at_the_last_moment_even_a_create_is_sent_again(
    server, make_client, create, monkeypatch
):
    flow = make_client()
    await flow.send(create, content=b"{}")

    async def gone(_connection, _request):
        monkeypatch.undo()
        raise httpcore.ConnectionNotAvailable

    monkeypatch.setattr(httpcore.AsyncHTTP11Connection, "handle_async_request", gone)
    assert (await flow.send(create, content=b"{}")).attempts == 2
    assert (server.connections, len(server.seen)) == (2, 2)


async def test_of_what_a_user_brings_no_connections_are_known():
    async with httpx.AsyncClient() as http_client, httpx.AsyncHTTPTransport() as transport:
        for brought in (HttpxClientTransport(http_client, "httpx"), HttpxTransport(transport, httpx.Request)):
            assert brought.stats() == NONE
