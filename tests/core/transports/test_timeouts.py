"""Timeouts: each phase of an attempt has its own, and says whether anything was sent."""

import asyncio

import pytest
from scripted_server import listening

from flow_retail_core.errors import APITimeoutError, DeadlineExceededError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

FAR = {"production": "https://api.example.com/v2"}
QUICK = 0.05

everywhere = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)
ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


async def silent(reader, _writer):
    """Read whatever comes, and say nothing."""
    while await reader.read(65_536):
        pass


async def deaf(_reader, _writer):
    """Neither read nor write."""
    await asyncio.Event().wait()


@everywhere
async def test_a_name_that_is_not_looked_up_in_time_is_a_connect_timeout(over, create, monkeypatch):
    async def never(*_args, **_options):
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = over(environments=FAR, timeout=Timeout(connect=QUICK), retry=Retry(max_retries=1))
    said = r"no connection within 0.05 s \(connect timeout\) \(2 attempts\)$"
    with pytest.raises(APITimeoutError, match=said) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


@everywhere
async def test_a_tls_handshake_that_does_not_end_is_a_connect_timeout(over, create):
    async with listening(silent) as url:
        flow = over(
            environments={"production": url.replace("http:", "https:")},
            timeout=Timeout(connect=QUICK, read=30, write=30),
            retry=Retry(max_retries=1),
        )
        with pytest.raises(
            APITimeoutError, match=r"no connection within 0.05 s \(connect timeout\)"
        ) as caught:
            await flow.send(create, content=b"{}")
        await flow.aclose()
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, False)


@everywhere
@pytest.mark.parametrize("phase", ["head", "body"])
@pytest.mark.parametrize("server", ["http", "https"], indirect=True)
async def test_a_response_that_does_not_come_is_a_read_timeout(phase, server, over, create):
    flow = over(timeout=Timeout(connect=30, read=QUICK, write=30))
    server.script = [server.hang if phase == "head" else server.stall(b"half")]
    with pytest.raises(APITimeoutError, match=r"nothing received within 0.05 s \(read timeout\)$") as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@everywhere
async def test_a_slow_response_that_keeps_coming_is_no_timeout(server, over, create):
    async def trickle(_seen, _reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.1)
            writer.write(b"  ")
            await writer.drain()

    server.script = [trickle]
    flow = over(timeout=Timeout(connect=30, read=0.4, write=30))
    assert (await flow.send(create, content=b"{}")).content == b" " * 12


@everywhere
async def test_a_body_that_is_not_taken_is_a_write_timeout(over, create):
    async with listening(deaf) as url:
        flow = over(
            environments={"production": url},
            timeout=Timeout(connect=30, read=30, write=QUICK),
            retry=Retry(max_retries=2),
        )
        said = r"nothing sent within 0.05 s \(write timeout\)$"
        with pytest.raises(APITimeoutError, match=said) as caught:
            await flow.send(create, content=b"x" * 30_000_000)
        await flow.aclose()
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@everywhere
async def test_a_long_body_that_is_taken_slowly_is_no_timeout(over, create):
    async def slow(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while left:
            left -= len(await reader.read(1 << 20))
            await asyncio.sleep(0.01)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()

    async with listening(slow) as url:
        flow = over(environments={"production": url}, timeout=Timeout(connect=30, read=30, write=2))
        assert (await flow.send(create, content=b"x" * 10_000_000)).attempts == 1
        await flow.aclose()


@ours
async def test_a_proxy_that_says_nothing_is_a_timeout(over, create, monkeypatch):
    async with listening(silent) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        flow = over(environments=FAR, timeout=QUICK, retry=Retry(max_retries=0))
        with pytest.raises(APITimeoutError):
            await flow.send(create, content=b"{}")
        await flow.aclose()


@everywhere
@pytest.mark.parametrize("phase", ["head", "body"])
async def test_a_deadline_after_the_request_was_sent_says_so(phase, server, over, create):
    server.default = server.stall(b"half") if phase == "body" else server.hang
    flow = over(deadline=0.2)
    with pytest.raises(DeadlineExceededError, match=r"attempts: 1; the last: no response yet") as caught:
        await flow.send(create, content=b"{}")
    assert caught.value.may_have_been_processed is True


@ours
async def test_a_deadline_in_the_tls_handshake_sent_nothing_and_leaves_no_connection_behind(over, create):
    ended = asyncio.Event()

    async def until_closed(reader, writer):
        await silent(reader, writer)
        ended.set()

    async with listening(until_closed) as url:
        flow = over(environments={"production": url.replace("http:", "https:")}, deadline=0.2)
        with pytest.raises(DeadlineExceededError, match=r"attempts: 1; the last: no response yet") as caught:
            await flow.send(create, content=b"{}")
        async with asyncio.timeout(5):
            await ended.wait()
    assert caught.value.may_have_been_processed is False


@everywhere
async def test_a_timeout_leaves_no_connection_behind(server, over, get):
    flow = over(timeout=Timeout(read=QUICK), retry=Retry(max_retries=3, base_delay=0))
    server.script = [server.hang, server.stall(b"half"), server.hang]
    assert (await flow.send(get, ("c-1",))).attempts == 4
    await server.until(lambda: server.open == 1)
