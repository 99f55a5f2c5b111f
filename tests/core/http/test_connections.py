import asyncio
import gc
import threading
import warnings

import pytest

from flow_retail_core.client import Client
from flow_retail_core.errors import APIConnectionError


def serve_and_call(flow_factory, calls=2):
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

        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            flow = flow_factory(listener.sockets[0].getsockname()[1])
            await asyncio.gather(*(flow.request("GET", "/x") for _ in range(calls)))
            return flow
        finally:
            # No `async with`: since Python 3.12 it waits for connections, and the client keeps its own open.
            listener.close()

    return main


def make(port, **options):
    return Client(
        environments={"production": f"http://127.0.0.1:{port}"}, tenant="acme", token="tok", **options
    )


def test_two_loops_in_turn_with_a_client_each():
    async def close(main):
        await (await main()).aclose()

    for _ in range(2):
        asyncio.run(close(serve_and_call(lambda port: make(port, max_concurrency=1), calls=5)))


def test_one_client_works_in_a_second_loop_after_the_first_has_ended():
    clients = []

    def once(port):
        if not clients:
            clients.append(make(port, max_concurrency=1))
        else:
            clients[0]._base_url = f"http://127.0.0.1:{port}"
        return clients[0]

    with warnings.catch_warnings():
        # The loops ended with a connection open; asyncio says so when it is collected.
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(serve_and_call(once, calls=5)())
        asyncio.run(serve_and_call(once, calls=5)())
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


async def test_a_thousand_tasks_on_one_client_all_succeed(server, make_client, get):
    flow = make_client()
    answers = await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(1000)))
    assert len(answers) == 1000
    assert server.connections <= 50


async def test_a_slot_is_not_held_while_waiting_for_the_next_attempt(server, make_client, get):
    order = []

    class Client(type(make_client())):
        pass

    async def sleep(seconds):
        order.append("waiting")
        await flow.request("GET", "/other")
        order.append("waited")

    flow = make_client(max_concurrency=1)
    object.__setattr__(flow._caller.sender.retries.clock, "sleep", sleep)
    server.script = [server.reply(503)]
    await flow.send(get, ("c-1",))
    assert order == ["waiting", "waited"]


async def test_cancelling_those_in_line_loses_no_slot(server, make_client, get):
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


async def test_those_in_line_when_the_client_is_closed_are_told_so_and_send_nothing(server, make_client, get):
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
    with pytest.raises(TypeError):
        make(1, transport=5)
    gc.collect()
    assert not [warning for warning in recwarn if "Flow Retail" in str(warning.message)]


# -- For whoever ends event loops ------------------------------------------------------------------


async def test_a_client_that_leaves_the_loop_closes_its_connections_and_can_be_used_again(
    server, make_client, get
):
    flow = make_client()
    for number in (1, 2):
        await flow.send(get, ("c-1",))
        assert (server.open, server.connections) == (1, number)
        await flow._leave_loop()
        await server.until(lambda: not server.open)


async def test_connections_that_a_copy_uses_stay_open_until_it_leaves_as_well(server, make_client, get):
    flow = make_client()
    copy = flow.with_options(deadline=5)
    for client in (flow, copy):
        await client.send(get, ("c-1",))
    await flow._leave_loop()
    await copy.send(get, ("c-1",))
    assert (server.open, server.connections) == (1, 1)
    await copy._leave_loop()
    await server.until(lambda: not server.open)


def test_a_client_can_be_closed_when_no_loop_is_left_and_its_copies_with_it():
    flow = make(1)
    copy = flow.with_options(deadline=5)
    flow._close_without_loop()
    for client in (flow, copy):
        with pytest.raises(RuntimeError, match="closed"):
            asyncio.run(client.request("GET", "/x"))
