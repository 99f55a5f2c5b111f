"""What the API reference says of a batch operation, and the two calls that a batch makes."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from flow_retail_core.operation import Operation

T = TypeVar("T")

BatchInput = Iterable[T] | AsyncIterable[T]
"""The items of one list of a batch: a collection, a generator, an async generator; of any length."""

Send = Callable[[bytes], Awaitable[Any]]
"""Sends the body of one request and returns the JSON of the response.

It must not repeat a request whose response is missing. What a response means depends on whether an earlier
request held the item too (a second delete is "not found"), so the batch sends again by itself, and knows.
"""
Read = Callable[[str], Awaitable[Any]]
"""Reads what is stored under a uid, as JSON; raises `NotFoundError` for a 404, whoever it is from."""

_NO_KEYS: Mapping[str, tuple[str, ...]] = {}


@frozen(kw_only=True)
class BatchSpec:
    """What the API reference says of one batch operation.

    Attributes:
        operation: Its name, such as `customers.batch`.
        models: The class of the items for each action (create, update, upsert, delete), in the order in which
            the actions are applied.
        uid: The attribute that identifies an item, such as `customer_uid`.
        uid_key: The same in JSON, such as `customerUid`.
        error_keys: The JSON keys by which errors name items, for each action.
        read: The operation that reads one record back; None if the API has none.
    """

    operation: str
    models: Mapping[str, type] = field(hash=False)
    uid: str
    uid_key: str
    error_keys: Mapping[str, tuple[str, ...]] = field(default=_NO_KEYS, hash=False)
    read: Operation[Any] | None = None
