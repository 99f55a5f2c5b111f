"""What a client and its copies share: connections, places in line, one event loop at a time."""

import asyncio
import gc
import threading
import warnings
from typing import ClassVar

import pytest
from fake_transport import FakeTransport

from flow_retail_core.client import Client
from flow_retail_core.errors import APIConnectionError
from flow_retail_core.http.connections import Connections, Lease


def serve_and_call(flow_factory, calls=2, port=0):
    """Run a small server and some calls in an event loop of their own."""

    async def main():
        async def serve(reader, writer):
            try:
                while await reader.readline():
                    while (await reader.readline()).strip():
                        pass
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            finally:
                # Also when the loop ends first, so that only the client's own end is left open.
                writer.transport.abort()

        listener = await asyncio.start_server(serve, "127.0.0.1", port)
        try:
            flow = flow_factory(listener.sockets[0].getsockname()[1])
            await asyncio.gather(*(flow.request("GET", "/x") for _ in range(calls)))
            return flow
        finally:
            # No `async with`: since Python 3.12 it waits for connections, and the client keeps its own open.
            listener.close()

    return main


class Flow(Client[str]):
    """A client without resources."""

    ENVIRONMENTS: ClassVar = {"production": "https://api.example.com/v2"}


def make(port, **options):
    return Flow(**{"base_url": f"http://127.0.0.1:{port}", "tenant": "acme", "token": "tok", **options})


def test_two_loops_in_turn_with_a_client_each():
    async def close(main):
        await (await main()).aclose()

    for _ in range(2):
        asyncio.run(close(serve_and_call(lambda port: make(port, max_concurrency=1), calls=5)))


@pytest.mark.parametrize("transport", [None, "aiohttp"])
def test_one_client_works_in_a_second_loop_after_the_first_has_ended(transport, unused_tcp_port):
    clients = []

    def once(_port):
        if not clients:
            clients.append(make(unused_tcp_port, max_concurrency=1, transport=transport))
        return clients[0]

    with warnings.catch_warnings():
        # The loops ended with a connection open; asyncio says so when it is collected.
        warnings.simplefilter("ignore", ResourceWarning)
        for _ in range(2):
            asyncio.run(serve_and_call(once, calls=5, port=unused_tcp_port)())
        gc.collect()

        async def close():
            await clients[0].aclose()

        asyncio.run(close())
        clients.clear()
        gc.collect()


async def test_a_loop_that_still_runs_keeps_its_client(server, make_client, get):
    flow = make_client()
    await flow.send(get, ("c-1",))
    problems = []

    def elsewhere():
        for action in (lambda: flow.send(get, ("c-1",)), flow.aclose):
            try:
                asyncio.run(action())
            except RuntimeError as error:
                problems.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await server.until(lambda: not thread.is_alive())
    assert problems == [
        "this client is in use by another event loop; make one client for each event loop",
        "this client is in use by another event loop; close it there",
    ]
    await flow.send(get, ("c-1",))


async def test_no_more_than_max_concurrency_are_in_flight_and_all_get_their_turn_in_order(
    server, make_client
):
    flow = make_client(max_concurrency=3)
    now = most = 0

    async def count(seen, reader, writer):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        await server.reply(200, {})(seen, reader, writer)

    server.default = count
    await asyncio.gather(*(flow.request("GET", f"/n{n}") for n in range(60)))
    order = [int(seen.target.removeprefix("/v2/n")) for seen in server.seen]
    assert most == 3
    assert server.connections == 3
    assert all(abs(number - place) < 6 for place, number in enumerate(order))


@pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)
async def test_a_thousand_tasks_on_one_client_all_succeed(server, over, get):
    flow = over(timeout=5)
    responses = await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(1000)))
    assert [response.attempts for response in responses] == [1] * 1000
    assert server.most_open <= 50


async def test_no_place_is_held_while_waiting_for_the_next_attempt(server, make_client, get):
    order = []

    async def sleep(_seconds):
        order.append("waiting")
        await flow.request("GET", "/other")
        order.append("waited")

    flow = make_client(max_concurrency=1, sleep=sleep)
    server.script = [server.reply(503)]
    await flow.send(get, ("c-1",))
    assert order == ["waiting", "waited"]


async def test_cancelling_those_in_line_loses_no_place(server, make_client, get):
    flow = make_client(max_concurrency=2)
    server.script = [server.hang] * 2
    blocking = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(2)]
    await server.until(lambda: len(server.seen) == 2)
    in_line = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(20)]
    await asyncio.sleep(0)
    for task in in_line[::2]:
        task.cancel()
    for task in blocking:
        task.cancel()
    done = await asyncio.gather(*in_line, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in done) == 10
    await asyncio.gather(*blocking, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(10))), 5)


async def test_those_in_line_when_the_client_is_closed_fail_and_send_nothing(server, make_client, get):
    flow = make_client(max_concurrency=1)
    server.default = server.hang
    tasks = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(5)]
    await server.arrived.wait()
    await flow.aclose()
    first, *others = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, APIConnectionError)
    assert [str(error) for error in others] == ["this client is closed; make a new one"] * 4
    assert len(server.seen) == 1
    await server.until(lambda: not server.open)


def test_an_unclosed_client_that_was_used_gives_a_resource_warning():
    def forget():
        asyncio.run(serve_and_call(make)())
        gc.collect()

    with pytest.warns(ResourceWarning) as caught:
        forget()
    assert any("unclosed Flow Retail client" in str(warning.message) for warning in caught)


def test_an_unused_client_and_one_that_could_not_be_made_give_none(recwarn):
    make(1)
    make(1, transport="aiohttp")
    with pytest.raises(TypeError):
        make(1, transport=5)
    gc.collect()
    assert not [warning for warning in recwarn if "Flow Retail" in str(warning.message)]


# -- One loop after another ------------------------------------------------------------------------


async def test_a_copy_that_is_closed_closes_its_connections_and_the_original_opens_them_again(
    server, make_client, get
):
    flow = make_client()
    for number in (1, 2):
        async with flow.with_options(deadline=5) as scoped:
            await scoped.send(get, ("c-1",))
            assert (server.open, server.connections) == (1, number)
        await server.until(lambda: not server.open)


async def test_connections_that_another_copy_uses_stay_open_until_it_is_closed_as_well(
    server, make_client, get
):
    flow = make_client()
    first, second = flow.with_options(deadline=5), flow.with_options(deadline=6)
    for client in (first, second):
        await client.send(get, ("c-1",))
    await first.aclose()
    await second.send(get, ("c-1",))
    assert (server.open, server.connections) == (1, 1)
    await second.aclose()
    await server.until(lambda: not server.open)


async def test_a_lease_that_leaves_the_loop_closes_the_transport_which_is_opened_again_when_needed():
    opened = []

    def open_transport():
        opened.append(FakeTransport())
        return opened[-1]

    connections = Connections(open_transport, max_concurrency=1)
    first, second = Lease(connections), Lease(connections)
    for lease in (first, second):
        lease.join()
    await first.leave()
    assert not opened[0].closed
    await second.leave()
    assert [transport.closed for transport in opened] == [True, False]
    second.join()
    assert connections.transport is opened[1]
    await connections.aclose()
    assert opened[1].closed


def test_a_lease_can_be_closed_when_no_loop_is_left_and_then_all_others_are_as_well():
    connections = Connections(FakeTransport, max_concurrency=1)
    first, second = Lease(connections), Lease(connections)
    first.close_without_loop()
    for lease in (first, second):
        with pytest.raises(RuntimeError, match="closed"):
            lease.join()
