"""All transports do the same for the same server, in plain and over TLS."""

import asyncio

import pytest
from open_places import all_places_are_free
from scripted_server import Server

from flow_retail_core.errors import APIConnectionError, APITimeoutError, ConflictError, FlowRetailError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

pytestmark = [
    pytest.mark.parametrize("server", ["http", "https"], indirect=True),
    pytest.mark.parametrize("over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True),
]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"

# What the server does, the body that comes of it, whether the connection serves a second call.
RESPONSES = {
    "with a length": (Server.raw(RESPONSE), b"{}", True),
    "byte by byte": (Server.raw(*(RESPONSE[at : at + 1] for at in range(len(RESPONSE)))), b"{}", True),
    "after 103 Early Hints": (
        Server.raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", RESPONSE),
        b"{}",
        True,
    ),
    "after 100 Continue": (Server.raw(b"HTTP/1.1 100 Continue\r\n\r\n" + RESPONSE), b"{}", True),
    "204": (Server.raw(b"HTTP/1.1 204 No Content\r\n\r\n"), b"", True),
    "205 without a body": (Server.raw(b"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"), b"", True),
    "in chunks": (Server.raw(CHUNKED, b"1\r\n}\r\n", b"0\r\n\r\n"), b"{}", True),
    "in chunks with trailers": (Server.raw(CHUNKED, b"1\r\n}\r\n0\r\nX-Sum: 1\r\n\r\n"), b"{}", True),
    "Connection: close": (
        Server.raw(RESPONSE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), then="close"),
        b"{}",
        False,
    ),
    "until the end": (Server.raw(b"HTTP/1.1 200 OK\r\n\r\n{}", then="close"), b"{}", False),
    "HTTP/1.0": (Server.raw(RESPONSE.replace(b"1.1", b"1.0"), then="close"), b"{}", False),
    "HTTP/1.0 until the end": (Server.raw(b"HTTP/1.0 200 OK\r\n\r\n{}", then="end"), b"{}", False),
    "closed afterwards without a word": (Server.raw(RESPONSE, then="close"), b"{}", False),
    "half-closed afterwards": (Server.raw(RESPONSE, then="end"), b"{}", False),
}


@pytest.mark.parametrize("case", RESPONSES)
async def test_a_response_is_read_whole_and_its_connection_serves_again_if_it_can(case, server, over, create):
    if case == "until the end" and not over.is_ours:
        pytest.skip("httpcore takes the connection for idle, and over TLS does not see that it has ended")
    behave, body, again = RESPONSES[case]
    flow = over()
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


async def test_a_head_request_has_no_body_whatever_its_length_says(server, over):
    flow = over()
    server.script = [Server.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")]
    assert (await flow.request("HEAD", "/x")).content == b""
    assert (await flow.request("GET", "/x")).json() == {}
    assert server.connections == 1


# What the server does to a request; all of it may have been processed.
LOSSES = {
    "closed without a word": Server.raw(then="close"),
    "ended in the head": Server.raw(b"HTTP/1.1 200 OK\r\nCont", then="close"),
    "ended in the body": Server.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", then="close"),
    "ended in the chunks": Server.raw(CHUNKED, then="close"),
    "half-closed in the body": Server.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", then="end"),
    "no HTTP": Server.raw(b"SMTP ready\r\n\r\n", then="close"),
    "a chunk without a size": Server.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", then="close"
    ),
}


@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize("warm", [False, True], ids=["new connection", "used connection"])
async def test_a_lost_response_is_reported_the_same_and_never_leads_to_a_second_create(
    case, warm, server, over, create
):
    flow = over(timeout=Timeout(read=5))
    if warm:
        await flow.send(create, content=b"{}")
    server.script = [LOSSES[case]]
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    assert len(server.seen) == 1 + warm
    assert (await flow.send(create, content=b"{}")).attempts == 1


@pytest.mark.parametrize("case", ["head", "body"])
async def test_a_server_that_falls_silent_is_a_timeout(case, server, over, create):
    flow = over(timeout=Timeout(read=0.05))
    server.script = [server.hang if case == "head" else server.stall(b"half")]
    with pytest.raises(APITimeoutError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    await server.until(lambda: not server.open)


async def test_a_server_that_stops_taking_a_long_body_is_a_timeout(server, over, create):
    taken = asyncio.Event()

    async def ignore(_reader, writer):
        await taken.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        port = listener.sockets[0].getsockname()[1]
        flow = over(environments={"production": f"http://127.0.0.1:{port}"}, timeout=Timeout(write=0.05))
        with pytest.raises(APITimeoutError, match="write timeout"):
            await flow.send(create, content=b"x" * 30_000_000)
        taken.set()
        await asyncio.sleep(0.01)


async def test_a_long_body_arrives_whole(server, over, create):
    body = b"[" + b"1," * 1_000_000 + b"1]"
    await over().send(create, content=body)
    assert server.seen[0].body == body
    assert "transfer-encoding" not in server.seen[0].headers


async def test_a_response_before_the_whole_body_was_taken_is_the_response(server, over, create):
    responded = asyncio.Event()

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await responded.wait()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        flow = over(environments={"production": f"http://127.0.0.1:{port}"}, timeout=Timeout(write=0.2))
        with pytest.raises(ConflictError) as caught:
            await flow.send(create, content=b"x" * 200_000)
        responded.set()
        assert caught.value.attempts == 1


async def test_nothing_is_sent_to_a_port_where_no_one_listens(server, over, create, unused_tcp_port):
    flow = over(
        environments={"production": f"http://127.0.0.1:{unused_tcp_port}"}, retry=Retry(max_retries=1)
    )
    with pytest.raises(APIConnectionError, match="connection refused") as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


async def test_a_connection_that_never_comes_about_is_a_timeout(server, over, create, monkeypatch):
    async def never(*_args, **_kwargs):
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = over(
        environments={"production": "https://api.example.com"},
        timeout=Timeout(connect=0.02),
        retry=Retry(max_retries=1),
    )
    with pytest.raises(APITimeoutError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


async def test_what_the_server_sees_is_the_same(server, over, create, token):
    await over(locale="nb-NO").send(create, query={"q": "blå & grønn/1+1 ~;"}, content=b'{"a": 1}')
    (seen,) = server.seen
    host = server.url.partition("://")[2].removesuffix("/v2")
    agent = seen.headers.pop("user-agent")
    if over.is_client:
        # What every httpx client adds.
        assert seen.headers.pop("connection") == "keep-alive"
    assert agent.startswith("flow-retail-client/")
    assert seen.headers == {
        "host": host,
        "accept": "application/json",
        "accept-encoding": "gzip",
        "accept-language": "nb-NO",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "content-length": "8",
    }
    assert seen.body == b'{"a": 1}'
    assert seen.target.startswith("/v2/tenants/acme/customers?q=bl%C3%A5")


async def test_cookies_are_neither_kept_nor_sent_back(server, over, get):
    if over.is_client:
        pytest.skip("a client of the user's keeps its cookies")
    flow = over()
    server.default = server.reply(200, {}, headers={"Set-Cookie": "session=s3cret"})
    await flow.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    assert "cookie" not in server.seen[1].headers


async def test_redirects_are_not_followed(server, over, get):
    server.default = server.reply(302, headers={"Location": "https://elsewhere.example.com/"})
    with pytest.raises(FlowRetailError) as caught:
        await over().send(get, ("c-1",))
    assert caught.value.status_code == 302


async def test_closing_while_calls_are_in_flight_ends_them(server, over, get):
    flow = over(retry=Retry(max_retries=0))
    server.default = server.hang
    tasks = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(3)]
    await server.until(lambda: len(server.seen) == 3)
    await flow.aclose()
    if not over.is_ours:
        # A transport of the user's is the user's to close, and so are its calls.
        for task in tasks:
            task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, APIConnectionError | asyncio.CancelledError)
    await server.until(lambda: not server.open)


async def test_many_calls_share_no_more_connections_than_there_are_places(server, over, get):
    flow = over(max_concurrency=4)
    responses = await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(60)))
    assert {response.attempts for response in responses} == {1}
    assert server.connections == 4


@pytest.mark.parametrize("length", [2, 200_000])
async def test_cancelling_after_any_number_of_steps_loses_no_connection_and_no_place(
    length, server, over, create
):
    flow = over(max_concurrency=2)
    server.default = server.reply(200, body=b" " * length)
    steps = 0
    while True:
        # One call to cancel, one beside it, and two in line.
        tasks = [asyncio.create_task(flow.send(create, content=b"{}")) for _ in range(4)]
        for _ in range(steps):
            await asyncio.sleep(0)
        finished = tasks[0].done()
        tasks[0].cancel()
        others = await asyncio.wait_for(asyncio.gather(*tasks[1:]), 5)
        assert [response.attempts for response in others] == [1] * 3
        assert finished or tasks[0].cancelled() or (await tasks[0]).attempts == 1
        await all_places_are_free(flow, server, 2)
        # What is open is idle, and at most a connection a place.
        await server.until(lambda: server.open <= 2)
        if finished:
            break
        steps += 1
    assert steps > 5
    async with asyncio.timeout(5):
        await asyncio.gather(*(flow.send(create, content=b"{}") for _ in range(20)))
