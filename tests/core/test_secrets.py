"""A token shows nowhere: in no error, in no local variable of a traceback, in no log of asyncio."""

import asyncio
import contextlib
import logging

import pytest
from attrs import evolve
from leaks import leaks

from flow_retail_core.auth.account import AccountTokenProvider
from flow_retail_core.errors import FlowRetailError
from flow_retail_core.models.decoders import STRING, ListDecoder
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

FAR = {"production": "https://api.example.com/v2"}
TOKEN = "s3cret/t0ken+of.Kari=="
AUTH = "s3cret-auth-token"

everywhere = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)
ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


async def fetch_token():
    await asyncio.sleep(0)
    return TOKEN


SOURCES = {
    "string": lambda: TOKEN,
    "function": lambda: fetch_token,
    "provider": lambda: AccountTokenProvider(AUTH),
}

ECHO = f'{{"code": "BAD {TOKEN}", "message": "token {TOKEN} is bad", "logId": "{TOKEN}"}}'.encode()


def behave(server, name):
    """What the server does with a call."""
    return {
        "302": server.reply(302, body=ECHO, headers={"Location": f"/?token={TOKEN}"}),
        "400": server.reply(400, body=ECHO),
        "401": server.reply(401, body=ECHO, headers={"WWW-Authenticate": f"Bearer {TOKEN}"}),
        "403": server.reply(403, body=ECHO),
        "404": server.reply(404, body=f"<p>{TOKEN}</p>".encode()),
        "409": server.reply(409, body=ECHO),
        "422": server.reply(422, body=ECHO),
        "429": server.reply(429, body=ECHO),
        "503": server.reply(503, body=ECHO),
        "599": server.reply(599, body=TOKEN.encode()),
        "not JSON": server.reply(200, body=f"<html>{TOKEN}</html>".encode()),
        "not as promised": server.reply(200, {"token": TOKEN}),
        "an empty body": server.reply(204),
        "too large": server.reply(200, body=TOKEN.encode() * 1000),
        "broken compression": server.reply(
            200, body=TOKEN.encode(), headers={"Content-Encoding": "gzip", "X-Echo": TOKEN}
        ),
        "closed": server.close,
        "reset": server.reset,
        "garbage": server.raw(TOKEN.encode() + b"\r\n\r\n", then="close"),
        "a broken head": server.raw(
            b"HTTP/1.1 200 OK\r\nX-Echo: " + TOKEN.encode() + b"\r\n\x00\r\n", then="close"
        ),
        "cut short": server.reply(200, body=TOKEN.encode() * 9, cut=50),
        "silent": server.hang,
        "stalled": server.stall(TOKEN.encode()),
    }[name]


CASES = [
    "302", "400", "401", "403", "404", "409", "422", "429", "503", "599", "not JSON", "not as promised",
    "an empty body", "too large", "broken compression", "closed", "reset", "garbage", "a broken head",
    "cut short", "silent", "stalled",
]  # fmt: skip


@pytest.fixture
def responding(server):
    """Let the server exchange auth tokens, and do something else with any other call."""

    def set_up(behaviour):
        async def respond(seen, reader, writer):
            accepted = server.reply(200, {"accessToken": TOKEN})
            await (accepted if seen.target.endswith("/account") else behaviour)(seen, reader, writer)

        server.default = respond

    return set_up


# -- Errors and their tracebacks -------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("source", SOURCES)
async def test_no_error_of_a_call_shows_a_token(case, source, server, over, get, responding):
    responding(behave(server, case))
    flow = over(
        token=SOURCES[source](),
        retry=Retry(max_retries=1),
        timeout=Timeout(read=0.05),
        max_response_bytes=2000,
    )
    promising = evolve(get, returns=ListDecoder(STRING))
    with pytest.raises(FlowRetailError) as caught:
        await flow.call(promising, ("c-1",))
    assert leaks(caught.value, TOKEN, AUTH) == []
    assert any(TOKEN in seen.headers["authorization"] for seen in server.seen)


@everywhere
@pytest.mark.parametrize("case", ["silent", "stalled", "503"])
async def test_no_deadline_shows_a_token(case, server, over, get, responding):
    async def sleep(_seconds):
        await asyncio.sleep(60)

    responding(behave(server, case))
    with pytest.raises(FlowRetailError) as caught:
        await over(token=TOKEN, deadline=0.6, sleep=sleep).send(get, ("c-1",))
    assert leaks(caught.value, TOKEN) == []


@everywhere
@pytest.mark.parametrize("case", ["silent", "stalled"])
@pytest.mark.parametrize("how", ["cancelled", "timed out"])
async def test_no_cancellation_shows_a_token(case, how, server, over, create, responding):
    responding(behave(server, case))
    flow = over(token=TOKEN)

    async def cancelled():
        task = asyncio.create_task(flow.send(create, content=b"{}"))
        await server.arrived.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    async def timed_out():
        async with asyncio.timeout(0.05):
            await flow.send(create, content=b"{}")

    with pytest.raises((asyncio.CancelledError, TimeoutError)) as caught:
        await (cancelled() if how == "cancelled" else timed_out())
    assert leaks(caught.value, TOKEN) == []


@everywhere
async def test_no_cancellation_after_any_number_of_steps_shows_a_token(server, over, create):
    flow = over(token=TOKEN)
    server.default = server.reply(200, body=b" " * 100_000)
    steps = 0
    while True:
        task = asyncio.create_task(flow.send(create, content=b"x" * 100_000))
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        (ended,) = await asyncio.gather(asyncio.wait_for(task, 5), return_exceptions=True)
        assert not isinstance(ended, BaseException) or leaks(ended, TOKEN) == []
        steps += 1
    assert steps > 3


@everywhere
async def test_no_failed_connection_shows_a_token(over, create, unused_tcp_port, monkeypatch):
    async def never(*_args, **_options):
        await asyncio.Event().wait()

    flow = over(environments={"production": f"http://127.0.0.1:{unused_tcp_port}"}, token=TOKEN)
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(create, content=b"{}")
    assert leaks(caught.value, TOKEN) == []
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = over(environments=FAR, token=TOKEN, timeout=Timeout(connect=0.02))
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(create, content=b"{}")
    assert leaks(caught.value, TOKEN) == []


@everywhere
async def test_a_body_that_is_not_taken_shows_no_token(over, create):
    release = asyncio.Event()

    async def ignore(_reader, writer):
        await release.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        flow = over(environments={"production": url}, token=TOKEN, timeout=Timeout(write=0.05))
        with pytest.raises(FlowRetailError) as caught:
            await flow.send(create, content=b"x" * 30_000_000)
        release.set()
        await asyncio.sleep(0.01)
    assert leaks(caught.value, TOKEN) == []


@everywhere
@pytest.mark.parametrize(
    "mistake",
    [
        lambda flow, get: flow.send(get, ("..",)),
        lambda flow, get: flow.send(get, (5,)),
        lambda flow, get: flow.send(get, ("c-1",), query={"q": object()}),
        lambda flow, get: flow.send(get, ("c-1",), headers={"X": "\n"}),
        lambda flow, get: flow.send(get, ("c-1",), headers={"Authorization": "x"}),
        lambda flow, get: flow.request("GET", "//elsewhere"),
        lambda flow, get: flow.request("POST", "/x", json=object()),
        lambda flow, get: flow.request("BREW", "/x"),
    ],
)
async def test_no_mistake_in_a_call_shows_a_token(mistake, server, over, get):
    flow = over(token=TOKEN)
    await flow.send(get, ("c-1",))
    with pytest.raises((ValueError, TypeError)) as caught:
        await mistake(flow, get)
    assert leaks(caught.value, TOKEN) == []


async def test_the_use_of_a_closed_client_shows_no_token(server, make_client, get):
    flow = make_client(token=TOKEN)
    await flow.aclose()
    with pytest.raises(RuntimeError) as caught:
        await flow.send(get, ("c-1",))
    assert leaks(caught.value, TOKEN) == []


# -- asyncio's debug mode --------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("source", SOURCES)
async def test_asyncio_in_debug_mode_logs_no_token_and_no_task_returns_one(
    source, server, over, get, responding, caplog
):
    loop = asyncio.get_running_loop()
    created = []

    def note(loop, coroutine, **options):
        created.append(asyncio.Task(coroutine, loop=loop, **options))
        return created[-1]

    responding(behave(server, "not as promised"))
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    loop.set_task_factory(note)
    try:
        with caplog.at_level(logging.DEBUG):
            flow = over(token=SOURCES[source]())
            await flow.send(get, ("c-1",))
            server.script = [server.reply(401)]
            with contextlib.suppress(FlowRetailError):
                await flow.send(get, ("c-1",))
            await flow.aclose()
            await asyncio.sleep(0)
    finally:
        loop.set_task_factory(None)
        loop.set_debug(False)
    logged = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "Executing <Task" in logged
    assert TOKEN not in logged
    assert AUTH not in logged
    results = [
        task.result() for task in created if task.done() and not task.cancelled() and not task.exception()
    ]
    assert not [result for result in results if TOKEN in repr(result)]
