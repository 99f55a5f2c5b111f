import asyncio
import gzip
import logging
import ssl
from contextlib import asynccontextmanager

import anyio
import h11
import httpcore
import httpx
import pytest
import trustme

from flow_retail_core.client import BaseClient
from flow_retail_core.errors import ConnectionFailed, FlowRetailError, RequestTimeout
from flow_retail_core.retry import Retry
from flow_retail_core.settings import Timeout
from flow_retail_core.transport import Lost, Outgoing, own_link, transport_link

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
    assert cls.__name__ in str(caught.value)
    assert caught.value.operation == "customers.get"
    timed_out = issubclass(cls, httpx.TimeoutException | TimeoutError)
    assert isinstance(caught.value, RequestTimeout if timed_out else ConnectionFailed)


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

    with pytest.raises(ConnectionFailed) as caught:
        await make_client(environments=FAR, transport=httpx.MockTransport(fail)).send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


# -- Over real sockets -----------------------------------------------------------------------------


async def test_a_refused_connection_is_named_and_certainly_not_processed(
    make_client, create, unused_tcp_port
):
    flow = make_client(environments={"production": f"http://127.0.0.1:{unused_tcp_port}"})
    with pytest.raises(ConnectionFailed, match="ConnectError: Connection refused") as caught:
        await flow.send(create)
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (4, False)


async def test_of_several_addresses_that_fail_the_reason_is_still_named(make_client, get):
    def fail(_request):
        errors = [ConnectionRefusedError(111, "s3cret"), OSError(113, "s3cret")]
        raise httpx.ConnectError("no") from ExceptionGroup("all failed", errors)

    flow = make_client(environments=FAR, transport=httpx.MockTransport(fail), retry=Retry(attempts=1))
    with pytest.raises(ConnectionFailed, match=r"ConnectError: Connection refused$"):
        await flow.send(get, ("c-1",))


async def test_an_unknown_host_is_named(make_client, get, monkeypatch):
    async def unknown(*_args, **_kwargs):
        import socket

        raise socket.gaierror(-2, "s3cret-host.example.com not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    flow = make_client(environments=FAR)
    with pytest.raises(ConnectionFailed, match=r"customers.get: ConnectError: host name not resolved"):
        await flow.send(get, ("c-1",))


@pytest.mark.parametrize("fault", ["close", "reset", "garbage"])
async def test_a_lost_answer_is_repeated_on_a_new_connection(fault, server, make_client, get, create):
    flow = make_client()
    server.script = [getattr(server, fault)]
    assert (await flow.send(get, ("c-1",))).attempts == 2
    server.script = [getattr(server, fault)]
    with pytest.raises(ConnectionFailed) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_a_body_cut_short_is_repeated_like_a_lost_connection(server, make_client, get, create):
    flow = make_client()
    server.script = [server.reply(200, {"name": "x" * 1000}, cut=200)]
    answer = await flow.send(get, ("c-1",))
    assert (answer.attempts, answer.json()) == (2, {})
    server.script = [server.reply(201, {"name": "x" * 1000}, cut=200)]
    with pytest.raises(ConnectionFailed):
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
        with pytest.raises(RequestTimeout, match=r"customers.create: ReadTimeout") as caught:
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
        with pytest.raises(RequestTimeout, match="WriteTimeout"):
            await flow.send(create, content=b"x" * 30_000_000)
        release.set()
        await asyncio.sleep(0.01)


async def test_error_pages_with_odd_bytes_in_headers_are_read(server, make_client, get):
    server.default = server.reply(200, {}, headers={"X-Name": "K\xe5re"})
    assert (await make_client().send(get, ("c-1",))).headers["x-name"] == "K\xe5re"


# -- Connections, cancelled and reused -------------------------------------------------------------


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
    with pytest.raises(ConnectionFailed):
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


async def test_a_transport_without_an_answer_stream_is_lost_not_stuck():
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.SyncByteStream())

    outgoing = Outgoing("x", "GET", "https://a.example/", [], None, {})
    with pytest.raises(Lost) as caught:
        await transport_link(Broken()).exchange(outgoing)
    assert (caught.value.sent, caught.value.passing) == (True, False)


def test_imports_made_ahead_of_time_are_only_a_favour(monkeypatch):
    from flow_retail_core import transport

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(transport, "import_module", missing)
    transport._import_ahead.cache_clear()
    transport._import_ahead()
    transport._import_ahead.cache_clear()


# -- TLS and proxies -------------------------------------------------------------------------------


@asynccontextmanager
async def tls_server(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as listener:
        yield f"https://localhost:{listener.sockets[0].getsockname()[1]}"


async def test_a_certificate_is_checked_and_a_refused_one_is_not_tried_again(make_client, get):
    async with tls_server(trustme.CA()) as url:
        flow = make_client(environments={"production": url})
        with pytest.raises(ConnectionFailed, match="certificate not accepted") as caught:
            await flow.send(get, ("c-1",))
        assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


async def test_authorities_can_come_from_the_environment_and_are_read_once(
    make_client, get, tmp_path, monkeypatch
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with tls_server(authority) as url:
        flow = make_client(environments={"production": url})
        assert (await flow.send(get, ("c-1",))).status_code == 200
        assert (
            pool_of(make_client(environments={"production": url}))._ssl_context is pool_of(flow)._ssl_context
        )
        await flow.aclose()


async def test_a_proxy_of_the_environment_gets_a_tunnel_and_no_token(make_client, get, monkeypatch, token):
    heads = []

    async def serve(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{listener.sockets[0].getsockname()[1]}")
        flow = make_client(environments=FAR, retry=Retry(attempts=1))
        with pytest.raises(ConnectionFailed, match="ProxyError"):
            await flow.send(get, ("c-1",))
    assert heads[0].startswith(b"CONNECT api.example.com:443 ")
    assert token.encode() not in heads[0]


@pytest.mark.parametrize("no_proxy", ["api.example.com", "*", ".example.com"])
def test_no_proxy_is_honoured(no_proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    proxied = own_link("https://api.example.com", 1)._close.__self__._pool
    assert isinstance(proxied, httpcore.AsyncHTTPProxy)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert not isinstance(
        own_link("https://api.example.com", 1)._close.__self__._pool, httpcore.AsyncHTTPProxy
    )


async def test_loopback_is_never_proxied(server, make_client, get, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.com:3128")
    assert (await make_client().send(get, ("c-1",))).status_code == 200


def test_a_proxy_without_a_valid_url_is_refused_without_showing_its_password(monkeypatch):
    for url in ("gopher://user:s3cret@proxy.example.com", "http://user:s3cret@[::"):
        monkeypatch.setenv("ALL_PROXY", url)
        with pytest.raises(ValueError, match="the proxy that the environment names for https") as caught:
            BaseClient(environments=FAR, tenant="a", token="t")
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None


def test_a_socks_proxy_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:s3cret@proxy.example.com:1080")
    with pytest.raises(ValueError, match=r"httpx\[socks\]"):
        BaseClient(environments=FAR, tenant="a", token="t")


# -- Logs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brought", [False, True], ids=["own pool", "http_client"])
async def test_no_log_record_holds_token_query_value_uid_or_body(
    brought, server, make_client, create, get, caplog, token
):
    secrets = (token, "query-value", "uid-of-kari", "body-text")
    async with httpx.AsyncClient() as http_client:
        flow = make_client(**({"http_client": http_client} if brought else {}))
        with caplog.at_level(logging.DEBUG):
            server.script = [server.reply(503), server.close, server.reply(200, {"a": 1})]
            await flow.send(get, ("uid-of-kari",), query={"q": "query-value"})
            server.script = [server.reply(409, {"message": "no"})]
            with pytest.raises(FlowRetailError):
                await flow.send(create, query={"q": "query-value"}, content=b'{"name": "body-text"}')
            await flow.request("GET", "/uid-of-kari")
    text = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "customers.get: attempt 1: 503; again in 0.5 s" in text
    if brought:
        assert "http://127.0.0.1 [customers.get]" in text
    for secret in secrets:
        assert secret not in text


async def test_other_requests_of_a_users_http_client_are_logged_as_ever(server, make_client, get, caplog):
    async with httpx.AsyncClient() as http_client:
        await make_client(http_client=http_client).send(get, ("c-1",))
        with caplog.at_level(logging.INFO, "httpx"):
            await http_client.get(f"{server.url}/theirs?x=1")
    assert "/theirs?x=1" in caplog.text
