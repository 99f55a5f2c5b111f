"""Our own pool, httpx's stock pool and aiohttp's do the same for the same server, in plain and over TLS."""

import asyncio
import ssl

import httpx
import pytest

from flow_retail_core.errors import APIConnectionError, FlowRetailError, APITimeoutError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

pytestmark = pytest.mark.parametrize("server", ["http", "https"], indirect=True)


@pytest.fixture(params=["own", "stock", "aiohttp"])
async def make(request, make_client, authority, tmp_path, monkeypatch):
    """Make clients of the server over one of the pools; all trust its certificate."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    transports = []

    def make(**options):
        if request.param == "aiohttp":
            options["transport"] = "aiohttp"
        elif request.param == "stock":
            context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            limits = httpx.Limits(max_keepalive_connections=options.get("max_concurrency", 50))
            transports.append(httpx.AsyncHTTPTransport(verify=context, limits=limits))
            options["transport"] = transports[-1]
        return make_client(**options)

    make.pool = request.param
    yield make
    for transport in transports:
        await transport.aclose()


def raw(*parts, then="stay"):
    """Answer with these very bytes, one write each; then stay, close, or end the sending side."""

    async def behave(_seen, _reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.001)
        if then == "close":
            writer.close()
        elif then == "end" and writer.can_write_eof():
            writer.write_eof()
        elif then == "end":
            writer.close()

    return behave


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"

# What the server does, the body that comes of it, whether the connection serves a second call.
ANSWERS = {
    "with a length": (raw(ANSWER), b"{}", True),
    "byte by byte": (raw(*(ANSWER[at : at + 1] for at in range(len(ANSWER)))), b"{}", True),
    "after 103 Early Hints": (raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", ANSWER), b"{}", True),
    "after 100 Continue": (raw(b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER), b"{}", True),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), b"", True),
    "205 without a body": (raw(b"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"), b"", True),
    "in chunks": (raw(CHUNKED, b"1\r\n}\r\n", b"0\r\n\r\n"), b"{}", True),
    "in chunks with trailers": (raw(CHUNKED, b"1\r\n}\r\n0\r\nX-Sum: 1\r\n\r\n"), b"{}", True),
    "Connection: close": (
        raw(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), then="close"),
        b"{}",
        False,
    ),
    "until the end": (raw(b"HTTP/1.1 200 OK\r\n\r\n{}", then="close"), b"{}", False),
    "HTTP/1.0": (raw(ANSWER.replace(b"1.1", b"1.0"), then="close"), b"{}", False),
    "HTTP/1.0 until the end": (raw(b"HTTP/1.0 200 OK\r\n\r\n{}", then="end"), b"{}", False),
    "closed afterwards without a word": (raw(ANSWER, then="close"), b"{}", False),
    "half-closed afterwards": (raw(ANSWER, then="end"), b"{}", False),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_is_read_whole_and_its_connection_serves_again_if_it_can(kind, server, make, create):
    if kind == "until the end" and make.pool == "stock":
        pytest.skip("httpcore takes the connection for idle, and over TLS does not see that it has ended")
    behave, body, again = ANSWERS[kind]
    flow = make()
    server.script = [behave]
    # A POST, which is not repeated: each attempt below is the only one.
    assert (await flow.send(create, content=b"{}")).content == body
    await server.until(lambda: server.idle)
    # Over loopback the news has arrived; the client's side of it takes a few turns of this very loop.
    for _ in range(10):
        await asyncio.sleep(0)
    second = await flow.send(create, content=b"{}")
    assert (second.attempts, second.json()) == (1, {})
    assert server.connections == (1 if again else 2)


async def test_a_head_request_has_no_body_whatever_its_length_says(server, make):
    flow = make()
    server.script = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")]
    assert (await flow.request("HEAD", "/x")).content == b""
    assert (await flow.request("GET", "/x")).json() == {}
    assert server.connections == 1


# What the server does to a request; all of it may have been processed.
LOSSES = {
    "closed without a word": raw(then="close"),
    "ended in the head": raw(b"HTTP/1.1 200 OK\r\nCont", then="close"),
    "ended in the body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", then="close"),
    "ended in the chunks": raw(CHUNKED, then="close"),
    "half-closed in the body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", then="end"),
    "no HTTP": raw(b"SMTP ready\r\n\r\n", then="close"),
    "a chunk without a size": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", then="close"
    ),
}


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("warm", [False, True], ids=["new connection", "used connection"])
async def test_a_lost_answer_is_told_the_same_and_never_leads_to_a_second_create(
    kind, warm, server, make, create
):
    flow = make(timeout=Timeout(read=5))
    if warm:
        await flow.send(create, content=b"{}")
    server.script = [LOSSES[kind]]
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    assert len(server.seen) == 1 + warm
    assert (await flow.send(create, content=b"{}")).attempts == 1


@pytest.mark.parametrize("kind", ["head", "body"])
async def test_a_server_that_falls_silent_is_a_timeout(kind, server, make, create):
    flow = make(timeout=Timeout(read=0.05))
    server.script = [server.hang if kind == "head" else server.stall(b"half")]
    with pytest.raises(APITimeoutError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    await server.until(lambda: not server.open)


async def test_a_server_that_stops_taking_a_long_body_is_a_timeout(server, make, create):
    taken = asyncio.Event()

    async def ignore(_reader, writer):
        await taken.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        port = listener.sockets[0].getsockname()[1]
        flow = make(environments={"production": f"http://127.0.0.1:{port}"}, timeout=Timeout(write=0.05))
        with pytest.raises(APITimeoutError, match="write timeout"):
            await flow.send(create, content=b"x" * 30_000_000)
        taken.set()
        await asyncio.sleep(0.01)


async def test_a_long_body_arrives_whole(server, make, create):
    body = b"[" + b"1," * 1_000_000 + b"1]"
    await make().send(create, content=body)
    assert server.seen[0].body == body
    assert "transfer-encoding" not in server.seen[0].headers


async def test_an_answer_before_the_whole_body_was_taken_is_an_answer(server, make, create):
    answered = asyncio.Event()

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await answered.wait()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        flow = make(environments={"production": f"http://127.0.0.1:{port}"}, timeout=Timeout(write=0.2))
        with pytest.raises(FlowRetailError) as caught:
            await flow.send(create, content=b"x" * 200_000)
        answered.set()
        assert caught.value.attempts == 1


async def test_nothing_is_sent_to_a_port_where_no_one_listens(server, make, create, unused_tcp_port):
    flow = make(environments={"production": f"http://127.0.0.1:{unused_tcp_port}"}, retry=Retry(max_retries=1))
    with pytest.raises(APIConnectionError, match="connection refused") as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


async def test_a_connection_that_never_comes_about_is_a_timeout(server, make, create, monkeypatch):
    async def never(*_args, **_kwargs):
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = make(
        environments={"production": "https://api.example.com"},
        timeout=Timeout(connect=0.02),
        retry=Retry(max_retries=1),
    )
    with pytest.raises(APITimeoutError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


async def test_what_the_server_sees_is_the_same(server, make, create, token):
    await make(locale="nb-NO").send(create, query={"q": "blå & grønn/1+1 ~;"}, content=b'{"a": 1}')
    (seen,) = server.seen
    host = server.url.partition("://")[2].removesuffix("/v2")
    agent = seen.headers.pop("user-agent")
    assert agent.startswith("flow-retail-client/")
    assert seen.headers == {
        "host": host,
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "accept-language": "nb-NO",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "content-length": "8",
    }
    assert seen.body == b'{"a": 1}'
    assert seen.target.startswith("/v2/tenants/acme/customers?q=bl%C3%A5")


async def test_cookies_are_neither_kept_nor_sent_back(server, make, get):
    flow = make()
    server.default = server.reply(200, {}, headers={"Set-Cookie": "session=s3cret"})
    await flow.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    assert "cookie" not in server.seen[1].headers


async def test_redirects_are_not_followed(server, make, get):
    server.default = server.reply(302, headers={"Location": "https://elsewhere.example.com/"})
    with pytest.raises(FlowRetailError) as caught:
        await make().send(get, ("c-1",))
    assert caught.value.status_code == 302


async def test_closing_while_calls_are_in_flight_ends_them(server, make, get):
    flow = make(retry=Retry(max_retries=0))
    server.default = server.hang
    tasks = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(3)]
    await server.until(lambda: len(server.seen) == 3)
    await flow.aclose()
    if flow._connections.link._close is None:
        # A transport of the user's is the user's to close, and so are its calls.
        for task in tasks:
            task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, APIConnectionError | asyncio.CancelledError)
    await server.until(lambda: not server.open)


async def test_many_calls_share_no_more_connections_than_there_are_slots(server, make, get):
    flow = make(max_concurrency=4)
    answers = await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(60)))
    assert {answer.attempts for answer in answers} == {1}
    assert server.connections == 4


@pytest.mark.parametrize("length", [2, 200_000])
async def test_cancelling_after_any_number_of_steps_loses_no_connection_and_no_slot(
    length, server, make, create
):
    flow = make(max_concurrency=2)
    server.default = server.reply(200, body=b" " * length)
    steps = 0
    while True:
        # One call to cancel, one beside it, and two in line for the slots.
        tasks = [asyncio.create_task(flow.send(create, content=b"{}")) for _ in range(4)]
        for _ in range(steps):
            await asyncio.sleep(0)
        finished = tasks[0].done()
        tasks[0].cancel()
        others = await asyncio.wait_for(asyncio.gather(*tasks[1:]), 5)
        assert [answer.attempts for answer in others] == [1] * 3
        assert finished or tasks[0].cancelled() or (await tasks[0]).attempts == 1
        assert flow._connections.slots.free == 2
        # What is open is idle, and at most a connection a slot.
        await server.until(lambda: server.open <= 2)
        if finished:
            break
        steps += 1
    assert steps > 5
    async with asyncio.timeout(5):
        await asyncio.gather(*(flow.send(create, content=b"{}") for _ in range(20)))
