"""A batch endpoint in memory, with state, and with every way in which it may fail; batches over it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from attrs import define, field, frozen

from flow_retail_core.batch.result import BatchResult
from flow_retail_core.batch.spec import BatchEndpoint, BatchOptions, BatchSpec
from flow_retail_core.batch.stream import BatchStream
from flow_retail_core.errors import APIConnectionError, APITimeoutError, NotFoundError
from flow_retail_core.models.model import Model
from flow_retail_core.retry.engine import Clock, RetryBudget, RetryEngine
from flow_retail_core.retry.policy import Retry
from flow_retail_core.unset import UNSET


@define(eq=False, repr=False)
class Thing(Model):
    """What create, update and upsert take."""

    thing_uid: Any = UNSET
    name: Any = "x"


@define(eq=False, repr=False)
class Gone(Model):
    """What delete takes."""

    thing_uid: Any = UNSET


SPEC = BatchSpec(
    operation="things.batch",
    models={"create": Thing, "update": Thing, "upsert": Thing, "delete": Gone},
    uid="thing_uid",
    uid_key="thingUid",
)


def things(count: int, prefix: str = "t") -> list[Thing]:
    return [Thing(f"{prefix}{index}") for index in range(count)]


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


def engine(*, budget: int | None = None, **clock: Any) -> RetryEngine:
    """A retry engine that waits for nothing and draws no lots."""
    clock = {"sleep": no_sleep, "random": lambda: 0.5, **clock}
    return RetryEngine(policy=Retry(), budget=RetryBudget(budget), clock=Clock(**clock))


Lose = Callable[[int], str | None]


@frozen
class Request:
    action: str
    uids: list[str | None]
    size: int


@define(eq=False)
class BatchServer:
    """Applies batches to `state`.

    `fault(n)` says what befalls request n: None, "before" (no response, not applied), "after" (no
    response, applied), "refused" (nothing was sent), an exception, or an exception after it was applied, in a
    tuple. `refuse(action, uid, n)` returns an error code for one item, and `forgets` whether an item that was
    applied is reported as timed out. `twist` changes a response. The uid of errors stands under `error_key`.
    With `doubles` a create of a uid that is there makes a second record. `read_fault(n)` is raised by read n,
    or returned if it is a record.
    """

    state: dict[str, str] = field(factory=dict)
    fault: Callable[[int], Any] = lambda request: None
    refuse: Callable[[str, Any, int], str | None] = lambda action, uid, request: None
    twist: Callable[[int, dict[str, Any]], Any] = lambda request, body: body
    error_key: str = "customerUid"
    wait: Callable[[int], Any] | None = None
    forgets: Callable[[Any, int], bool] = lambda uid, request: False
    doubles: bool = False
    read_fault: Callable[[int], Any] = lambda read: None
    requests: list[Request] = field(factory=list)
    reads: list[str] = field(factory=list)
    creations: Counter[str] = field(factory=Counter)
    changes: Counter[str] = field(factory=Counter)
    nameless: int = 0
    in_flight: set[str] = field(factory=set)
    concurrent: int = 0
    most_concurrent: int = 0

    async def send(self, body: bytes) -> Any:
        ((action, items),) = orjson.loads(body).items()
        uids = [item.get("thingUid") for item in items]
        named = [uid for uid in uids if uid is not None]
        assert len(set(named)) == len(named), "a request held a uid twice"
        assert not self.in_flight.intersection(named), "two requests held a uid at once"
        self.in_flight.update(named)
        self.requests.append(Request(action, uids, len(body)))
        number = len(self.requests)
        self.concurrent += 1
        self.most_concurrent = max(self.most_concurrent, self.concurrent)
        try:
            await (self.wait(number) if self.wait is not None else asyncio.sleep(0))
            return self._apply(number, action, items)
        finally:
            self.concurrent -= 1
            self.in_flight.difference_update(named)

    async def read(self, uid: str) -> Any:
        self.reads.append(uid)
        await asyncio.sleep(0)
        fault = self.read_fault(len(self.reads))
        if isinstance(fault, BaseException):
            raise fault
        if fault is not None:
            return dict(fault)
        if uid not in self.state:
            raise NotFoundError(status_code=404, code="THING_NOT_FOUND", message="no", log_id="l")
        return {"thingUid": uid, "name": self.state[uid], "more": 1}

    def _apply(self, number: int, action: str, items: list[dict[str, Any]]) -> Any:
        fault = self.fault(number)
        if fault == "refused":
            raise APIConnectionError("no connection", attempts=4)
        if fault == "before":
            raise APIConnectionError("lost", attempts=1, may_have_been_processed=True)
        if isinstance(fault, BaseException):
            raise fault
        errors: list[dict[str, Any]] = []
        success = 0
        for item in items:
            code = self._one(number, action, item)
            if code is None:
                success += 1
            else:
                errors.append(
                    {"errorCode": code, "message": "refused", self.error_key: item.get("thingUid", "?")}
                )
        if fault == "after":
            raise APITimeoutError("lost", attempts=1, may_have_been_processed=True)
        if isinstance(fault, tuple):
            raise fault[0]
        body: dict[str, Any] = {name: {"success": 0, "errors": []} for name in SPEC.models}
        body[action] = {"success": success, "errors": errors}
        return self.twist(number, body)

    def _one(self, number: int, action: str, item: dict[str, Any]) -> str | None:
        uid = item.get("thingUid")
        code = self.refuse(action, uid, number)
        if code is not None:
            return code
        if uid is None:
            self.nameless += 1
            return None
        if action == "create" and uid in self.state and not self.doubles:
            return "ALREADY_EXISTS"
        if action in {"update", "delete"} and uid not in self.state:
            return "NOT_FOUND"
        if action == "create":
            self.creations[uid] += 1
        if action == "delete":
            del self.state[uid]
        else:
            self.state[uid] = item["name"]
        self.changes[uid] += 1
        return "TIMEOUT" if self.forgets(uid, number) else None


def stream(server: BatchServer, *, reads: bool = True, **arguments: Any) -> BatchStream[Any]:
    """A batch on a server; `retry` is its engine, all else is items and options."""
    retry = arguments.pop("retry", None) or engine()
    names = ("chunk_size", "chunk_bytes", "concurrency", "on_progress", "resolve_unknown")
    options = BatchOptions(**{name: arguments.pop(name) for name in names if name in arguments})
    read = server.read if reads else None
    return BatchStream(BatchEndpoint(spec=SPEC, send=server.send, read=read, retry=retry), arguments, options)


async def run(server: BatchServer, **arguments: Any) -> BatchResult[Any]:
    """The same, collected."""
    return await stream(server, **arguments).collect()
