"""Which page of a list was asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.validators import LARGEST_INTEGER

DEFAULT_PAGE_SIZE = 50
DEFAULT_MAX_PAGE_SIZE = 500

_INTEGER = re.compile(r"-?[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a list."""

    number: int
    size: int
    offset: int
    sort_by: str | None
    descending: bool


WHOLE = PageRequest(0, LARGEST_INTEGER, 0, None, descending=False)
"""A list without pages."""


def _integer(query: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if _INTEGER.fullmatch(text) is None or not least <= int(text) <= LARGEST_INTEGER:
        raise ApiError("INVALID_PARAMETER", place=name)
    return int(text)


def read_page(
    query: Mapping[str, str], sort_fields: frozenset[str], *, page_base: int, max_page_size: int
) -> PageRequest:
    """Read `pageNumber`, `pageSize`, `sortBy` and `sortDirection`, or refuse the request."""
    number = _integer(query, "pageNumber", page_base, page_base)
    size = min(_integer(query, "pageSize", DEFAULT_PAGE_SIZE, 1), max_page_size)
    sort_by = query.get("sortBy")
    if sort_by is not None and sort_by not in sort_fields:
        raise ApiError("INVALID_PARAMETER", place="sortBy")
    direction = query.get("sortDirection", "ASC")
    if direction not in {"ASC", "DESC"}:
        raise ApiError("INVALID_PARAMETER", place="sortDirection")
    return PageRequest(number, size, (number - page_base) * size, sort_by, direction == "DESC")
