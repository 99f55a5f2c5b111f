"""Which page of a list was asked for, and the envelope it is answered in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.schema import LARGEST_INTEGER

DEFAULT_PAGE_SIZE = 50
DEFAULT_MAX_PAGE_SIZE = 500

_INTEGER = re.compile(r"-?[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a list.

    Attributes:
        number: The page's number as it is told in the answer.
        size: Records a page, at least 1.
        offset: How many records come before the page.
        sort_by: The field to sort by, None for the order of creation.
        descending: Whether the largest comes first.
    """

    number: int
    size: int
    offset: int
    sort_by: str | None
    descending: bool


def _integer(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if _INTEGER.fullmatch(text) is None or abs(int(text)) > LARGEST_INTEGER:
        raise ApiError("INVALID_PARAMETER", place=name)
    return int(text)


def read_page(
    query: Mapping[str, str], sort_fields: frozenset[str], *, page_base: int, max_page_size: int
) -> PageRequest:
    """Read `pageNumber`, `pageSize`, `sortBy` and `sortDirection`.

    Args:
        query: The request's query parameters.
        sort_fields: Fields that the list can be sorted by.
        page_base: The number of the first page, 0 or 1.
        max_page_size: What a larger `pageSize` is cut down to.

    Returns:
        The page to answer.

    Raises:
        ApiError: If a parameter is not an integer, lies below the first page or the first record, or names
            no field or direction.
    """
    number = _integer(query, "pageNumber", page_base)
    size = _integer(query, "pageSize", DEFAULT_PAGE_SIZE)
    if number < page_base:
        raise ApiError("INVALID_PARAMETER", place="pageNumber")
    if size < 1:
        raise ApiError("INVALID_PARAMETER", place="pageSize")
    sort_by = query.get("sortBy")
    if sort_by is not None and sort_by not in sort_fields:
        raise ApiError("INVALID_PARAMETER", place="sortBy")
    direction = query.get("sortDirection", "ASC")
    if direction not in {"ASC", "DESC"}:
        raise ApiError("INVALID_PARAMETER", place="sortDirection")
    size = min(size, max_page_size)
    return PageRequest(number, size, (number - page_base) * size, sort_by, direction == "DESC")


def envelope(documents: Iterable[bytes], page: PageRequest, total: int) -> bytes:
    """Write a list's answer.

    Args:
        documents: The page's records as JSON.
        page: The page that was asked for.
        total: How many records the whole list holds.

    Returns:
        The body as JSON.
    """
    paging = b'{"totalCount":%d,"pageSize":%d,"pageNumber":%d}' % (total, page.size, page.number)
    return b'{"items":[' + b",".join(documents) + b'],"paging":' + paging + b"}"
