"""What a page takes for granted: names that its examples use and no example makes."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import flow_retail_client
from flow_retail_client import FlowRetail, models
from flow_retail_client.models import CustomerCreate, CustomerType


def _person(uid: str) -> CustomerCreate:
    return CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=uid, firstname="Kari")


def _batch() -> dict[str, Any]:
    async def read_file() -> AsyncIterator[CustomerCreate]:
        yield _person("c-3")

    return {"customers": [_person("c-1")], "leavers": [], "read_file": read_file, "reject": print}


def _pagination() -> dict[str, Any]:
    return {"error": flow_retail_client.FlowRetailError()}


_OF_PAGE: dict[str, Callable[[], dict[str, Any]]] = {
    "docs/batch.md": _batch,
    "docs/pagination.md": _pagination,
}

_OLDER = frozenset(_OF_PAGE)
"""Pages that describe behaviour in fragments, and leave the imports out; all others show them."""


def given_to(page: str, flow: FlowRetail) -> dict[str, Any]:
    """The names that the first example of a page finds.

    Args:
        page: The page, from the root of the repository.
        flow: A client of the page's sandbox, which every page may use.

    Returns:
        Objects by name.
    """
    names: dict[str, Any] = {"__name__": "__main__", "flow": flow}
    if page in _OLDER:
        names |= {name: getattr(models, name) for name in models.__all__}
        names |= {name: getattr(flow_retail_client, name) for name in flow_retail_client.__all__}
        names |= _OF_PAGE[page]()
    return names
