"""What a batch operation looks like, and how it is carried out."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from attrs import field, frozen

from flow_retail_core import defaults
from flow_retail_core.errors import APIStatusError, ConnectionFailed, FlowRetailError, RequestTimeout
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.model import Model

Send = Callable[[bytes, bool], Awaitable[tuple[int, Any]]]
"""Sends a body and gives the status and the JSON of the answer.

The flag says whether the transport may send it again after an answer was lost. It is always False: what an
answer means depends on whether an earlier request held the item, too (a second delete is "not found", a
refusal says nothing of the first), so the batch sends again itself, and knows.
"""
Read = Callable[[str], Awaitable[dict[str, Any] | None]]
"""Reads what is stored under a uid, as JSON; None if there is nothing."""


@frozen
class BatchShape:
    """What the spec says of one batch operation.

    Attributes:
        operation: Its name, such as `customers.batch`.
        operations: The lists that its body takes, in the order of the spec: of create, update, upsert,
            delete.
        models: The class of the items of each list.
        uid: The attribute that identifies an item, such as `customer_uid`.
        uid_key: The same in JSON, such as `customerUid`.
    """

    operation: str
    operations: tuple[str, ...]
    models: Mapping[str, type] = field(hash=False)
    uid: str
    uid_key: str


def _always() -> bool:
    return True


def _unseen(_reason: str, _status_code: int | None, _attempt: int, _wait: float) -> None:
    pass


def _unheld(_status: int | None, _asked: float) -> None:
    pass


@frozen(kw_only=True)
class Patience:
    """How long a chunk is kept at before what is left of it is given up.

    Attributes:
        attempts: Times that one item is sent.
        first: Seconds up to which the first wait is drawn at random; doubled for each that follows.
        longest: Seconds up to which any wait is drawn.
        longest_asked: Seconds of Retry-After that are sat out.
        statuses: The HTTP statuses after which a chunk is sent again.
        permit: Asked before a chunk is sent again that the server did not ask to wait; False gives it up.
        announce: Told of every wait: reason, HTTP status, times sent so far, seconds.
        hold: Told of every Retry-After that is sat out: HTTP status, seconds.
        sleep: Waits so many seconds.
        random: Gives a number from 0 up to, not including, 1.
    """

    attempts: int = defaults.RETRY_ATTEMPTS
    first: float = defaults.RETRY_BASE_DELAY
    longest: float = defaults.RETRY_MAX_DELAY
    longest_asked: float = defaults.MAX_RETRY_AFTER
    statuses: frozenset[int] = defaults.RETRY_STATUSES
    permit: Callable[[], bool] = _always
    announce: Callable[[str, int | None, int, float], None] = _unseen
    hold: Callable[[int | None, float], None] = _unheld
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random: Callable[[], float] = random.random

    def resends_after(self, error: FlowRetailError) -> bool:
        """Whether an error that left a chunk in doubt is one that may pass."""
        if isinstance(error, APIStatusError):
            asked = error.retry_after or 0.0
            return error.status_code in self.statuses and asked <= self.longest_asked
        return isinstance(error, ConnectionFailed | RequestTimeout)

    async def wait(self, rounds: int, error: FlowRetailError | None) -> None:
        """Wait before a chunk's items are sent again.

        Args:
            rounds: Times that the chunk was sent.
            error: What it failed with as a whole; None if single items were refused.
        """
        asked = status = None
        if isinstance(error, APIStatusError):
            asked, status = error.retry_after, error.status_code
        spread = self.random() * min(self.longest, self.first * 2 ** min(rounds - 1, 60))
        wait = (asked or 0.0) + spread
        reason = "items refused" if error is None else str(status or type(error).__name__)
        self.announce(reason, status, rounds, wait)
        if asked is not None:
            self.hold(status, asked)
        await self.sleep(wait)


def encode_model(item: Any) -> bytes:
    """Write a model as JSON.

    Args:
        item: A `Model`.

    Raises:
        TypeError: A value in it has no JSON form.
    """
    if isinstance(item, Model):
        return encode(item, operation="batch", expected=type(item))
    return orjson.dumps(item.to_dict())
