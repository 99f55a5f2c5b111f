"""Certificates, proxies of the environment, and what ends up in logs."""

import asyncio
import ssl
from contextlib import asynccontextmanager

import httpcore
import pytest
import trustme

from flow_retail_core.client import Client
from flow_retail_core.errors import APIConnectionError
from flow_retail_core.httpx_link import own_link
from flow_retail_core.retry.policy import Retry

FAR = {"production": "https://api.example.com/v2"}


def pool_of(flow):
    return flow._connections.link._close.__self__._pool


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
        with pytest.raises(
            APIConnectionError, match="no connection: TLS certificate not accepted: unable"
        ) as caught:
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
        flow = make_client(environments=FAR, retry=Retry(max_retries=0))
        with pytest.raises(APIConnectionError, match="no connection through the proxy"):
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
            Client(environments=FAR, tenant="a", token="t")
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None


def test_a_socks_proxy_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:s3cret@proxy.example.com:1080")
    with pytest.raises(ValueError, match=r"httpx\[socks\]"):
        Client(environments=FAR, tenant="a", token="t")
