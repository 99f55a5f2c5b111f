"""Proxies of the environment: which requests go through one, what it is shown, and what its refusals mean."""

import asyncio
import base64
import socket
import ssl

import pytest
from scripted_proxy import refusal, scripted_proxy

from flow_retail_core.errors import APIConnectionError
from flow_retail_core.retry.policy import Retry
from flow_retail_core.transports.proxies import environment_proxy

FAR = {"production": "https://api.example.com/v2"}

ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


@pytest.fixture
async def proxy(authority, monkeypatch):
    """A proxy that the environment names, with api.example.com behind it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.example.com").configure_cert(context)
    async with scripted_proxy(context) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        yield proxy


# -- Through the tunnel ----------------------------------------------------------------------------


@ours
async def test_calls_go_through_the_tunnel_of_a_proxy_which_sees_no_token(over, proxy, get, token):
    flow = over(environments=FAR)
    for _ in range(2):
        assert (await flow.send(get, ("c-1",))).attempts == 1
    await flow.aclose()
    (connect,) = proxy.connects
    assert connect.startswith(b"CONNECT api.example.com:443 ")
    assert b"authorization" not in connect.lower()
    assert len(proxy.inside) == 2
    assert all(token.encode() in head for head in proxy.inside)
    assert all(b"proxy-authorization" not in head.lower() for head in proxy.inside)


@ours
@pytest.mark.parametrize(
    ("address", "credentials"),
    [
        ("user:pass", b"user:pass"),
        ("us%40er:p%3Ass%2F", b"us@er:p:ss/"),
        ("user:", b"user:"),
        ("user", b"user:"),
    ],
)
async def test_credentials_in_the_address_are_shown_to_the_proxy_alone(
    address, credentials, over, proxy, get, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{address}@{proxy.address}")
    flow = over(environments=FAR)
    await flow.send(get, ("c-1",))
    await flow.aclose()
    encoded = base64.b64encode(credentials)
    (connect,), (inside,) = proxy.connects, proxy.inside
    assert b"\r\nproxy-authorization: basic " + encoded.lower() + b"\r\n" in connect.lower()
    assert encoded in connect
    assert encoded not in inside


@ours
async def test_a_client_of_many_calls_opens_a_tunnel_for_each_place(over, proxy, get):
    flow = over(environments=FAR, max_concurrency=3)
    responses = await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(12)))
    assert {response.attempts for response in responses} == {1}
    assert (len(proxy.connects), len(proxy.inside)) == (3, 12)
    await flow.aclose()


# -- Refusals --------------------------------------------------------------------------------------


@ours
@pytest.mark.parametrize(
    ("status", "named"),
    [
        (407, "407 Proxy Authentication Required"),
        (405, "405 Method Not Allowed"),
        (400, "400 Bad Request"),
        (499, "499"),
    ],
)
async def test_a_refusal_by_the_proxy_is_named_and_not_retried(status, named, over, proxy, get):
    proxy.refusals = [refusal(status, "s3cret phrase", b"s3cret body")] * 4
    with pytest.raises(APIConnectionError) as caught:
        await over(environments=FAR).send(get, ("c-1",))
    said = f"customers.get: no connection through the proxy: it responded with {named}"
    assert str(caught.value) == said
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)
    assert (len(proxy.connects), proxy.inside) == (1, [])


@ours
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429])
async def test_a_proxy_that_can_not_reach_the_server_now_is_tried_again_for_a_create_too(
    status, over, proxy, create
):
    proxy.refusals = [refusal(status)] * 2
    flow = over(environments=FAR)
    assert (await flow.send(create, content=b"{}")).attempts == 3
    proxy.refusals = [refusal(status)] * 4
    with pytest.raises(APIConnectionError, match=rf"through the proxy: it responded with {status}") as caught:
        await over(environments=FAR).send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (4, False)
    await flow.aclose()


@ours
async def test_a_proxy_that_is_not_there_is_named_and_got_nothing(over, get, monkeypatch, unused_tcp_port):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    flow = over(environments=FAR, retry=Retry(max_retries=0))
    with pytest.raises(APIConnectionError, match=r"no connection.*: connection refused") as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False


# -- Which requests go through one -----------------------------------------------------------------

V6 = "https://[2001:db8::1]:8443/v2"


@pytest.mark.parametrize(
    ("base_url", "no_proxy"),
    [
        ("https://api.example.com", "api.example.com"),
        ("https://api.example.com", "*"),
        ("https://api.example.com", ".example.com"),
        ("https://api.example.com", "example.com"),
        ("https://api.example.com", "other.example, api.example.com"),
        ("https://api.example.com", "API.Example.COM"),
        ("https://api.example.com", "api.example.com:443"),
        ("https://api.example.com:8443/v2", "api.example.com:8443"),
        ("https://api.example.com:8443/v2", "api.example.com"),
        ("https://10.1.2.3:8443", "10.1.2.3:8443"),
        ("https://10.1.2.3", "10.1.2.3"),
        (V6, "2001:db8::1"),
        (V6, "[2001:db8::1]"),
        (V6, "[2001:db8::1]:8443"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443"),
    ],
)
def test_no_proxy_is_honoured_with_and_without_a_port(base_url, no_proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert environment_proxy(base_url, str) == "http://proxy.example.com:3128"
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert environment_proxy(base_url, str) is None


@pytest.mark.parametrize(
    ("base_url", "no_proxy"),
    [
        ("https://api.example.com", "api.example.com:8443"),
        ("https://api.example.com:8443", "api.example.com:443"),
        ("https://api.example.com", "ample.com"),
        ("https://api.example.com", "api.example.com.evil.example"),
        (V6, "[2001:db8::1]:443"),
        (V6, "2001:db8::11"),
        (V6, "[2001:db8::2]"),
        ("https://api.example.com", ""),
    ],
)
def test_no_proxy_for_something_else_changes_nothing(base_url, no_proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert environment_proxy(base_url, str) == "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"HTTPS_PROXY": "http://a.example:1", "ALL_PROXY": "http://b.example:2"}, "http://a.example:1"),
        ({"ALL_PROXY": "http://b.example:2"}, "http://b.example:2"),
        ({"https_proxy": "http://a.example:1"}, "http://a.example:1"),
        ({"HTTPS_PROXY": "a.example:1"}, "http://a.example:1"),
        ({"HTTP_PROXY": "http://c.example:3"}, None),
        ({}, None),
    ],
)
def test_the_proxy_for_https_counts_and_else_the_one_for_all(variables, address, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy("https://api.example.com", str) == address


@ours
async def test_a_host_in_no_proxy_is_reached_without_it(over, proxy, get, monkeypatch):
    async def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "")

    monkeypatch.setenv("NO_PROXY", "api.example.com:443")
    flow = over(environments=FAR, retry=Retry(max_retries=0))
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(APIConnectionError, match="the host's name is not known"):
        await flow.send(get, ("c-1",))
    assert proxy.connects == []


@ours
async def test_loopback_is_never_proxied(server, over, get, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.com:3128")
    assert (await over().send(get, ("c-1",))).status_code == 200


# -- Addresses that can't be used ------------------------------------------------------------------


@ours
@pytest.mark.parametrize("url", ["http://user:s3cret@[::", "http://user:s3cret@proxy.example.com:port"])
def test_a_proxy_without_a_valid_url_is_refused_without_showing_its_password(url, over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(ValueError, match="the proxy that the environment names for https") as caught:
        over(environments=FAR)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("over", ["own"], indirect=True)
def test_a_proxy_of_an_unknown_scheme_is_refused_without_showing_its_password(over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://user:s3cret@proxy.example.com")
    with pytest.raises(ValueError, match="the proxy that the environment names for https") as caught:
        over(environments=FAR)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("over", ["own"], indirect=True)
def test_a_socks_proxy_without_its_package_says_what_to_install(over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:s3cret@proxy.example.com:1080")
    with pytest.raises(ValueError, match=r"httpx\[socks\]") as caught:
        over(environments=FAR)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("over", ["aiohttp"], indirect=True)
@pytest.mark.parametrize("scheme", ["socks5", "gopher"])
def test_a_proxy_that_aiohttp_can_not_use_is_refused_when_the_client_is_made(scheme, over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:s3cret@proxy.example.com:1080")
    with pytest.raises(ValueError, match=f"{scheme} proxy, which aiohttp can't use") as caught:
        over(environments=FAR)
    assert "s3cret" not in str(caught.value)
