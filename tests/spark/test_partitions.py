"""How a list is divided: every page in one range, and the last range open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import travelled

from flow_retail_spark.partitions import PageRange, divide


def divided(total: int | None, size: int | None, base: int | None, pages: int = 3) -> list[PageRange]:
    return divide(run="r", total=total, base=base, page_size=size, asked_size=9, pages_per_partition=pages)


@given(total=st.integers(0, 2000), size=st.integers(1, 50), base=st.integers(0, 3), pages=st.integers(1, 60))
def test_ranges_cover_each_page_once_and_the_last_is_open(
    total: int, size: int, base: int, pages: int
) -> None:
    ranges = divided(total, size, base, pages)
    count = -(-total // size)
    covered = [
        page for part in ranges for page in range(part.first, max(count, 1) if part.end is None else part.end)
    ]
    assert covered == list(range(max(count, 1)))
    assert [part.end is None for part in ranges] == [False] * (len(ranges) - 1) + [True]
    assert [part.number for part in ranges] == list(range(len(ranges)))
    assert {part.partitions for part in ranges} == {len(ranges)}
    assert {(part.base, part.page_size, part.total) for part in ranges} == {(base, size, total)}


@pytest.mark.parametrize(("total", "size", "base"), [(None, 5, 0), (100, None, 0), (100, 5, None)])
def test_a_list_that_does_not_say_enough_is_one_range(total: Any, size: Any, base: Any) -> None:
    (part,) = divided(total, size, base)
    assert (part.first, part.end, part.partitions) == (0, None, 1)
    assert part.page_size == (size or 9)


def test_a_range_travels() -> None:
    for part in divided(100, 5, 1):
        assert travelled(part) == part
