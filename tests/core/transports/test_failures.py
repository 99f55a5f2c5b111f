"""Why there is no response, in words: no library's names, no text of an exception's own."""

import asyncio
import errno
import socket
import ssl

import aiohttp
import anyio
import h11
import httpcore
import httpx
import pytest
from aiohttp import http_exceptions

from flow_retail_core.errors import FlowRetailError
from flow_retail_core.messages import Request
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout
from flow_retail_core.transports.failures import to_failure

SECRET = "https://user:s3cret@api.example.com/v2?query=s3cret"
LIMITS = {"connect": 5.0, "read": 2.5, "write": 30.0, "pool": None}

LOST = "connection lost before the response was complete"
NO_HTTP = "the response was not valid HTTP"
NO_CONNECTION = "no connection"
NO_PROXY = "no connection through the proxy"
NO_URL = "the URL can't be used"

WORDS = {
    "no connection within 5 s (connect timeout)": [
        httpx.ConnectTimeout, httpcore.ConnectTimeout, aiohttp.ConnectionTimeoutError,
    ],
    "nothing received within 2.5 s (read timeout)": [
        httpx.ReadTimeout, httpcore.ReadTimeout, aiohttp.SocketTimeoutError,
    ],
    "nothing sent within 30 s (write timeout)": [httpx.WriteTimeout, httpcore.WriteTimeout],
    "no free connection in time (pool timeout)": [httpx.PoolTimeout, httpcore.PoolTimeout],
    "timed out": [
        httpx.TimeoutException, httpcore.TimeoutException, aiohttp.ServerTimeoutError, TimeoutError,
    ],
    NO_CONNECTION: [
        httpx.ConnectError, httpcore.ConnectError, httpcore.ConnectionNotAvailable, ConnectionRefusedError,
    ],
    NO_PROXY: [httpx.ProxyError, httpcore.ProxyError],
    LOST: [
        httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.NetworkError, httpx.RemoteProtocolError,
        httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError, ConnectionResetError,
        BrokenPipeError, EOFError, asyncio.IncompleteReadError, anyio.EndOfStream, anyio.BrokenResourceError,
        anyio.ClosedResourceError, aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError,
        aiohttp.ClientOSError, aiohttp.ClientPayloadError, aiohttp.ClientConnectionError,
    ],
    NO_HTTP: [
        httpx.ProtocolError, httpcore.ProtocolError, h11.RemoteProtocolError, http_exceptions.BadStatusLine,
        aiohttp.ClientResponseError,
    ],
    "the connection failed": [OSError, ssl.SSLError],
    "the response's compression is broken": [httpx.DecodingError],
    "the request can't be written as HTTP": [
        httpx.LocalProtocolError, httpcore.LocalProtocolError, h11.LocalProtocolError,
    ],
    NO_URL: [
        httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, aiohttp.InvalidURL,
        aiohttp.NonHttpUrlClientError,
    ],
    "the transport raised KeyError": [KeyError],
    "the transport raised AssertionError": [AssertionError],
    "the transport raised StreamConsumed": [httpx.StreamConsumed],
}  # fmt: skip


def reason(error, *, has_head):
    request = Request("x.y", "GET", SECRET, (), None, LIMITS, 1000, idempotent=True)
    return to_failure(error, request, has_head=has_head).reason


def made(cls):
    if cls is asyncio.IncompleteReadError:
        return cls(SECRET.encode(), 1000)
    if cls is aiohttp.ClientResponseError:
        return cls(None, (), status=400, message=SECRET)
    try:
        return cls(SECRET)
    except TypeError:
        return cls()


@pytest.mark.parametrize(
    ("cls", "words"),
    [(cls, words) for words, classes in WORDS.items() for cls in classes],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_class_of_every_library_has_its_words(cls, words):
    assert reason(made(cls), has_head=False) == words


def caused(error, *by):
    for cause in by:
        error.__cause__ = cause
    return error


def verification(message):
    error = ssl.SSLCertVerificationError(1, SECRET)
    error.verify_message = message
    return error


def openssl(reason):
    error = ssl.SSLError(1, SECRET)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("cause", "detail"),
    [
        (OSError(errno.EHOSTUNREACH, SECRET), "no route to host"),
        (ConnectionResetError(errno.ECONNRESET, SECRET), "connection reset by peer"),
        (socket.gaierror(socket.EAI_NONAME, SECRET), "the host's name is not known"),
        (socket.gaierror(socket.EAI_AGAIN, SECRET), "the host's name can't be looked up"),
        (verification("certificate has expired"), "TLS certificate not accepted: certificate has expired"),
        (verification("IP address mismatch."), "TLS certificate not accepted: IP address mismatch"),
        (verification("Hostname mismatch."), "TLS certificate not accepted: hostname mismatch"),
        (openssl("WRONG_VERSION_NUMBER"), "TLS failed: wrong version number"),
        (ExceptionGroup(SECRET, [OSError(errno.ENETUNREACH, SECRET)]), "network is unreachable"),
    ],
)
def test_the_system_and_openssl_add_what_they_know_and_no_one_else_does(cause, detail):
    error = caused(httpx.ConnectError(SECRET), cause)
    assert reason(error, has_head=False) == f"no connection: {detail}"


def test_what_openssl_does_not_say_is_no_error_number_of_the_system():
    for cause in (openssl(None), ssl.SSLCertVerificationError(1, SECRET)):
        assert reason(caused(httpx.ConnectError(""), cause), has_head=False) == "no connection"


def test_what_the_parser_refuses_is_no_http_before_the_head_and_a_broken_response_after_it():
    error = caused(httpx.RemoteProtocolError(SECRET), h11.RemoteProtocolError(SECRET))
    assert reason(error, has_head=False) == NO_HTTP
    assert reason(error, has_head=True) == LOST


# -- Over real sockets -----------------------------------------------------------------------------


@pytest.fixture(params=["httpx", "aiohttp"])
def reported(request, make_client, get, create):
    """Make a call that fails, and return the words between the operation's name and the end."""

    async def report(url=None, *, content=None, **timeouts):
        options = {"environments": {"production": url}} if url else {}
        if request.param == "aiohttp":
            options["transport"] = "aiohttp"
        flow = make_client(retry=Retry(max_retries=0), timeout=Timeout(**timeouts), **options)
        with pytest.raises(FlowRetailError) as caught:
            await (flow.send(get, ("c-1",)) if content is None else flow.send(create, content=content))
        return str(caught.value).partition(": ")[2]

    return report


async def test_a_lost_connection_is_reported_with_what_the_system_says(server, reported):
    server.script = [server.close, server.reply(200, {"a": 1}, cut=3), server.reset]
    # A POST, because aiohttp by itself repeats the others.
    assert [await reported(content=b"{}") for _ in range(2)] == [LOST, LOST]
    assert (await reported(content=b"{}")).startswith(LOST)


async def test_what_is_no_http_is_reported(server, reported):
    server.script = [server.garbage]
    assert await reported() == NO_HTTP


async def test_a_broken_compression_is_reported(server, reported):
    server.script = [server.reply(body=b"no gzip", headers={"Content-Encoding": "gzip"})]
    assert await reported() == "the response's compression is broken"


async def test_a_timeout_is_reported_with_its_limit_and_its_name(server, reported):
    server.script = [server.hang, server.stall(b"half")]
    for _ in range(2):
        assert await reported(read=0.02) == "nothing received within 0.02 s (read timeout)"


async def test_a_server_that_takes_nothing_is_reported(reported):
    release = asyncio.Event()

    async def ignore(_reader, writer):
        await release.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        words = await reported(url, content=b"x" * 30_000_000, write=0.05)
        release.set()
        await asyncio.sleep(0.01)
    assert words == "nothing sent within 0.05 s (write timeout)"


async def test_a_refused_connection_and_an_unknown_host_are_reported(reported, unused_tcp_port, monkeypatch):
    assert await reported(f"http://127.0.0.1:{unused_tcp_port}") == "no connection: connection refused"

    async def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, SECRET)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert await reported("https://api.example.com") == "no connection: the host's name is not known"


async def test_a_server_without_tls_is_reported(reported):
    async def speak_first(_reader, writer):
        writer.write(b"220 mail.example.com ready\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as listener:
        url = f"https://localhost:{listener.sockets[0].getsockname()[1]}"
        assert await reported(url) == "no connection: TLS failed: wrong version number"
