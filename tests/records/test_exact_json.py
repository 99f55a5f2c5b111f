"""JSON beyond orjson's limits."""

import datetime
import json
from typing import Any

import pytest

from flow_retail_records.exact_json import decode, encode


def nested(levels: int, inner: Any = 1) -> Any:
    value = inner
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, True, None, "æ"], "b": {}},
        10**30,
        -(2**63) - 1,
        [2**64, {"x": -(10**25)}],
        "\ud83d",
        {"half \ude00": ["\ud83d", "whole 😀"]},
        nested(300),
        nested(900, {"deep": ["\ud83d", 2**70, 1.5, None, {}, []]}),
        "9" * 40,
    ],
    ids=range(9),
)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert decode(encode(value)) == value
    assert decode(encode(value).decode()) == value


def test_any_depth_is_written() -> None:
    text = encode(nested(50_000))
    assert text.count(b"[") == text.count(b"{") == 25_000


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        "1e999",
        "[1",
        "",
        '"\n"',
        "{1:2}",
        "[" * 5000,
        b'"\xff"',
        b"\xff",
    ],
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        decode(text)


def test_an_error_holds_no_value() -> None:
    with pytest.raises(ValueError, match="not JSON") as caught:
        decode('{"email": "kari@example.com" "x": 11111111111111111111}')
    assert "kari" not in repr(caught.value) + str(caught.value.__context__)


def test_other_values_need_a_default() -> None:
    moment = datetime.timedelta(1)
    with pytest.raises(TypeError):
        encode({"a": moment})
    with pytest.raises(TypeError):
        encode({"a": moment, "deep": nested(300)})
    with pytest.raises(TypeError):
        encode({1: 2})
    assert json.loads(encode({"a": moment, "deep": 2**70}, str)) == {"a": "1 day, 0:00:00", "deep": 2**70}
