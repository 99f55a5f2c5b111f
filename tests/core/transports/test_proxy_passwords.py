"""The password of a proxy shows nowhere: in no error, in no local variable of a traceback, in no log."""

import asyncio
import base64
import logging

import pytest
from leaks import leaks
from scripted_proxy import refusal, scripted_proxy

from flow_retail_core.errors import FlowRetailError
from flow_retail_core.retry.policy import Retry

FAR = {"production": "https://api.example.com/v2"}
TOKEN = "s3cret-token"
PASSWORD = "s3cret-pass"
ENCODED = base64.b64encode(f"user:{PASSWORD}".encode()).decode()

ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


@ours
@pytest.mark.parametrize("status", [407, 502])
async def test_no_refusal_by_a_proxy_shows_its_password(status, over, get, monkeypatch, caplog):
    async with scripted_proxy() as proxy:
        proxy.refusals = [refusal(status, body=PASSWORD.encode())] * 2
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{proxy.address}")
        flow = over(environments=FAR, token=TOKEN, retry=Retry(max_retries=1))
        with caplog.at_level(logging.DEBUG), pytest.raises(FlowRetailError) as caught:
            await flow.send(get, ("c-1",))
        await flow.aclose()
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
    assert PASSWORD not in caplog.text
    assert ENCODED not in caplog.text


@ours
@pytest.mark.parametrize("how", ["cancelled", "deadline"])
async def test_no_end_of_a_call_through_a_proxy_shows_its_password(how, over, get, monkeypatch):
    asked = asyncio.Event()

    async def silent(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{port}")
    flow = over(environments=FAR, token=TOKEN, deadline=None if how == "cancelled" else 0.1)
    task = asyncio.create_task(flow.send(get, ("c-1",)))
    await asyncio.wait([task, asyncio.create_task(asked.wait())], return_when=asyncio.FIRST_COMPLETED)
    if how == "cancelled":
        task.cancel()
    with pytest.raises((asyncio.CancelledError, FlowRetailError)) as caught:
        await task
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
    await flow.aclose()
    listener.close()


@ours
@pytest.mark.parametrize(
    "address",
    ["http://user:{}@[::", "socks5://user:{}@a.example:1", "gopher://user:{}@a", "http://user:{}@a:b"],
)
def test_no_proxy_that_can_not_be_used_shows_its_password(address, over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", address.format(PASSWORD))
    with pytest.raises(ValueError, match="proxy") as caught:
        over(environments=FAR, token=TOKEN)
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []


@ours
def test_no_certificate_that_can_not_be_used_shows_the_password_of_a_proxy(over, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@proxy.example.com:3128")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ValueError, match="SSL_CERT_FILE") as caught:
        over(environments=FAR, token=TOKEN)
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
