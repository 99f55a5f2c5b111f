"""A slow sender is cut off, wherever it stops; whoever has sent everything may wait as long as it likes."""

import socket

import httpx
import pytest
from raw_http import HEAD, problem_of

from flow_retail_sandbox import run_sandbox


@pytest.mark.parametrize(
    "sent",
    [
        b"G",
        b"GET / HTTP/1.1\r\nhost: localhost\r\n",
        HEAD + b"content-length: 100\r\n\r\n",
        HEAD + b"content-length: 100\r\n\r\n{",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
        b"GET /v2 HTTP/1.1\r\nhost: localhost\r\n\r\nGET /v2 HTTP/1.1\r\n",
    ],
)
def test_it_gets_408(sent):
    with run_sandbox(customers=0, receive_timeout=0.05) as sandbox:
        url = httpx.URL(sandbox.base_url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            connection.sendall(sent)
            response = b"".join(iter(lambda: connection.recv(65_536), b""))
    last = response[response.rindex(b"HTTP/1.1 ") :]
    assert problem_of(last) == (408, "REQUEST_TIMEOUT")


def test_whoever_never_begins_is_left_in_silence():
    with run_sandbox(customers=0, receive_timeout=0.05) as sandbox:
        url = httpx.URL(sandbox.base_url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            assert connection.recv(1) == b""


def test_a_request_that_the_server_holds_back_is_served():
    faults = "latency@customers.list,seconds=0.5"
    with run_sandbox(customers=0, receive_timeout=0.05, faults=faults) as sandbox:
        headers = {"authorization": f"Bearer {sandbox.token}"}
        with httpx.Client(headers=headers) as client:
            for _ in range(2):
                assert client.get(f"{sandbox.base_url}/tenants/acme/customers").status_code == 200
