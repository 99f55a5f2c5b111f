"""Connections: reused, replaced, expired, and none left behind by a cancellation."""

import asyncio

import anyio
import httpcore
import pytest

from flow_retail_core.errors import APIConnectionError


def pool_of(flow):
    return flow._connections.link._close.__self__._pool


async def test_connections_are_reused(server, make_client, get):
    flow = make_client()
    for _ in range(5):
        await flow.send(get, ("c-1",))
    assert server.connections == 1
    assert repr(pool_of(flow)) == "<StackPool: 0 connections in use, 1 idle>"


@pytest.mark.parametrize("phase", ["head", "body"])
async def test_a_cancelled_task_leaves_no_connection_behind(phase, server, make_client, get):
    flow = make_client(max_concurrency=1)
    for _ in range(3):
        server.arrived.clear()
        server.script = [server.hang if phase == "head" else server.stall(b"half")]
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        await server.arrived.wait()
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool_of(flow).connections == []
    assert (await flow.send(get, ("c-1",))).attempts == 1
    await flow.aclose()
    await server.until(lambda: not server.open)


async def test_cancelling_at_any_moment_loses_nothing(server, make_client, get):
    flow = make_client(max_concurrency=2)
    for steps in range(60):
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert pool_of(flow)._active == set()
    await asyncio.wait_for(asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(10))), 5)


async def test_a_connection_that_the_server_closed_while_idle_is_not_used(server, make_client, create):
    flow = make_client()

    async def answer_and_close(seen, reader, writer):
        await server.reply(201, {})(seen, reader, writer)
        writer.close()

    server.default = answer_and_close
    for _ in range(3):
        await flow.send(create, content=b"{}")
        await server.until(lambda: not server.open)
        await asyncio.sleep(0.005)
    assert server.connections == 3


async def test_an_answer_that_says_close_closes(server, make_client, get):
    server.default = server.reply(200, {}, headers={"Connection": "close"})
    flow = make_client()
    await flow.send(get, ("c-1",))
    assert pool_of(flow).connections == []


async def test_idle_connections_expire_and_no_more_are_kept_than_there_are_slots(
    server, make_client, get, monkeypatch
):
    flow = make_client(max_concurrency=3)
    await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(6)))
    pool = pool_of(flow)
    assert len(pool.connections) == 3
    pool._max_idle = 1
    await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(3)))
    assert len(pool.connections) == 1
    pool._max_idle = 3
    await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(3)))
    pool._idle[0] = (pool._idle[0][0] - 60, pool._idle[0][1])
    await flow.send(get, ("c-1",))
    assert len(pool.connections) == 2


async def test_closing_with_calls_in_flight_ends_them_with_an_error(server, make_client, get):
    flow = make_client()
    server.default = server.hang
    task = asyncio.create_task(flow.send(get, ("c-1",)))
    await server.arrived.wait()
    await flow.aclose()
    with pytest.raises(APIConnectionError):
        await task
    assert len(server.seen) == 1


async def test_a_connection_that_closes_at_the_last_moment_is_replaced(server, make_client, get, monkeypatch):
    flow = make_client()
    await flow.send(get, ("c-1",))
    (connection,) = pool_of(flow).connections

    async def gone(_request):
        raise httpcore.ConnectionNotAvailable

    monkeypatch.setattr(connection, "handle_async_request", gone)
    assert (await flow.send(get, ("c-1",))).attempts == 1
    assert server.connections == 2


@pytest.mark.parametrize("alone", [False, True], ids=["with the task", "in its scope"])
async def test_a_cancellation_that_comes_again_at_every_await_loses_nothing(alone, server, make_client, get):
    flow = make_client(max_concurrency=2)
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
        assert pool_of(flow)._active == set()
        assert flow._connections.slots.free == 2
    async with asyncio.timeout(5):
        await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(10)))
    await server.until(lambda: server.open <= 2)


async def test_closing_while_a_connection_comes_about_leaves_none_open(server, make_client, get):
    for steps in range(12):
        flow = make_client()
        task = asyncio.create_task(flow.send(get, ("c-1",)))
        for _ in range(steps):
            await asyncio.sleep(0)
        await flow.aclose()
        await asyncio.gather(task, return_exceptions=True)
        assert pool_of(flow).connections == []
    await server.until(lambda: not server.open)


async def test_an_expired_connection_is_replaced_before_a_create_is_sent(server, make_client, create):
    flow = make_client()
    await flow.send(create, content=b"{}")
    (connection,) = pool_of(flow).connections
    connection._connection._expire_at -= 60
    assert (await flow.send(create, content=b"{}")).attempts == 1
    assert server.connections == 2
    await server.until(lambda: server.open == 1)


async def test_a_pool_that_was_closed_opens_no_connection(server, make_client, get):
    flow = make_client()
    pool = pool_of(flow)
    await flow.send(get, ("c-1",))
    await pool.aclose()
    with pytest.raises(APIConnectionError, match="no connection") as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False
    assert server.connections == 1
