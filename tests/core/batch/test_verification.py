"""Reading back never guesses."""

from typing import Any

import orjson
import pytest

from flow_retail_core.batch.verification import verify_applied


@pytest.mark.parametrize(
    ("sent", "stored", "wanted"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, "applied"),
        ({"a": 1}, {"a": 2}, "unclear"),
        ({"a": 1}, {}, "unclear"),
        ({"a": 1}, {"a": True}, "unclear"),
        ({"a": False}, {"a": False}, "applied"),
        ({"a": None}, {}, "applied"),
        ({"a": ""}, {"a": None}, "applied"),
        ({"a": []}, {"a": [1]}, "unclear"),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, "applied"),
        ({"a": {"b": 1}}, {"a": 1}, "unclear"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "applied"),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, "unclear"),
        ({"a": [1, 1]}, {"a": [1, 2]}, "unclear"),
        ({"a": [1]}, {"a": 1}, "unclear"),
        ({"a": [{"b": 1}]}, {"a": [{"c": 2, "b": 1}]}, "applied"),
        ({"a": "2024-01-01T12:00:00+00:00"}, {"a": "2024-01-01T13:00:00+01:00"}, "applied"),
        ({"a": "2024-01-01T12:00:00+00:00"}, {"a": "2024-01-01T12:00:00"}, "unclear"),
        ({"a": "x"}, {"a": "y"}, "unclear"),
        ({"a": "x"}, {"a": 1}, "unclear"),
        ({"a": 1}, None, "not_applied"),
    ],
)
def test_what_is_stored_shows_whether_an_item_was_applied(sent: Any, stored: Any, wanted: str) -> None:
    for action in ("create", "update", "upsert"):
        assert verify_applied(action, orjson.dumps(sent), stored) == wanted


def test_a_delete_was_applied_if_nothing_is_left() -> None:
    assert verify_applied("delete", b"{}", None) == "applied"
    assert verify_applied("delete", b"{}", {}) == "not_applied"
