"""The Host header: a page whose name was made to resolve to loopback comes with that name."""

import httpx
import pytest
from raw_http import AUTHORIZATION, TENANT, problem_of

from flow_retail_sandbox import create_app, run_sandbox

ALL = "0.0.0.0"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:1", "127.0.0.1:", "127.8.9.10:80", "localhost", "LOCALHOST:80", "localhost.",
     "api.localhost", "[::1]", "[::1]:443", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:1"],
)  # fmt: skip
def test_loopback_is_served_under_any_of_its_names(api, host):
    api.ok("GET", "/customers?pageSize=1", headers={"host": host})


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.nip.io", "evil-localhost",
     "10.0.0.1", ALL, "[::]", "[fe80::1]", "2130706433", "0x7f.1", "127.1", "x"],
)  # fmt: skip
@pytest.mark.parametrize("path", [f"{TENANT}/customers", "/__sandbox__/health", "/elsewhere"])
def test_another_name_is_misdirected(pool, sandbox, host, path):
    url = sandbox.base_url.removesuffix("/v2") + path
    response = pool.get(url, headers={**sandbox.admin_headers, "host": host})
    assert (response.status_code, response.json()["code"]) == (421, "HOST_NOT_ALLOWED")
    assert "--allowed-host" in response.json()["message"]


@pytest.mark.parametrize(
    "host",
    [b"", b" ", b"127.0.0.1@evil.example", b"user@localhost", b"user:secret@127.0.0.1", b"localhost:http",
     b"localhost:99999", b"localhost:80:80", b"localhost/x", b"local host", b"[::1", b"::1",
     b"http://localhost", b"localhost, localhost", b"localh\xc3\xb8st", b"localhost?x"],
)  # fmt: skip
def test_what_is_no_host_is_a_bad_request(talk, host):
    sent = b"GET %s/customers HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n%s\r\n"
    status, code = problem_of(talk(sent % (TENANT.encode(), host, AUTHORIZATION)))
    assert (status, code) in {(400, "INVALID_HOST"), (400, "MALFORMED_REQUEST")}


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("hosts", [b"", b"host: localhost\r\nhost: localhost\r\n"])
def test_no_host_and_two_hosts_are_bad_requests(talk, version, hosts):
    sent = b"GET %s/customers HTTP/%s\r\n%sconnection: close\r\n%s\r\n"
    status, code = problem_of(talk(sent % (TENANT.encode(), version, hosts, AUTHORIZATION)))
    assert (status, code) in {(400, "INVALID_HOST"), (400, "MALFORMED_REQUEST")}


def test_more_names_can_be_allowed(pool):
    with run_sandbox(customers=0, allowed_hosts=["sandbox", "Api.Example", "10.0.0.1"]) as sandbox:
        url = f"{sandbox.base_url}/tenants/acme/customers"
        token = {"authorization": f"Bearer {sandbox.token}"}
        for host in ("sandbox:8080", "api.example", "10.0.0.1:1", "127.0.0.1"):
            assert pool.get(url, headers={**token, "host": host}).status_code == 200
        assert pool.get(url, headers={**token, "host": "10.0.0.2"}).status_code == 421


def test_whoever_listens_on_all_addresses_is_reached_by_any_address_but_no_name(pool):
    with run_sandbox(customers=0, host=ALL) as sandbox:
        url = sandbox.base_url.replace(ALL, "127.0.0.1") + "/tenants/acme/customers"
        token = {"authorization": f"Bearer {sandbox.token}"}
        for host, status in ((f"{ALL}:80", 200), ("10.0.0.2", 200), ("evil.example", 421)):
            assert pool.get(url, headers={**token, "host": host}).status_code == status


@pytest.mark.parametrize(("host", "status"), [("sandbox", 200), ("test", 200), ("evil.example", 421)])
async def test_in_process_a_name_without_a_dot_is_anybodys(host, status):
    app = create_app(customers=0)
    headers = {"authorization": "Bearer sandbox-token-acme"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
        assert (await client.get(f"http://{host}{TENANT}/customers")).status_code == status
    app.sandbox.close()
