"""What had no column, laid over what had one."""

from typing import Any

import pytest

from flow_retail_records.leftover import LEFTOVER, merged, read_leftover


@pytest.mark.parametrize("text", ["", "5", "[1]", "null", '"a"', "{", "sesame", "[" * 2000])
def test_what_is_no_object_is_reported_without_the_cell(text: str) -> None:
    with pytest.raises(
        ValueError, match=f"^column {LEFTOVER}: can't be read; write a JSON object, or nothing$"
    ) as caught:
        read_leftover(text)
    assert caught.value.__context__ is None


def test_an_object_is_read() -> None:
    assert read_leftover('{"a": [1, null]}') == {"a": [1, None]}


@pytest.mark.parametrize(
    ("below", "above", "result"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": "x"}, {"a": "x"}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": None}, {"a": {"c": 2}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a": "x"}, {"a": "x"}),
        ({"a": [1, 2]}, {"a": [None, "x"]}, {"a": [1, "x"]}),
        ({"a": [{"b": 1}, {}]}, {"a": [{"c": 2}, None]}, {"a": [{"b": 1, "c": 2}, {}]}),
        ({"a": [[1, None]]}, {"a": [[None, "x"]]}, {"a": [[1, "x"]]}),
        ({"a": 1}, {"a": [1]}, {"a": [1]}),
    ],
)
def test_they_are_laid_object_by_object_and_item_by_item(below: Any, above: Any, result: Any) -> None:
    assert merged(below, above) == result


def test_of_a_list_that_has_another_length_by_now_nothing_is_known() -> None:
    assert merged({"a": [1, 2, 3]}, {"a": [None, "x"]}) == {"a": [1, 2, 3]}
