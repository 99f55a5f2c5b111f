import asyncio
import gzip
import ssl

import anyio
import h11
import httpcore
import httpx
import pytest

from flow_retail_core.errors import APIConnectionError, APITimeoutError, FlowRetailError
from flow_retail_core.httpx_link import transport_link
from flow_retail_core.response import Headers
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout
from flow_retail_core.transport import Lost, Outgoing, Received

FAR = {"production": "https://api.example.com/v2"}


def tree(root):
    return [root, *(cls for child in root.__subclasses__() for cls in tree(child))]


def make_error(cls, text):
    if issubclass(cls, httpx.HTTPStatusError):
        request = httpx.Request("GET", "https://api.example.com", headers={"Authorization": text})
        return cls(text, request=request, response=httpx.Response(500, request=request))
    if issubclass(cls, httpx.RequestError):
        return cls(text, request=httpx.Request("GET", "https://a.example", headers={"Authorization": text}))
    try:
        return cls(text)
    except TypeError:
        return cls()


FOREIGN = [
    *tree(httpx.HTTPError), *tree(httpx.StreamError), httpx.InvalidURL, httpx.CookieConflict,
    *tree(httpcore.NetworkError), *tree(httpcore.TimeoutException), *tree(httpcore.ProtocolError),
    httpcore.ConnectionNotAvailable, httpcore.ProxyError, h11.LocalProtocolError, h11.RemoteProtocolError,
    anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, ssl.SSLError, OSError,
    ConnectionResetError,
    TimeoutError, EOFError, UnicodeError, ValueError, RuntimeError, AssertionError, KeyError,
]  # fmt: skip


def everything_reachable(error):
    """Every object that hangs on an exception: its chain, their attributes and arguments."""
    seen, todo = [], [error]
    while todo:
        thing = todo.pop()
        if any(thing is other for other in seen):
            continue
        seen.append(thing)
        if isinstance(thing, BaseException):
            todo += [thing.__cause__, thing.__context__, *thing.args, *vars(thing).values()]
    return seen


@pytest.mark.parametrize("cls", FOREIGN, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
async def test_no_foreign_error_escapes_nor_hangs_on_ours(cls, make_client, get, token):
    def fail(_request):
        raise make_error(cls, f"text with {token}")

    flow = make_client(environments=FAR, transport=httpx.MockTransport(fail))
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(get, ("c-1",), query={"q": "query-value"})
    for thing in everything_reachable(caught.value):
        assert thing is None or isinstance(thing, FlowRetailError | str | int | bool)
        assert token not in str(thing)
        assert "query-value" not in str(thing)
    assert caught.value.operation == "customers.get"
    timed_out = issubclass(cls, httpx.TimeoutException | TimeoutError)
    assert isinstance(caught.value, APITimeoutError if timed_out else APIConnectionError)


@pytest.mark.parametrize("name", ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"])
async def test_a_create_is_repeated_if_nothing_was_sent(name, make_client, create):
    outcomes = [getattr(httpx, name)("no"), httpx.Response(201, json={})]

    def handle(_request):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert (
        await make_client(environments=FAR, transport=httpx.MockTransport(handle)).send(create)
    ).attempts == 2


@pytest.mark.parametrize(
    "name", ["ReadError", "ReadTimeout", "WriteError", "WriteTimeout", "RemoteProtocolError", "CloseError"]
)
async def test_a_create_is_not_repeated_if_it_may_have_been_sent(name, make_client, create):
    def fail(_request):
        raise getattr(httpx, name)("no")

    with pytest.raises(FlowRetailError) as caught:
        await make_client(environments=FAR, transport=httpx.MockTransport(fail)).send(create)
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@pytest.mark.parametrize("name", ["UnsupportedProtocol", "LocalProtocolError", "InvalidURL"])
async def test_what_can_not_get_better_is_not_repeated(name, make_client, get):
    def fail(_request):
        raise getattr(httpx, name)("no")

    with pytest.raises(APIConnectionError) as caught:
        await make_client(environments=FAR, transport=httpx.MockTransport(fail)).send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


# -- Over real sockets -----------------------------------------------------------------------------


async def test_a_refused_connection_is_named_and_certainly_not_processed(
    make_client, create, unused_tcp_port
):
    flow = make_client(environments={"production": f"http://127.0.0.1:{unused_tcp_port}"})
    with pytest.raises(APIConnectionError, match="no connection: connection refused") as caught:
        await flow.send(create)
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (4, False)


async def test_of_several_addresses_that_fail_the_reason_is_still_named(make_client, get):
    def fail(_request):
        errors = [ConnectionRefusedError(111, "s3cret"), OSError(113, "s3cret")]
        raise httpx.ConnectError("no") from ExceptionGroup("all failed", errors)

    flow = make_client(environments=FAR, transport=httpx.MockTransport(fail), retry=Retry(max_retries=0))
    with pytest.raises(APIConnectionError, match=r"no connection: connection refused$"):
        await flow.send(get, ("c-1",))


async def test_an_unknown_host_is_named(make_client, get, monkeypatch):
    async def unknown(*_args, **_kwargs):
        import socket

        raise socket.gaierror(-2, "s3cret-host.example.com not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    flow = make_client(environments=FAR)
    with pytest.raises(
        APIConnectionError, match=r"customers.get: no connection: the host's name is not known"
    ):
        await flow.send(get, ("c-1",))


@pytest.mark.parametrize("fault", ["close", "reset", "garbage"])
async def test_a_lost_answer_is_repeated_on_a_new_connection(fault, server, make_client, get, create):
    flow = make_client()
    server.script = [getattr(server, fault)]
    assert (await flow.send(get, ("c-1",))).attempts == 2
    server.script = [getattr(server, fault)]
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_a_body_cut_short_is_repeated_like_a_lost_connection(server, make_client, get, create):
    flow = make_client()
    server.script = [server.reply(200, {"name": "x" * 1000}, cut=200)]
    answer = await flow.send(get, ("c-1",))
    assert (answer.attempts, answer.json()) == (2, {})
    server.script = [server.reply(201, {"name": "x" * 1000}, cut=200)]
    with pytest.raises(APIConnectionError):
        await flow.send(create, content=b"{}")


async def test_compressed_answers_are_read_and_broken_ones_repeated(server, make_client, get):
    packed = gzip.compress(b'{"a": 1}')
    headers = {"Content-Encoding": "gzip"}
    server.script = [
        server.reply(body=b"not gzip", headers=headers),
        server.reply(body=packed, headers=headers),
    ]
    answer = await make_client().send(get, ("c-1",))
    assert (answer.attempts, answer.json()) == (2, {"a": 1})
    assert "gzip" in server.seen[0].headers["accept-encoding"]


@pytest.mark.parametrize("how", ["own", "http_client", "transport"])
async def test_a_server_that_says_nothing_is_a_timeout(how, server, make_client, get, create):
    async with httpx.AsyncClient() as http_client, httpx.AsyncHTTPTransport() as transport:
        brought = {
            "own": {},
            "http_client": {"http_client": http_client},
            "transport": {"transport": transport},
        }[how]
        flow = make_client(timeout=Timeout(read=0.02), **brought)
        server.script = [server.hang, server.stall(b"half")]
        assert (await flow.send(get, ("c-1",))).attempts == 3
        server.script = [server.hang]
        with pytest.raises(
            APITimeoutError, match=r"customers.create: nothing received within 0.02 s"
        ) as caught:
            await flow.send(create, content=b"{}")
        assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_a_server_that_takes_nothing_is_a_timeout(make_client, create):
    release = asyncio.Event()

    async def ignore(_reader, writer):
        await release.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        port = listener.sockets[0].getsockname()[1]
        flow = make_client(
            environments={"production": f"http://127.0.0.1:{port}"}, timeout=Timeout(write=0.05)
        )
        with pytest.raises(APITimeoutError, match="nothing sent within"):
            await flow.send(create, content=b"x" * 30_000_000)
        release.set()
        await asyncio.sleep(0.01)


async def test_error_pages_with_odd_bytes_in_headers_are_read(server, make_client, get):
    server.default = server.reply(200, {}, headers={"X-Name": "K\xe5re"})
    assert (await make_client().send(get, ("c-1",))).headers["x-name"] == "K\xe5re"


# -- Connections, cancelled and reused -------------------------------------------------------------


async def test_a_transport_without_an_answer_stream_is_lost_not_stuck():
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.SyncByteStream())

    outgoing = Outgoing("x", "GET", "https://a.example/", [], None, {})
    with pytest.raises(Lost) as caught:
        await transport_link(Broken()).exchange(outgoing)
    assert (caught.value.sent, caught.value.passing) == (True, False)


def test_imports_made_ahead_of_time_for_httpcore_are_only_a_favour(monkeypatch):
    from flow_retail_core import ahead

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(ahead, "import_module", missing)
    ahead.import_network_ahead()


def test_what_was_received_is_shown_without_headers_and_body():
    received = Received(200, Headers([(b"Set-Cookie", b"s3cret")]), b"Kari")
    assert repr(received) == "<Received: 200>"
