"""Requests as bytes, for what no client library sends."""

import json

TENANT = "/v2/tenants/acme"
AUTHORIZATION = b"authorization: Bearer sandbox-token-acme\r\n"
HEAD = b"POST %s/customers HTTP/1.1\r\nhost: localhost\r\n%scontent-type: application/json\r\n" % (
    TENANT.encode(),
    AUTHORIZATION,
)


def problem_of(response: bytes) -> tuple[int, str]:
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"application/json" in head
    problem = json.loads(body)
    assert set(problem) == {"code", "message", "logId"}
    return int(head.split()[1]), problem["code"]
