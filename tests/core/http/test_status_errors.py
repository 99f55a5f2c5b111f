"""The error of a response that is not a success: its class, and what the API said."""

import json

import pytest

from flow_retail_core.errors import (
    APIStatusError,
    InternalServerError,
    NotFoundError,
    UnprocessableEntityError,
)
from flow_retail_core.retry.policy import Retry


async def test_an_error_holds_what_the_api_said(server, make_client, get):
    content = {"code": "INVALID", "message": "vatNumber is invalid", "logId": "l-9", "extra": "Kari"}
    server.default = server.reply(422, content)
    with pytest.raises(UnprocessableEntityError) as caught:
        await make_client().send(get, ("c-1",))
    error = caught.value
    assert (error.status_code, error.code, error.message, error.log_id) == (
        422, "INVALID", "vatNumber is invalid", "l-9",
    )  # fmt: skip
    assert (error.operation, error.attempts, error.retry_after) == ("customers.get", 1, None)
    assert json.loads(error.body) == content
    assert "Kari" not in str(error) + repr(error)
    assert str(error) == "customers.get: 422 INVALID: vatNumber is invalid (logId l-9)"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad Gateway</html>", b"\xff\xfe\x00", b"null", b"[]", b'"text"', b"{", b'{"code": null}',
     b'{"code": {}, "message": [], "logId": true}', b"[" * 100_000],
)  # fmt: skip
async def test_a_page_that_is_not_the_apis_still_gives_the_right_class(body, server, make_client, get):
    server.default = server.reply(404, body=body)
    with pytest.raises(NotFoundError) as caught:
        await make_client().send(get, ("c-1",))
    error = caught.value
    assert (error.code, error.message, error.log_id) == (None, None, None)
    assert str(error) == "customers.get: 404"
    assert error.__context__ is None


async def test_a_code_that_is_a_number_becomes_text(server, make_client, get):
    server.default = server.reply(400, {"code": 17, "message": "", "logId": 5})
    with pytest.raises(APIStatusError) as caught:
        await make_client().send(get, ("c-1",))
    assert (caught.value.code, caught.value.message, caught.value.log_id) == ("17", None, "5")


async def test_a_huge_error_page_is_kept_in_part(server, make_client, get):
    server.default = server.reply(500, body=b"x" * 1_000_000)
    with pytest.raises(InternalServerError) as caught:
        await make_client(retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert len(caught.value.body) == 64 * 1024
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 402, 410, 418, 451])
async def test_other_statuses_are_the_base_class(status, server, make_client, get):
    server.default = server.reply(status, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(APIStatusError) as caught:
        await make_client().send(get, ("c-1",))
    assert type(caught.value) is APIStatusError
    assert caught.value.may_have_been_processed is False
    assert len(server.seen) == 1
