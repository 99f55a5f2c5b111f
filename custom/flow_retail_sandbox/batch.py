"""Many customers in one request: each item succeeds or is refused on its own."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flow_retail_sandbox.customers import Customers
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json

LISTS = ("create", "update", "upsert", "delete")
"""The lists of a batch, in the order in which they are worked through."""


def run_batch(customers: Customers, body: Json, language: str) -> dict[str, Any]:
    """Work a batch through.

    Args:
        customers: The tenant's customers.
        body: Lists of items under `create`, `update`, `upsert` and `delete`.
        language: The language of the errors' messages.

    Returns:
        For each list how many items succeeded, and an error for each of the others.
    """

    def update(item: Json) -> None:
        if "customerUid" not in item:
            raise ApiError("CUSTOMER_UID_REQUIRED")
        customers.update(item["customerUid"], item)

    def upsert(item: Json) -> None:
        known = "customerUid" in item and customers.records.find(item["customerUid"]) is not None
        if known:
            customers.update(item["customerUid"], item)
        else:
            customers.create(item)

    work: dict[str, Callable[[Json], Any]] = {
        "create": customers.create,
        "update": update,
        "upsert": upsert,
        "delete": lambda item: customers.delete(item["customerUid"]),
    }
    return {name: _run_list(work[name], body.get(name, []), language) for name in LISTS}


def _run_list(work: Callable[[Json], Any], items: list[Json], language: str) -> Json:
    errors: list[Json] = []
    for item in items:
        try:
            work(item)
        except ApiError as error:
            errors.append(batch_error(item.get("customerUid"), error.code, error.message(language)))
    return {"success": len(items) - len(errors), "errors": errors}


def batch_error(uid: str | None, code: str, message: str) -> Json:
    """Write an item's refusal.

    Args:
        uid: The UID that the item came with. An item without one had been given one before it was refused,
            which its sender cannot know.
        code: Why, for programs.
        message: Why, for people.

    Returns:
        The error.
    """
    return {"errorCode": code, "message": message, "customerUid": uid or str(uuid4())}
