"""Whether the server may have received a request whole: a create is repeated only where it has not."""

import errno

import aiohttp
import httpx
import pytest
from scripted_server import listening

from flow_retail_core.errors import APIConnectionError, APIStatusError
from flow_retail_core.messages import Request
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout
from flow_retail_core.transports.failures import to_failure

FAR = {"production": "https://api.example.com/v2"}

everywhere = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)


# -- Bodies that could not be written --------------------------------------------------------------


def caused(error, *causes):
    """An exception that was raised from others, the first from the second and so on."""
    last = error
    for cause in causes:
        last.__cause__ = cause
        last = cause
    return error


def refused_write(name):
    """What libraries raise if the system takes no more bytes because the connection was closed."""
    return {
        "httpx": caused(httpx.WriteError("no"), BrokenPipeError(errno.EPIPE, "Broken pipe")),
        "httpx, read": caused(
            httpx.ReadError(""), RuntimeError(), BrokenPipeError(errno.EPIPE, "Broken pipe")
        ),
        "aiohttp": caused(
            aiohttp.ClientOSError(None, "Can not write request body"),
            aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
        ),
        "aiohttp, alone": aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
        "aiohttp, pipe": aiohttp.ClientOSError(errno.EPIPE, "Broken pipe"),
    }[name]


def lost_otherwise(name):
    """What libraries raise if a connection is lost and the whole request may have arrived."""
    return {
        "reset": caused(httpx.WriteError("no"), ConnectionResetError(errno.ECONNRESET, "reset")),
        "reset while reading": caused(httpx.ReadError(""), ConnectionResetError(errno.ECONNRESET, "reset")),
        "closed": httpx.RemoteProtocolError("Server disconnected without sending a response."),
        "aiohttp closed": aiohttp.ServerDisconnectedError(),
        "aiohttp reset": aiohttp.ClientOSError(errno.ECONNRESET, "reset"),
        "aborted": ConnectionAbortedError(errno.ECONNABORTED, "aborted"),
    }[name]


@pytest.mark.parametrize("name", ["httpx", "httpx, read", "aiohttp", "aiohttp, alone", "aiohttp, pipe"])
async def test_a_create_whose_body_could_not_be_written_whole_is_repeated(name, make_client, create):
    outcomes = [refused_write(name), httpx.Response(201, json={})]

    def handle(_request):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    flow = make_client(environments=FAR, transport=httpx.MockTransport(handle))
    assert (await flow.send(create, content=b"{}")).attempts == 2


@pytest.mark.parametrize("name", ["httpx", "aiohttp", "aiohttp, alone", "aiohttp, pipe"])
async def test_a_create_that_could_never_be_written_was_certainly_not_processed(name, make_client, create):
    def handle(_request):
        raise refused_write(name)

    flow = make_client(environments=FAR, transport=httpx.MockTransport(handle))
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (4, False)


@pytest.mark.parametrize(
    "name", ["reset", "reset while reading", "closed", "aiohttp closed", "aiohttp reset", "aborted"]
)
async def test_a_create_that_may_have_arrived_whole_is_not_repeated(name, make_client, create):
    def handle(_request):
        raise lost_otherwise(name)

    flow = make_client(environments=FAR, transport=httpx.MockTransport(handle))
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@pytest.mark.parametrize("name", ["httpx", "aiohttp"])
def test_once_there_is_a_response_a_refused_write_proves_nothing(name):
    request = Request("x.y", "POST", "https://a.example", (), b"{}", {}, 1000, idempotent=False, sent=True)
    assert to_failure(refused_write(name), request, has_head=True).sent
    assert not to_failure(refused_write(name), request, has_head=False).sent


@everywhere
@pytest.mark.parametrize("size", [1_000, 300_000, 3_000_000])
async def test_a_create_that_arrived_whole_is_not_sent_again_wherever_its_connection_ends(size, over, create):
    """A server that reads part of a body, or all of it, and then closes or resets the connection."""
    whole = []

    def serve(taken, end):
        async def behave(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            whole.append(len(await reader.readexactly(taken)) == size)
            writer.transport.abort() if end == "reset" else writer.close()

        return behave

    for taken in (0, 1, size // 2, size - 1, size):
        for end in ("close", "reset"):
            whole.clear()
            async with listening(serve(taken, end)) as url:
                flow = over(environments={"production": url}, retry=Retry(max_retries=2))
                with pytest.raises(APIConnectionError) as caught:
                    await flow.send(create, content=b"x" * size)
                await flow.aclose()
            if taken == size:
                assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
            assert not any(whole[:-1])
            assert caught.value.may_have_been_processed or not any(whole)


# -- A response before the body is written ---------------------------------------------------------


@everywhere
@pytest.mark.parametrize("then", ["reads on", "closes its sending side", "closes"])
@pytest.mark.parametrize("size", [1_000, 200_000, 1_000_000])
async def test_a_413_that_comes_before_the_body_is_written_is_the_response(then, size, over, create):
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"code": "TOO_LARGE", "message": "no", "logId": "l"}'
        writer.write(
            b"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        if then == "closes its sending side":
            writer.write_eof()
        if then != "closes":
            while await reader.read(65_536):
                pass
        writer.close()

    async with listening(refuse) as url:
        flow = over(environments={"production": url}, timeout=Timeout(write=1, read=5))
        with pytest.raises(APIStatusError) as caught:
            await flow.send(create, content=b"x" * size)
        await flow.aclose()
    error = caught.value
    assert (error.status_code, error.code, error.attempts) == (413, "TOO_LARGE", 1)
    assert error.may_have_been_processed is False


# -- Clients that were closed ----------------------------------------------------------------------


async def test_a_closed_http_client_is_named_and_nothing_was_sent(server, make_client, create, get):
    http_client = httpx.AsyncClient()
    flow = make_client(http_client=http_client)
    await flow.send(get, ("c-1",))
    await http_client.aclose()
    for call in (flow.send(create, content=b"{}"), flow.send(get, ("c-1",))):
        with pytest.raises(APIConnectionError, match="the http_client is closed") as caught:
            await call
        assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)
        assert caught.value.__context__ is None
    assert len(server.seen) == 1


async def test_an_http_client_that_is_closed_while_a_call_waits_is_named_as_well(server, make_client, get):
    http_client = httpx.AsyncClient()

    async def close(_seconds):
        await http_client.aclose()

    flow = make_client(http_client=http_client, sleep=close)
    server.script = [server.reply(503)]
    with pytest.raises(APIConnectionError, match="the http_client is closed") as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, True)
