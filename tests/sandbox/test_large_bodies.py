"""The sender of a body that is too large gets the 413, and not a reset, whichever way it sends."""

import pytest
from raw_http import HEAD, TENANT, problem_of

from flow_retail_sandbox.server.request import MAX_BODY_BYTES

LARGE = MAX_BODY_BYTES + 1


@pytest.mark.parametrize("size", [LARGE, 3 * MAX_BODY_BYTES])
@pytest.mark.parametrize("close", [b"", b"connection: close\r\n"])
def test_one_with_a_length(talk, size, close):
    response = talk(HEAD + close + b"content-length: %d\r\n\r\n" % size, b" " * size)
    assert problem_of(response) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("piece", [1000, 2**20])
def test_one_in_chunks(talk, piece):
    chunk = b"%x\r\n%s\r\n" % (piece, b" " * piece)
    whole = chunk * (3 * MAX_BODY_BYTES // piece) + b"0\r\n\r\n"
    assert problem_of(talk(HEAD + b"transfer-encoding: chunked\r\n\r\n", whole)) == (
        413,
        "BODY_TOO_LARGE",
    )


def test_one_that_is_only_announced_is_refused_before_it_is_asked_for(talk):
    response = talk(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % LARGE)
    assert response.startswith(b"HTTP/1.1 413 ")
    assert problem_of(response) == (413, "BODY_TOO_LARGE")


def test_a_body_that_fits_is_asked_for(talk):
    response = talk(
        HEAD + b"connection: close\r\nexpect: 100-continue\r\ncontent-length: 29\r\n\r\n",
        b'{"customerType":    "PERSON"}',
    )
    assert response.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 201 " in response


def test_the_documented_limit_is_the_real_one(api):
    filler = b'{"customerType":"PERSON","unknown":"%s"}'
    body = filler % (b"a" * (MAX_BODY_BYTES - len(filler) + 2))
    assert len(body) == MAX_BODY_BYTES == 20 * 1024 * 1024
    headers = {"content-type": "application/json"}
    api.ok("POST", "/customers", content=body, headers=headers)
    api.refused(413, "POST", "/customers", content=body + b" ", headers=headers)


@pytest.mark.parametrize("authorization", [b"", b"authorization: Bearer wrong\r\n"])
def test_another_refusal_reaches_a_sender_that_wants_to_close_as_well(talk, authorization):
    head = b"POST %s/customers HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" % TENANT.encode()
    response = talk(head + authorization + b"content-length: %d\r\n\r\n" % LARGE, b" " * LARGE)
    assert problem_of(response) == (401, "UNAUTHORIZED")
