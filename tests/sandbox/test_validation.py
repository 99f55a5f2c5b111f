"""What is refused before any operation sees it; never with a 500."""

import socket

import httpx
import pytest

from flow_retail_sandbox.server import request as request_module

JSON = {"content-type": "application/json"}


def post(api, content, headers=JSON):
    return api("POST", "/customers", content=content, headers=headers)


def person(fields: str) -> str:
    return '{"customerType":"PERSON",' + fields + "}"


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "BODY_REQUIRED", ""),
        (b"{", "MALFORMED_JSON", ""),
        (b"\xff\xfe", "MALFORMED_JSON", ""),
        (b"\xef\xbb\xbf{}", "MALFORMED_JSON", ""),
        (b"null", "INVALID_FIELD", "body"),
        (b"[]", "INVALID_FIELD", "body"),
        (b"{}", "INVALID_FIELD", "customerType"),
        (b'{"customerType":"ALIEN"}', "INVALID_FIELD", "customerType"),
        (person('"firstname":7'), "INVALID_FIELD", "firstname"),
        (person('"firstname":null'), "INVALID_FIELD", "firstname"),
        (person('"customerGroupUids":"g"'), "INVALID_FIELD", "customerGroupUids"),
        (person('"customerGroupUids":["a b"]'), "INVALID_FIELD", "customerGroupUids/0"),
        (person('"customerUid":""'), "INVALID_FIELD", "customerUid"),
        (person('"customerUid":"a/../b"'), "INVALID_FIELD", "customerUid"),
        (person('"customerUid":"a\\n"'), "INVALID_FIELD", "customerUid"),
        (person('"customerUid":"' + "a" * 256 + '"'), "INVALID_FIELD", "customerUid"),
        (person('"firstname":"' + "å" * 65_536 + '"'), "INVALID_FIELD", "firstname"),
        (person('"firstname":"a\\u0000"'), "INVALID_FIELD", "firstname"),
        (person('"consents":[{"source":"\\u0000"}]'), "INVALID_FIELD", "consents/0/source"),
        (person('"x":{"\\u0000":1}'), "INVALID_FIELD", "x"),
        (person('"firstname":"\\ud800"'), "MALFORMED_JSON", ""),
        (person('"paymentTerms":1e30'), "INVALID_FIELD", "paymentTerms"),
        (person('"paymentTerms":1e400'), "MALFORMED_JSON", ""),
        (person('"paymentTerms":' + "9" * 5000), "MALFORMED_JSON", ""),
        (person('"paymentTerms":9007199254740992'), "INVALID_FIELD", "paymentTerms"),
        (person('"paymentTerms":1.5'), "INVALID_FIELD", "paymentTerms"),
        (person('"paymentTerms":true'), "INVALID_FIELD", "paymentTerms"),
        (person('"paymentTerms":NaN'), "MALFORMED_JSON", ""),
        (person('"credit":{"limit":"1"}'), "INVALID_FIELD", "credit/limit"),
        (person('"x":' + "[" * 100_000 + "]" * 100_000), "MALFORMED_JSON", ""),
    ],
)
def test_a_bad_body_is_refused_with_the_place_and_without_quoting_it(api, body, code, place):
    response = post(api, body)
    assert response.status_code == 400
    problem = response.json()
    assert problem["code"] == code
    assert place in problem["message"]
    assert len(problem["message"]) < 100


@pytest.mark.parametrize(
    "body",
    [
        person('"firstname":"\\\\u0000"'),
        person('"firstname":"\\ud83d\\ude00"'),
        person('"paymentTerms":-9007199254740991'),
        person('"unknown":{"deep":' + "[" * 900 + "]" * 900 + "}"),
    ],
)
def test_an_odd_but_good_body_is_taken(api, body):
    assert post(api, body).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": ""},
    ],
)
def test_a_body_that_is_not_called_json_is_refused(api, headers):
    response = post(api, b'{"customerType":"PERSON"}', headers)
    assert response.status_code == 415
    assert response.json()["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_json_with_a_charset_is_json(api):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert post(api, b'{"customerType":"PERSON"}', headers).status_code == 201


def test_a_body_that_announces_too_much_is_refused_unread(api, sandbox):
    url = httpx.URL(sandbox.base_url)
    with socket.create_connection((url.host, url.port), timeout=5) as raw:
        raw.sendall(
            b"POST /v2/tenants/acme/customers HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            b"authorization: Bearer sandbox-token-acme\r\n"
            b"content-type: application/json\r\ncontent-length: 20971521\r\n\r\n"
        )
        response = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert response.startswith(b"HTTP/1.1 413 ")
    assert b"BODY_TOO_LARGE" in response


def test_a_body_that_grows_too_large_is_refused(api, monkeypatch):
    monkeypatch.setattr(request_module, "MAX_BODY_BYTES", 1000)
    chunks = iter([b" " * 600, b" " * 600])
    response = api("POST", "/customers", content=chunks, headers=JSON)
    assert response.status_code == 413
    assert "1000" in response.json()["message"]


def test_a_caller_who_leaves_in_the_middle_of_a_body_leaves_no_trace(api, sandbox):
    url = httpx.URL(sandbox.base_url)
    with socket.create_connection((url.host, url.port), timeout=5) as raw:
        raw.sendall(
            b"POST /v2/tenants/acme/customers HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            b"authorization: Bearer sandbox-token-acme\r\n"
            b'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"customerType"'
        )
    for _ in range(100):
        if sandbox.sandbox.requests.by_status().get(0):
            break
        api.ok("GET", "/customers")  # each request gives the server's loop a turn
    assert sandbox.sandbox.requests.by_status()[0] == 1
    assert sandbox.sandbox.counts()["acme"]["customers"] == 40


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/customers/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/customers/a/b/c", 404),
        ("GET", "/customers/a%2Fb", 400),
        ("GET", "/customers/%2e%2e", 400),
        ("GET", "/customers/%00", 400),
        ("GET", "/customers/%ff", 400),
        ("GET", "/customers/" + "a" * 256, 400),
        ("GET", "/customers/search", 405),
        ("PATCH", "/customers/a", 405),
        ("OPTIONS", "/customers", 405),
        ("TRACE", "/customers", 405),
        ("POST", "/customer-groups/g/customers", 405),
    ],
)
def test_a_path_or_method_that_the_api_lacks_is_refused(api, method, path, status):
    api.refused(status, method, path)


def test_a_405_names_the_methods_that_are_allowed(api):
    assert api("PATCH", "/customers/a").headers["allow"] == "DELETE, GET, PUT"


def test_a_head_request_gets_no_body(api):
    response = api("HEAD", "/customers")
    assert (response.status_code, response.content) == (405, b"")


def test_outside_of_the_base_path_there_is_nothing(api, sandbox):
    root = sandbox.base_url.removesuffix("/v2")
    for path in ("/", "/v3/tenants/acme/customers", "/v2"):
        response = api.pool.get(root + path)
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_what_is_no_http_is_refused_in_the_apis_form(sandbox):
    url = httpx.URL(sandbox.base_url)
    with socket.create_connection((url.host, url.port), timeout=5) as raw:
        raw.sendall(b"hello\r\n\r\n")
        response = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert response.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"MALFORMED_REQUEST"' in response


def test_a_bug_in_the_sandbox_is_a_500_in_the_apis_form(api, sandbox, monkeypatch, caplog):
    monkeypatch.setattr(sandbox.sandbox.state.tenants["acme"].tables["customers"], "find", None)
    assert api.refused(500, "GET", "/customers/a")["code"] == "INTERNAL_ERROR"
    assert "TypeError" in caplog.text


def test_a_response_that_violates_the_document_does_not_pass_the_check(api, sandbox, caplog):
    def spoil(record):
        record["email"] = None

    with sandbox.sandbox.lock:
        sandbox.sandbox.state.tenants["acme"].tables["customers"].change("customer-00001", spoil)
    api.refused(500, "GET", "/customers/customer-00001")
    assert "otherwise than documented" in caplog.text
