"""The admin endpoints are open to their token alone, and never to a web page."""

import re

import httpx
import pytest

from flow_retail_sandbox import Sandbox, run_sandbox
from flow_retail_sandbox.__main__ import main

ENDPOINTS = [
    ("GET", "/health"), ("GET", "/state"), ("GET", "/state/acme/customers/customer-00001"),
    ("GET", "/requests"), ("DELETE", "/requests"), ("GET", "/faults"), ("POST", "/faults"),
    ("DELETE", "/faults"), ("PUT", "/tokens"), ("POST", "/tokens/revoke"), ("POST", "/tokens/expire"),
    ("POST", "/reset"), ("GET", "/nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {tenant}"]
)
def test_nothing_is_served_without_the_token(pool, sandbox, method, path, authorization):
    known = {"token": sandbox.sandbox.admin_token, "tenant": sandbox.token}
    headers = {} if authorization is None else {"authorization": authorization.format(**known)}
    response = pool.request(method, sandbox.admin_url + path, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "ADMIN_TOKEN_REQUIRED")


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8080"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_web_page_is_refused_even_with_the_token(pool, sandbox, method, path, headers):
    response = pool.request(method, sandbox.admin_url + path, headers={**sandbox.admin_headers, **headers})
    assert (response.status_code, response.json()["code"]) == (403, "CROSS_SITE_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/xml", "text/plain; application/json",
        "application/jsonp", "application/json, text/plain",
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_not_said_to_be_json_changes_nothing(pool, sandbox, content_type, chunked):
    body = b'{"spec": "503*always"}'
    headers = {
        **sandbox.admin_headers,
        **({} if content_type is None else {"content-type": content_type}),
    }
    response = pool.post(
        f"{sandbox.admin_url}/faults", content=iter([body]) if chunked else body, headers=headers
    )
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert sandbox.faults.active() == []


def test_a_form_that_carries_json_as_text_is_refused_also_without_a_body(pool, sandbox):
    headers = {**sandbox.admin_headers, "content-type": "text/plain"}
    assert pool.post(f"{sandbox.admin_url}/reset", headers=headers).status_code == 415


def test_a_body_beyond_a_mebibyte_is_refused(pool, sandbox):
    content = b'{"spec": "' + b"a" * 2**20 + b'"}'
    headers = {**sandbox.admin_headers, "content-type": "application/json"}
    response = pool.post(f"{sandbox.admin_url}/faults", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_the_token_is_another_one_for_every_sandbox_and_in_no_repr(monkeypatch):
    monkeypatch.delenv("FLOW_RETAIL_SANDBOX_ADMIN_TOKEN", raising=False)
    with run_sandbox(customers=0) as first, run_sandbox(customers=0) as second:
        tokens = {first.sandbox.admin_token, second.sandbox.admin_token}
        assert len(tokens) == 2
        assert all(len(token) >= 32 for token in tokens)
        shown = repr(first) + repr(first.sandbox) + repr(first.requests) + repr(first.faults)
        assert first.sandbox.admin_token not in shown


def test_the_token_can_be_chosen_by_argument_and_by_environment(monkeypatch):
    monkeypatch.setenv("FLOW_RETAIL_SANDBOX_ADMIN_TOKEN", "from-the-environment")
    for options, token in (({}, "from-the-environment"), ({"admin_token": "given"}, "given")):
        with run_sandbox(customers=0, **options) as sandbox:
            asked = {"authorization": f"Bearer {token}"}
            assert httpx.get(f"{sandbox.admin_url}/health", headers=asked).status_code == 200
            assert sandbox.admin_headers == asked


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "ø", "a" * 1001])
def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(token):
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Sandbox(customers=0, admin_token=token)
    assert not token.strip() or token not in str(caught.value)


def test_an_admin_token_reaches_the_command_and_no_output(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", "--customers", "0", "--admin-token", "two words"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert re.search("an admin token has 1 to 1,000 visible ASCII characters", told)
    assert "two words" not in told
