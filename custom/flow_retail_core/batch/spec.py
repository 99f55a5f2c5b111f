"""A batch operation: what the API reference says of it, how it is called, and the options of a caller."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from flow_retail_core import constants
from flow_retail_core.batch.result import BatchProgress
from flow_retail_core.operation import Operation
from flow_retail_core.retry.engine import RetryEngine
from flow_retail_core.validation import check_function, check_instance, check_whole, validator

T = TypeVar("T")

BatchInput = Iterable[T] | AsyncIterable[T]
"""The items of one list of a batch: a collection, a generator, an async generator; of any length."""


@frozen(kw_only=True, eq=False)
class BatchSpec:
    """What the API reference says of one batch operation."""

    operation: str  # its name, such as `customers.batch`
    models: Mapping[str, type]
    """The class of the items for each action (create, update, ...), in the order they are applied."""
    uid: str  # the attribute that identifies an item, such as `customer_uid`
    uid_key: str  # the same in JSON, such as `customerUid`
    error_keys: Mapping[str, tuple[str, ...]] = {}  # the JSON keys by which errors name items, by action
    read: Operation[Any] | None = None  # reads one record back; None if the API has no such operation


@frozen(kw_only=True, eq=False)
class BatchEndpoint:
    """A batch operation as a client calls it."""

    spec: BatchSpec
    send: Callable[[bytes], Awaitable[Any]]
    """Sends the body of one request and returns the JSON of the response.

    It must not repeat a request whose response is missing: what a response means depends on whether an
    earlier request held the item too (a second delete is "not found"), so the batch itself sends again.
    """
    read: Callable[[str], Awaitable[Any]] | None
    """Reads what is stored under a uid, as JSON; raises `NotFoundError` for a 404, whoever it is from."""
    retry: RetryEngine


_at_least_one = validator(check_whole, at_least=1)


@frozen(kw_only=True)
class BatchOptions:
    """The options of a batch.

    Args:
        chunk_size: Items in a request, at most.
        chunk_bytes: Bytes of a request's body, at most.
        concurrency: Requests in flight, at most.
        on_progress: Called whenever items got their outcome; what it returns is ignored, what it raises ends
            the batch.
        resolve_unknown: Whether unknown items are read back and resolved by what is stored.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    chunk_size: int = field(default=constants.BATCH_CHUNK_SIZE, validator=_at_least_one)
    chunk_bytes: int = field(default=constants.BATCH_CHUNK_BYTES, validator=_at_least_one)
    concurrency: int = field(default=constants.BATCH_CONCURRENCY, validator=_at_least_one)
    on_progress: Callable[[BatchProgress], object] | None = field(
        default=None, validator=validator(check_function)
    )
    resolve_unknown: bool = field(
        default=False, validator=validator(check_instance, cls=bool, example="True")
    )
