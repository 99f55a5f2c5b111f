"""Bodies that are sent as they are read: over each transport, and what a failed call says of them."""

import asyncio
import tracemalloc

import pytest
from scripted_server import listening

from flow_retail_core.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    InternalServerError,
)
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

pytestmark = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)

MEBIBYTE = 1 << 20


class Stream:
    """A body of some parts; notes how often it was opened and closed."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self, *parts, length="right", repeatable=True):
        self.parts = parts
        self.length = sum(map(len, parts)) if length == "right" else length
        self.repeatable = repeatable
        self.opened = 0
        self.closed = 0

    async def open(self):
        self.opened += 1
        try:
            for part in self.parts:
                await asyncio.sleep(0)
                yield part
        finally:
            self.closed += 1


class Broken(Stream):
    """A body whose source fails after its parts."""

    async def open(self):
        async for part in super().open():
            yield part
        raise OSError("the disk of Kari Nordmann")


async def read_request(reader):
    """Read one request, whose body has a length or comes in chunks."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    headers = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
    body = b""
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
    return headers, body


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
UNAUTHORIZED = b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}"
UNAVAILABLE = b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}"


def responding(seen, *responses):
    """Serve the requests of a connection, each with the next response; None closes the connection."""
    left = list(responses)

    async def serve(reader, writer):
        while True:
            seen.append(await read_request(reader))
            response = left.pop(0) if left else OK
            if response is None:
                writer.close()
                return
            writer.write(response)

    return serve


@pytest.mark.parametrize("length", ["right", None])
async def test_a_stream_is_sent_whole_with_its_media_type(length, over, create):
    seen = []
    stream = Stream(b"a,b\n", b"", b"1,2\n" * 50_000, length=length)
    async with listening(responding(seen)) as url:
        flow = over(environments={"production": url})
        await flow.send(create, content=stream)
        await flow.send(create, content=b"{}")
        await flow.aclose()
    (headers, body), (_, second) = seen
    assert body == b"a,b\n" + b"1,2\n" * 50_000
    assert headers["content-type"] == "text/csv; charset=utf-8"
    if length is None:
        assert headers["transfer-encoding"] == "chunked"
        assert "content-length" not in headers
    else:
        assert headers["content-length"] == str(len(body))
        assert "transfer-encoding" not in headers
    assert (stream.opened, stream.closed) == (1, 1)
    assert second == b"{}"


@pytest.mark.parametrize("length", ["right", None])
async def test_an_empty_stream_is_an_empty_body(length, over, create):
    seen = []
    async with listening(responding(seen)) as url:
        flow = over(environments={"production": url})
        assert (await flow.send(create, content=Stream(length=length))).attempts == 1
        await flow.aclose()
    assert [body for _, body in seen] == [b""]


async def test_a_stream_is_never_whole_in_memory(over, create):
    class Zeros(Stream):
        length = 64 * MEBIBYTE

        async def open(self):
            for _ in range(64):
                yield bytes(MEBIBYTE)

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        left = Zeros.length
        while left:
            left -= len(await reader.read(65_536))
        writer.write(OK)

    async with listening(serve) as url:
        flow = over(environments={"production": url})
        stream = Zeros()
        stream.length = Zeros.length
        tracemalloc.start()
        try:
            await flow.send(create, content=stream)
            assert tracemalloc.get_traced_memory()[1] < 16 * MEBIBYTE
        finally:
            tracemalloc.stop()
        await flow.aclose()


@pytest.mark.parametrize("repeatable", [True, False])
async def test_only_a_repeatable_stream_is_sent_again_after_a_response(repeatable, over, search):
    seen = []
    stream = Stream(b"abc", repeatable=repeatable)
    async with listening(responding(seen, UNAVAILABLE)) as url:
        flow = over(environments={"production": url})
        if repeatable:
            assert (await flow.send(search, content=stream)).attempts == 2
        else:
            with pytest.raises(InternalServerError) as caught:
                await flow.send(search, content=stream)
            assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
        await flow.aclose()
    assert stream.opened == stream.closed == 1 + repeatable
    assert {body for _, body in seen} == {b"abc"}


@pytest.mark.parametrize("repeatable", [True, False])
async def test_only_a_repeatable_stream_is_sent_again_after_a_lost_response(repeatable, over, search):
    seen = []
    stream = Stream(b"abc", repeatable=repeatable)
    async with listening(responding(seen, None)) as url:
        flow = over(environments={"production": url})
        if repeatable:
            assert (await flow.send(search, content=stream)).attempts == 2
        else:
            with pytest.raises(APIConnectionError) as caught:
                await flow.send(search, content=stream)
            assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
        await flow.aclose()
    assert stream.opened == stream.closed == 1 + repeatable


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_refused_token_is_renewed_for_a_repeatable_stream_alone(repeatable, over, create):
    tokens = iter(["old", "new", "newer"])

    async def fetch():
        return next(tokens)

    seen = []
    stream = Stream(b"abc", repeatable=repeatable)
    async with listening(responding(seen, UNAUTHORIZED)) as url:
        flow = over(environments={"production": url}, token=fetch)
        if repeatable:
            assert (await flow.send(create, content=stream)).attempts == 2
        else:
            with pytest.raises(AuthenticationError):
                await flow.send(create, content=stream)
        # Either way the next call has a fresh token.
        await flow.send(create, content=b"{}")
        await flow.aclose()
    assert seen[-1][0]["authorization"] == "bearer new"


async def test_without_a_connection_a_stream_is_not_read_and_any_call_is_retried(over, create):
    async with listening(responding([])) as url:
        pass
    flow = over(environments={"production": url}, retry=Retry(max_retries=2))
    stream = Stream(b"abc", repeatable=False)
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=stream)
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (3, False)
    assert stream.opened == 0


@pytest.mark.parametrize("length", ["right", None])
@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_stream_that_broke_off_was_not_processed_and_one_that_arrived_may_have_been(
    end, length, over, create
):
    # More than the buffers of the system hold.
    parts = [bytes(MEBIBYTE)] * 12

    def serve(whole):
        async def behave(reader, writer):
            if whole:
                await read_request(reader)
            else:
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(MEBIBYTE)
            writer.transport.abort() if end == "reset" else writer.close()

        return behave

    for whole in (True, False):
        stream = Stream(*parts, length=length, repeatable=False)
        async with listening(serve(whole)) as url:
            flow = over(environments={"production": url})
            with pytest.raises(APIConnectionError) as caught:
                await flow.send(create, content=stream)
            await flow.aclose()
        assert caught.value.attempts == 1
        assert caught.value.may_have_been_processed is whole
        assert (stream.opened, stream.closed) == (1, 1)


async def test_a_source_that_fails_is_named_without_its_text_and_nothing_was_processed(over, create):
    async def serve(reader, writer):
        await reader.read()
        writer.close()

    async with listening(serve) as url:
        flow = over(environments={"production": url})
        for length in (10, None):
            with pytest.raises(
                APIConnectionError, match="the body of the request can't be read: OSError"
            ) as caught:
                await flow.send(create, content=Broken(b"abc", length=length))
            assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)
            assert "Kari" not in str(caught.value)
            assert caught.value.__context__ is None
        await flow.aclose()


@pytest.mark.parametrize("length", [2, 4])
async def test_a_stream_of_another_length_than_it_says_is_never_sent_as_a_whole_request(length, over, create):
    async def serve(reader, writer):
        await reader.read()
        writer.close()

    async with listening(serve) as url:
        flow = over(environments={"production": url})
        with pytest.raises(APIConnectionError, match="has not the length") as caught:
            await flow.send(create, content=Stream(b"a", b"bc", length=length))
        await flow.aclose()
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


async def test_what_comes_after_the_announced_length_is_refused_though_the_request_may_be_complete(
    over, create
):
    async def serve(reader, writer):
        await reader.read()
        writer.close()

    async with listening(serve) as url:
        flow = over(environments={"production": url})
        with pytest.raises(APIConnectionError, match="has not the length") as caught:
            await flow.send(create, content=Stream(b"ab", b"c", length=2))
        await flow.aclose()
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_a_response_that_comes_early_ends_the_stream(over, create):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        while await reader.read(65_536):
            pass

    stream = Stream(*[bytes(MEBIBYTE)] * 4)
    async with listening(serve) as url:
        flow = over(environments={"production": url})
        with pytest.raises(Exception, match="413"):
            await flow.send(create, content=stream)
        await flow.aclose()
    assert (stream.opened, stream.closed) == (1, 1)


async def test_a_server_that_takes_nothing_is_a_write_timeout_but_a_slow_source_is_none(over, create):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(30)

    class Slow(Stream):
        async def open(self):
            async for part in super().open():
                await asyncio.sleep(0.3)
                yield part

    seen = []
    async with listening(responding(seen)) as url:
        flow = over(environments={"production": url}, timeout=Timeout(write=0.1))
        assert (await flow.send(create, content=Slow(b"ab", b"cd"))).attempts == 1
        await flow.aclose()
    async with listening(serve) as url:
        flow = over(environments={"production": url}, timeout=Timeout(write=0.1), retry=Retry(max_retries=0))
        stream = Stream(*[bytes(MEBIBYTE)] * 16)
        with pytest.raises(APITimeoutError, match="write timeout"):
            await flow.send(create, content=stream)
        await flow.aclose()
    assert (stream.opened, stream.closed) == (1, 1)


async def test_cancelling_at_any_step_closes_the_stream(over, create):
    seen = []
    async with listening(responding(seen)) as url:
        flow = over(environments={"production": url})
        steps = 0
        while True:
            stream = Stream(*[bytes(200_000)] * 3, repeatable=False)
            task = asyncio.create_task(flow.send(create, content=stream))
            for _ in range(steps):
                await asyncio.sleep(0)
            finished = task.done()
            task.cancel()
            await asyncio.wait([task])
            # The task of aiohttp's that reads the stream ends with the next turns of the loop.
            for _ in range(3):
                await asyncio.sleep(0)
            assert stream.closed == stream.opened
            if finished:
                break
            steps += 1
        assert steps > 5
        await flow.aclose()
