"""What the body of an error says of who sent it."""

from typing import Any

import orjson
import pytest

from flow_retail_core.failures import is_api_error

FORM = {"code": "NOT_FOUND", "message": "no such customer", "logId": "5f0c"}


@pytest.mark.parametrize("body", [FORM, {**FORM, "code": 404}, {**FORM, "details": [1]}])
def test_an_object_with_code_message_and_log_id_is_the_api_s_own_error(body: Any) -> None:
    assert is_api_error(orjson.dumps(body))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Not Found",
        b"<html><h1>404 Not Found</h1></html>",
        b"\xff\xfe",
        b"null",
        b"404",
        b"[]",
        b"{}",
        orjson.dumps([FORM]),
        orjson.dumps({"error": FORM}),
        *(orjson.dumps({name: FORM[name] for name in FORM if name != left_out}) for left_out in FORM),
        *(orjson.dumps({**FORM, name: value}) for name in FORM for value in (None, "", True, [], {})),
    ],
)
def test_any_other_body_is_not_the_api_s_own_error(content: bytes) -> None:
    assert not is_api_error(content)
