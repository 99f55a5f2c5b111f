"""The batch calls of a resource."""

from collections.abc import AsyncIterable, Iterable
from typing import Any, TypeVar, cast

from flow_retail_core.batch_shape import Patience, Read, Send
from flow_retail_core.errors import DecodeError, NotFoundError
from flow_retail_core.http.caller import Caller
from flow_retail_core.operation import Operation

T = TypeVar("T")

BatchInput = Iterable[T] | AsyncIterable[T]
"""The items of one list of a batch: a collection, a generator, an async generator; of any length."""


def patience_of(caller: Caller, operation: Operation[Any]) -> Patience:
    engine = caller.sender.retries
    retry = engine.policy

    def announce(reason: str, status_code: int | None, attempt: int, wait: float) -> None:
        pass

    return Patience(
        attempts=retry.max_retries + 1,
        first=retry.base_delay,
        longest=retry.max_delay,
        longest_asked=retry.max_retry_after,
        statuses=retry.statuses,
        permit=engine.budget.spend,
        announce=announce,
        hold=lambda status, asked: None,
        sleep=engine.clock.sleep,
        random=engine.clock.random,
    )


def batch_send(caller: Caller, operation: Operation[Any], path_values: tuple[str, ...]) -> Send:
    operation.url_path(caller.tenant, path_values)

    async def send(body: bytes, repeatable: bool) -> tuple[int, Any]:
        response = await caller.send(operation, path_values, content=body, idempotent=repeatable)
        return response.status_code, response.json()

    return send


def batch_read(caller: Caller, read: Operation[Any] | None, path_values: tuple[str, ...]) -> Read | None:
    if read is None:
        return None
    operation = read

    async def read_back(uid: str) -> dict[str, Any] | None:
        try:
            response = await caller.send(operation, (*path_values, uid))
        except NotFoundError:
            return None
        found = response.json()
        if not isinstance(found, dict):
            raise DecodeError(operation=operation.name, path="$", reason="not an object")
        return cast("dict[str, Any]", found)

    return read_back
