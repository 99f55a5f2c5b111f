import pytest

from flow_retail_core.errors import DecodeError
from flow_retail_core.messages import Headers, Response


def test_header_names_match_in_any_case_and_repeated_ones_are_joined():
    headers = Headers([(b"X-Thing", b"a"), (b"x-thing", b"b"), (b"Date", b"today")])
    assert headers["X-THING"] == "a, b"
    assert list(headers) == ["x-thing", "date"]
    assert len(headers) == 2
    assert headers.get("missing") is None
    assert headers == {"x-thing": "a, b", "date": "today"}


def test_reprs_show_neither_header_values_nor_the_body():
    response = Response(
        status_code=200, headers=Headers([(b"Set-Cookie", b"s3cret")]), content=b"Kari", attempts=1
    )
    assert repr(response) == "Response(status_code=200, operation='request', attempts=1)"
    assert repr(response.headers) == "<Headers: set-cookie>"


def test_json_is_read_from_the_body():
    assert Response(status_code=200, headers={}, content=b'{"a": [1]}', attempts=1).json() == {"a": [1]}


@pytest.mark.parametrize(("content", "reason"), [(b"<html>Kari", "not JSON"), (b"", "an empty body")])
def test_a_body_that_is_not_json_is_a_decode_error_without_the_body(content, reason):
    response = Response(status_code=200, headers={}, content=content, attempts=3, operation="customers.get")
    with pytest.raises(DecodeError, match=f"customers.get: .* {reason}") as caught:
        response.json()
    assert (caught.value.operation, caught.value.attempts, caught.value.path) == ("customers.get", 3, "$")
    assert caught.value.__context__ is None
