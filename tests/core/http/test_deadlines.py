"""What ends a call from outside: its deadline, a timeout around it, a cancellation, closing the client."""

import asyncio
import pickle

import httpx
import pytest

from flow_retail_core.errors import DeadlineExceededError, FlowRetailError, InternalServerError

FAR = {"production": "https://api.example.com/v2"}


async def test_the_deadline_bounds_an_attempt(server, make_client, get):
    server.default = server.hang
    with pytest.raises(
        DeadlineExceededError, match=r"customers.get: not done within 0.05 s \(attempts: 1"
    ) as caught:
        await make_client(deadline=0.05).send(get, ("c-1",))
    error = caught.value
    assert (error.operation, error.attempts, error.may_have_been_processed) == ("customers.get", 1, True)
    assert error.__context__ is None
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_the_deadline_bounds_waits_and_names_the_last_failure(server, make_client, get):
    async def sleep(_seconds):
        await asyncio.sleep(60)

    flow = make_client(deadline=0.9, sleep=sleep)
    server.default = server.reply(503)
    with pytest.raises(DeadlineExceededError, match="the last: 503"):
        await flow.send(get, ("c-1",))


async def test_the_deadline_bounds_the_token(server, make_client, get):
    async def never():
        await asyncio.Event().wait()

    flow = make_client(deadline=0.03, token=never)
    with pytest.raises(DeadlineExceededError, match="attempts: 0") as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False


async def test_the_deadline_bounds_the_wait_for_a_place(server, make_client, get):
    flow = make_client(max_concurrency=1)
    server.script = [server.hang]
    blocking = asyncio.create_task(flow.send(get, ("c-1",)))
    await server.arrived.wait()
    with pytest.raises(DeadlineExceededError, match="attempts: 0"):
        await flow.with_options(deadline=0.03).send(get, ("c-1",))
    blocking.cancel()
    await asyncio.gather(blocking, return_exceptions=True)


@pytest.mark.parametrize("transport", [None, "aiohttp"])
async def test_the_deadline_while_connecting_says_that_nothing_was_sent(
    transport, make_client, get, monkeypatch
):
    async def never(*_args, **_options):
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = make_client(environments=FAR, deadline=0.03, transport=transport)
    with pytest.raises(DeadlineExceededError) as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


async def test_the_deadline_in_a_transport_of_the_users_says_that_no_one_knows(make_client, get):
    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await asyncio.Event().wait()

    flow = make_client(environments=FAR, deadline=0.03, transport=Transport())
    with pytest.raises(DeadlineExceededError) as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_an_outer_timeout_is_not_taken_for_the_deadline(server, make_client, get):
    server.default = server.hang
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.03):
            await make_client(deadline=5.0).send(get, ("c-1",))
    assert not isinstance(caught.value, FlowRetailError)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("deadline", [None, 5.0])
async def test_a_cancellation_passes_through_and_is_not_retried(deadline, server, make_client, get):
    server.default = server.hang
    task = asyncio.create_task(make_client(deadline=deadline).send(get, ("c-1",)))
    await server.arrived.wait()
    task.cancel("mine")
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.01)
    assert len(server.seen) == 1


async def test_a_cancellation_during_a_wait_passes_through(server, make_client, get, waits):
    async def sleep(_seconds):
        raise asyncio.CancelledError

    flow = make_client(sleep=sleep)
    server.default = server.reply(503)
    with pytest.raises(asyncio.CancelledError):
        await flow.send(get, ("c-1",))
    assert len(server.seen) == 1


async def test_closing_during_a_wait_raises_what_is_known(server, make_client, get):
    async def close(_seconds):
        await flow.aclose()

    flow = make_client(sleep=close)
    server.default = server.reply(503)
    with pytest.raises(InternalServerError):
        await flow.send(get, ("c-1",))
    assert len(server.seen) == 1
