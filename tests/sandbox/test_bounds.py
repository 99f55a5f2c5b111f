"""Whatever comes, memory stays bounded."""

import pytest
from raw_http import TENANT, problem_of
from starlette.requests import Request

from flow_retail_sandbox import Fault
from flow_retail_sandbox.admin import request_log
from flow_retail_sandbox.faults import plan as faults
from flow_retail_sandbox.server import connection
from flow_retail_sandbox.server import request as request_module
from flow_retail_sandbox.server import tokens as tenants
from flow_retail_sandbox.server.admission import MAX_HEADER_BYTES


def test_headers_are_bounded_however_they_come(talk, sandbox):
    head = b"GET %s/customers HTTP/1.1\r\nhost: localhost\r\n" % TENANT.encode()
    large = b"x-large: %s\r\n" % (b"a" * 2 * MAX_HEADER_BYTES)
    many = b"".join(b"x-%d: a\r\n" % number for number in range(10_000))
    for headers in (large, many):
        assert problem_of(talk(head + headers + b"\r\n")) == (431, "HEADERS_TOO_LARGE")
        assert problem_of(talk(head, *[headers] * 20)) == (431, "HEADERS_TOO_LARGE")
    assert list(sandbox.requests.latest) == []


def test_a_long_address_is_refused(talk):
    sent = b"GET %s/customers?x=%s HTTP/1.1\r\nhost: localhost\r\n\r\n"
    response = talk(sent % (TENANT.encode(), b"a" * 2 * MAX_HEADER_BYTES))
    assert problem_of(response) == (431, "HEADERS_TOO_LARGE")


def test_the_latest_requests_are_kept_by_number_and_by_size(monkeypatch):
    monkeypatch.setattr(request_log, "KEPT", 5)
    monkeypatch.setattr(request_log, "KEPT_BYTES", 1000)
    log = request_log.RequestLog()
    for size in (10, 10, 10, 10, 10, 10, 990, 2000):
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
        log.respond(log.start(Request({**scope, "headers": [(b"x", b"a" * size)]})), 200)
        assert len(log.latest) <= 5
        assert sum(entry.kept_bytes for entry in log.latest) <= 1000
    assert (log.count(), list(log.latest)) == (8, [])


def test_the_latest_faults_are_kept_and_all_are_counted(monkeypatch, api, sandbox):
    monkeypatch.setattr(faults, "KEPT", 3)
    kept = faults.Faults(frozenset({"customers.list"}))
    kept.add(Fault("status", count=None))
    for number in range(1, 6):
        taken = kept.start("customers.list", "GET /tenants/{tenantUid}/customers", number)
        for fault in kept.take(taken, "instead"):
            kept.happened(taken, fault, ["uid"] * 1000)
    assert [one.request for one in kept.injected] == [3, 4, 5]
    assert all(len(one.detail) == 100 for one in kept.injected)
    assert kept.count() == kept.count("status", "customers.list") == 5


def test_faults_are_planned_up_to_a_limit_and_used_ones_make_room(sandbox, api):
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


def test_only_so_many_access_tokens_are_good_at_once(monkeypatch, api, sandbox):
    monkeypatch.setattr(tenants, "MOST_ACCESS_TOKENS", 2)
    user = {"authorization": "Bearer sandbox-user-acme"}
    granted = [api("POST", "/account", headers=user).json()["accessToken"] for _ in range(3)]
    statuses = [
        api("GET", "/customers", headers={"authorization": f"Bearer {token}"}).status_code
        for token in granted
    ]
    assert statuses == [401, 200, 200]


def test_bodies_that_arrive_at_once_are_bounded_together(monkeypatch, api):
    monkeypatch.setattr(request_module, "MAX_ARRIVING_BYTES", 1000)
    headers = {"content-type": "application/json"}
    api.refused(503, "POST", "/customers", content=b" " * 1001, headers=headers)
    body = b'{"customerType":"PERSON"}'
    api.ok("POST", "/customers", content=body, headers=headers)  # what was refused is given back


def test_one_connection_too_many_gets_503(monkeypatch, talk):
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 0)
    assert problem_of(talk(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")) == (503, "SERVICE_UNAVAILABLE")
