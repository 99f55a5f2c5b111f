"""Who is let in, and what nobody can make the sandbox do: hosts, web pages, the admin token, memory."""

import json
import re
import socket

import httpx
import pytest

from flow_retail_sandbox import Fault, Sandbox, create_app, run_sandbox
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES
from flow_retail_sandbox.server.request import MAX_BODY_BYTES

TENANT = "/v2/tenants/acme"
AUTHORIZATION = b"authorization: Bearer sandbox-token-acme\r\n"
ALL = "0.0.0.0"  # noqa: S104  # what a container listens on
ENDPOINTS = [
    ("GET", "/health"), ("GET", "/state"), ("GET", "/state/acme/customers/customer-00001"),
    ("GET", "/requests"), ("DELETE", "/requests"), ("GET", "/faults"), ("POST", "/faults"),
    ("DELETE", "/faults"), ("PUT", "/tokens"), ("POST", "/tokens/revoke"), ("POST", "/tokens/expire"),
    ("POST", "/reset"), ("GET", "/nothing"),
]  # fmt: skip


@pytest.fixture
def talk(sandbox):
    """Sends bytes over a connection of its own, and gives all that comes back until the server ends it."""

    def call(*parts: bytes) -> bytes:
        url = httpx.URL(sandbox.base_url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            for part in parts:
                connection.sendall(part)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    return call


def problem_of(response: bytes) -> tuple[int, str]:
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"application/json" in head
    problem = json.loads(body)
    assert set(problem) == {"code", "message", "logId"}
    return int(head.split()[1]), problem["code"]


class TestTheAdminEndpoints:
    """They answer to their token, and never to a web page."""

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    @pytest.mark.parametrize(
        "authorization", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {tenant}"]
    )
    def test_nothing_is_answered_without_the_token(self, pool, sandbox, method, path, authorization):
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
    def test_a_web_page_is_refused_even_with_the_token(self, pool, sandbox, method, path, headers):
        response = pool.request(
            method, sandbox.admin_url + path, headers={**sandbox.admin_headers, **headers}
        )
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
    def test_a_body_that_is_not_said_to_be_json_changes_nothing(self, pool, sandbox, content_type, chunked):
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

    def test_a_form_that_carries_json_as_text_is_refused_also_without_a_body(self, pool, sandbox):
        headers = {**sandbox.admin_headers, "content-type": "text/plain"}
        assert pool.post(f"{sandbox.admin_url}/reset", headers=headers).status_code == 415

    def test_a_body_beyond_a_mebibyte_is_refused(self, pool, sandbox):
        content = b'{"spec": "' + b"a" * 2**20 + b'"}'
        headers = {**sandbox.admin_headers, "content-type": "application/json"}
        response = pool.post(f"{sandbox.admin_url}/faults", content=content, headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")

    def test_the_token_is_another_one_for_every_sandbox_and_in_no_repr(self, monkeypatch):
        monkeypatch.delenv("FLOW_RETAIL_SANDBOX_ADMIN_TOKEN", raising=False)
        with run_sandbox(customers=0) as first, run_sandbox(customers=0) as second:
            tokens = {first.sandbox.admin_token, second.sandbox.admin_token}
            assert len(tokens) == 2
            assert all(len(token) >= 32 for token in tokens)
            shown = repr(first) + repr(first.sandbox) + repr(first.requests) + repr(first.faults)
            assert first.sandbox.admin_token not in shown

    def test_the_token_can_be_chosen_by_argument_and_by_environment(self, monkeypatch):
        monkeypatch.setenv("FLOW_RETAIL_SANDBOX_ADMIN_TOKEN", "from-the-environment")
        for options, token in (({}, "from-the-environment"), ({"admin_token": "given"}, "given")):
            with run_sandbox(customers=0, **options) as sandbox:
                asked = {"authorization": f"Bearer {token}"}
                assert httpx.get(f"{sandbox.admin_url}/health", headers=asked).status_code == 200
                assert sandbox.admin_headers == asked

    @pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "ø", "a" * 1001])
    def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(self, token):
        with pytest.raises(ValueError, match="visible ASCII") as caught:
            Sandbox(customers=0, admin_token=token)
        assert not token.strip() or token not in str(caught.value)


class TestTheHost:
    """A page whose name was made to resolve to loopback comes with that name."""

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "127.0.0.1:1", "127.0.0.1:", "127.8.9.10:80", "localhost", "LOCALHOST:80", "localhost.",
         "api.localhost", "[::1]", "[::1]:443", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:1"],
    )  # fmt: skip
    def test_loopback_is_answered_by_any_of_its_names(self, api, host):
        api.ok("GET", "/customers?pageSize=1", headers={"host": host})

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.nip.io", "evil-localhost",
         "10.0.0.1", ALL, "[::]", "[fe80::1]", "2130706433", "0x7f.1", "127.1", "x"],
    )  # fmt: skip
    @pytest.mark.parametrize("path", [f"{TENANT}/customers", "/__sandbox__/health", "/elsewhere"])
    def test_another_name_is_misdirected(self, pool, sandbox, host, path):
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
    def test_what_is_no_host_is_a_bad_request(self, talk, host):
        sent = b"GET %s/customers HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n%s\r\n"
        status, code = problem_of(talk(sent % (TENANT.encode(), host, AUTHORIZATION)))
        assert (status, code) in {(400, "INVALID_HOST"), (400, "MALFORMED_REQUEST")}

    @pytest.mark.parametrize("version", [b"1.0", b"1.1"])
    @pytest.mark.parametrize("hosts", [b"", b"host: localhost\r\nhost: localhost\r\n"])
    def test_no_host_and_two_hosts_are_bad_requests(self, talk, version, hosts):
        sent = b"GET %s/customers HTTP/%s\r\n%sconnection: close\r\n%s\r\n"
        status, code = problem_of(talk(sent % (TENANT.encode(), version, hosts, AUTHORIZATION)))
        assert (status, code) in {(400, "INVALID_HOST"), (400, "MALFORMED_REQUEST")}

    def test_more_names_can_be_allowed(self, pool):
        with run_sandbox(customers=0, allowed_hosts=["sandbox", "Api.Example", "10.0.0.1"]) as sandbox:
            url = f"{sandbox.base_url}/tenants/acme/customers"
            token = {"authorization": f"Bearer {sandbox.token}"}
            for host in ("sandbox:8080", "api.example", "10.0.0.1:1", "127.0.0.1"):
                assert pool.get(url, headers={**token, "host": host}).status_code == 200
            assert pool.get(url, headers={**token, "host": "10.0.0.2"}).status_code == 421

    def test_whoever_listens_on_all_addresses_is_reached_by_any_address_but_no_name(self, pool):
        with run_sandbox(customers=0, host=ALL) as sandbox:
            url = sandbox.base_url.replace(ALL, "127.0.0.1") + "/tenants/acme/customers"
            token = {"authorization": f"Bearer {sandbox.token}"}
            for host, status in ((f"{ALL}:80", 200), ("10.0.0.2", 200), ("evil.example", 421)):
                assert pool.get(url, headers={**token, "host": host}).status_code == status

    @pytest.mark.parametrize(("host", "status"), [("sandbox", 200), ("test", 200), ("evil.example", 421)])
    async def test_in_process_a_name_without_a_dot_is_anybodys(self, host, status):
        app = create_app(customers=0)
        headers = {"authorization": "Bearer sandbox-token-acme"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
            assert (await client.get(f"http://{host}{TENANT}/customers")).status_code == status
        app.sandbox.close()


LARGE = MAX_BODY_BYTES + 1
HEAD = b"POST %s/customers HTTP/1.1\r\nhost: localhost\r\n%scontent-type: application/json\r\n" % (
    TENANT.encode(),
    AUTHORIZATION,
)


class TestABodyThatIsTooLarge:
    """Its sender gets the 413, and not a reset, whichever way it sends."""

    @pytest.mark.parametrize("size", [LARGE, 3 * MAX_BODY_BYTES])
    @pytest.mark.parametrize("close", [b"", b"connection: close\r\n"])
    def test_with_a_length(self, talk, size, close):
        answer = talk(HEAD + close + b"content-length: %d\r\n\r\n" % size, b" " * size)
        assert problem_of(answer) == (413, "BODY_TOO_LARGE")

    @pytest.mark.parametrize("piece", [1000, 2**20])
    def test_in_chunks(self, talk, piece):
        chunk = b"%x\r\n%s\r\n" % (piece, b" " * piece)
        whole = chunk * (3 * MAX_BODY_BYTES // piece) + b"0\r\n\r\n"
        assert problem_of(talk(HEAD + b"transfer-encoding: chunked\r\n\r\n", whole)) == (
            413,
            "BODY_TOO_LARGE",
        )

    def test_that_is_only_announced_is_refused_before_it_is_asked_for(self, talk):
        answer = talk(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % LARGE)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert problem_of(answer) == (413, "BODY_TOO_LARGE")

    def test_a_body_that_fits_is_asked_for(self, talk):
        answer = talk(
            HEAD + b"connection: close\r\nexpect: 100-continue\r\ncontent-length: 29\r\n\r\n",
            b'{"customerType":    "PERSON"}',
        )
        assert answer.startswith(b"HTTP/1.1 100 ")
        assert b"HTTP/1.1 201 " in answer

    def test_the_documented_limit_is_the_real_one(self, api):
        filler = b'{"customerType":"PERSON","unknown":"%s"}'
        body = filler % (b"a" * (MAX_BODY_BYTES - len(filler) + 2))
        assert len(body) == MAX_BODY_BYTES == 20 * 1024 * 1024
        headers = {"content-type": "application/json"}
        api.ok("POST", "/customers", content=body, headers=headers)
        api.refused(413, "POST", "/customers", content=body + b" ", headers=headers)

    @pytest.mark.parametrize("authorization", [b"", b"authorization: Bearer wrong\r\n"])
    def test_another_refusal_reaches_a_sender_that_wants_to_close_as_well(self, talk, authorization):
        head = b"POST %s/customers HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" % TENANT.encode()
        answer = talk(head + authorization + b"content-length: %d\r\n\r\n" % LARGE, b" " * LARGE)
        assert problem_of(answer) == (401, "UNAUTHORIZED")


class TestWhatGrows:
    """Whatever comes, memory stays bounded."""

    def test_headers_are_bounded_however_they_come(self, talk, sandbox):
        head = b"GET %s/customers HTTP/1.1\r\nhost: localhost\r\n" % TENANT.encode()
        large = b"x-large: %s\r\n" % (b"a" * 2 * MAX_HEADER_BYTES)
        many = b"".join(b"x-%d: a\r\n" % number for number in range(10_000))
        for headers in (large, many):
            assert problem_of(talk(head + headers + b"\r\n")) == (431, "HEADERS_TOO_LARGE")
            assert problem_of(talk(head, *[headers] * 20)) == (431, "HEADERS_TOO_LARGE")
        assert list(sandbox.requests.latest) == []

    def test_a_long_address_is_refused(self, talk):
        sent = b"GET %s/customers?x=%s HTTP/1.1\r\nhost: localhost\r\n\r\n"
        answer = talk(sent % (TENANT.encode(), b"a" * 2 * MAX_HEADER_BYTES))
        assert problem_of(answer) == (431, "HEADERS_TOO_LARGE")

    def test_the_latest_requests_are_kept_by_number_and_by_size(self, monkeypatch):
        from flow_retail_sandbox.admin import request_log

        monkeypatch.setattr(request_log, "KEPT", 5)
        monkeypatch.setattr(request_log, "KEPT_BYTES", 1000)
        log = request_log.RequestLog()
        for size in (10, 10, 10, 10, 10, 10, 990, 2000):
            log.end(log.start("GET", "/", "", [(b"x", b"a" * size)]))
            assert len(log.latest) <= 5
            assert sum(entry.kept_bytes for entry in log.latest) <= 1000
        assert (log.count(), list(log.latest)) == (8, [])

    def test_the_latest_faults_are_kept_and_all_are_counted(self, monkeypatch, api, sandbox):
        from flow_retail_sandbox.faults import plan as faults

        monkeypatch.setattr(faults, "KEPT", 3)
        kept = faults.Faults(frozenset({"customers.list"}))
        kept.add(Fault("status", count=None))
        for number in range(1, 6):
            taken = kept.start("customers.list", "GET /tenants/{tenantUid}/customers", number)
            for fault in kept.take(taken, "early"):
                kept.happened(taken, fault, ["uid"] * 1000)
        assert [one.request for one in kept.injected] == [3, 4, 5]
        assert all(len(one.detail) == 100 for one in kept.injected)
        assert kept.count() == kept.count("status", "customers.list") == 5

    def test_faults_are_planned_up_to_a_limit_and_used_ones_make_room(self, sandbox, api):
        faults = sandbox.faults
        for plan in (
            lambda: faults.add(*[Fault("status")] * 10_001),
            lambda: faults.script([None] * 10_001),
            lambda: faults.random([Fault("status")] * 10_001, seed=1, rate=0.5),
        ):
            with pytest.raises(ValueError, match="10,000 faults can be planned"):
                plan()
        for _ in range(3):
            faults.script([None] * 4_000, operation="customers.get")
            faults.clear()
        assert faults.active() == []

    def test_only_so_many_access_tokens_are_good_at_once(self, monkeypatch, api, sandbox):
        from flow_retail_sandbox.server import tokens as tenants

        monkeypatch.setattr(tenants, "MOST_ACCESS_TOKENS", 2)
        user = {"authorization": "Bearer sandbox-user-acme"}
        granted = [api("POST", "/account", headers=user).json()["accessToken"] for _ in range(3)]
        statuses = [
            api("GET", "/customers", headers={"authorization": f"Bearer {token}"}).status_code
            for token in granted
        ]
        assert statuses == [401, 200, 200]

    def test_bodies_that_arrive_at_once_are_bounded_together(self, monkeypatch, api):
        from flow_retail_sandbox.server import request as request_module

        monkeypatch.setattr(request_module, "MAX_ARRIVING_BYTES", 1000)
        headers = {"content-type": "application/json"}
        api.refused(503, "POST", "/customers", content=b" " * 1001, headers=headers)
        body = b'{"customerType":"PERSON"}'
        api.ok("POST", "/customers", content=body, headers=headers)  # what was refused is given back

    def test_one_connection_too_many_is_told_so(self, monkeypatch, talk):
        from flow_retail_sandbox.server import connection

        monkeypatch.setattr(connection, "MOST_CONNECTIONS", 0)
        assert problem_of(talk(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")) == (503, "SERVICE_UNAVAILABLE")


class TestASlowSender:
    """It is cut off, wherever it stops; whoever has sent everything may wait as long as it likes."""

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
    def test_it_is_told_that_it_was_too_slow(self, sent):
        with run_sandbox(customers=0, receive_timeout=0.05) as sandbox:
            url = httpx.URL(sandbox.base_url)
            with socket.create_connection((url.host, url.port), timeout=10) as connection:
                connection.sendall(sent)
                answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        last = answer[answer.rindex(b"HTTP/1.1 ") :]
        assert problem_of(last) == (408, "REQUEST_TIMEOUT")

    def test_whoever_never_begins_is_left_in_silence(self):
        with run_sandbox(customers=0, receive_timeout=0.05) as sandbox:
            url = httpx.URL(sandbox.base_url)
            with socket.create_connection((url.host, url.port), timeout=10) as connection:
                assert connection.recv(1) == b""

    def test_a_request_that_the_server_holds_back_is_answered(self):
        faults = "latency@customers.list,seconds=0.5"
        with run_sandbox(customers=0, receive_timeout=0.05, faults=faults) as sandbox:
            headers = {"authorization": f"Bearer {sandbox.token}"}
            with httpx.Client(headers=headers) as client:
                for _ in range(2):
                    assert client.get(f"{sandbox.base_url}/tenants/acme/customers").status_code == 200


def test_an_admin_token_reaches_the_command_and_no_output(capsys):
    from flow_retail_sandbox.__main__ import main

    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", "--customers", "0", "--admin-token", "two words"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert re.search("argument --admin-token: an admin token has 1 to 1,000 visible ASCII characters", told)
    assert "two words" not in told
