"""A batch endpoint in memory, with state, and with every way in which it may fail."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from attrs import define, field, frozen

from flow_retail_core.batch_shape import BatchShape, Patience
from flow_retail_core.errors import APIConnectionError, APITimeoutError
from flow_retail_core.unset import UNSET


@define(eq=False)
class Thing:
    """What create, update and upsert take."""

    thing_uid: Any = UNSET
    name: Any = "x"

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"name": self.name}
        if self.thing_uid is not UNSET:
            data["thingUid"] = self.thing_uid
        return data


@define(eq=False)
class Gone:
    """What delete takes."""

    thing_uid: Any = UNSET

    def to_dict(self) -> dict[str, Any]:
        return {"thingUid": self.thing_uid}


SHAPE = BatchShape(
    operation="things.batch",
    operations=("create", "update", "upsert", "delete"),
    models={"create": Thing, "update": Thing, "upsert": Thing, "delete": Gone},
    uid="thing_uid",
    uid_key="thingUid",
)


def things(count: int, prefix: str = "t") -> list[Thing]:
    return [Thing(f"{prefix}{index}") for index in range(count)]


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


PATIENCE = Patience(sleep=no_sleep, random=lambda: 0.5)

Lose = Callable[[int], str | None]


@frozen
class Request:
    operation: str
    uids: list[str | None]
    size: int
    repeatable: bool


@define(eq=False)
class BatchServer:
    """Carries out batches on `state`.

    `fault(n)` says what befalls request n: None, "before" (lost before it was carried out), "after" (lost
    after), "refused" (nothing was sent), or an exception. `refuse(operation, uid, n)` gives an error code for
    one item.
    `twist` changes an answer. The uid of errors stands under `error_key`.
    """

    state: dict[str, str] = field(factory=dict)
    fault: Callable[[int], Any] = lambda request: None
    refuse: Callable[[str, Any, int], str | None] = lambda operation, uid, request: None
    twist: Callable[[int, dict[str, Any]], Any] = lambda request, body: body
    error_key: str = "customerUid"
    wait: Callable[[int], Any] | None = None
    read_fault: Callable[[int], BaseException | None] = lambda read: None
    requests: list[Request] = field(factory=list)
    reads: list[str] = field(factory=list)
    creations: Counter[str] = field(factory=Counter)
    changes: Counter[str] = field(factory=Counter)
    nameless: int = 0
    in_flight: set[str] = field(factory=set)
    concurrent: int = 0
    most_concurrent: int = 0

    async def send(self, body: bytes, repeatable: bool) -> tuple[int, Any]:
        ((operation, items),) = orjson.loads(body).items()
        uids = [item.get("thingUid") for item in items]
        named = [uid for uid in uids if uid is not None]
        assert len(set(named)) == len(named), "a request held a uid twice"
        assert not self.in_flight.intersection(named), "two requests held a uid at once"
        self.in_flight.update(named)
        self.requests.append(Request(operation, uids, len(body), repeatable))
        number = len(self.requests)
        self.concurrent += 1
        self.most_concurrent = max(self.most_concurrent, self.concurrent)
        try:
            await (self.wait(number) if self.wait is not None else asyncio.sleep(0))
            return self._carry_out(number, operation, items)
        finally:
            self.concurrent -= 1
            self.in_flight.difference_update(named)

    async def read(self, uid: str) -> dict[str, Any] | None:
        self.reads.append(uid)
        await asyncio.sleep(0)
        if (error := self.read_fault(len(self.reads))) is not None:
            raise error
        return {"thingUid": uid, "name": self.state[uid], "more": 1} if uid in self.state else None

    def _carry_out(self, number: int, operation: str, items: list[dict[str, Any]]) -> tuple[int, Any]:
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
            code = self._one(number, operation, item)
            if code is None:
                success += 1
            else:
                errors.append(
                    {"errorCode": code, "message": "refused", self.error_key: item.get("thingUid", "?")}
                )
        if fault == "after":
            raise APITimeoutError("lost", attempts=1, may_have_been_processed=True)
        body: dict[str, Any] = {name: {"success": 0, "errors": []} for name in SHAPE.operations}
        body[operation] = {"success": success, "errors": errors}
        return 207 if errors else 200, self.twist(number, body)

    def _one(self, number: int, operation: str, item: dict[str, Any]) -> str | None:
        uid = item.get("thingUid")
        code = self.refuse(operation, uid, number)
        if code is not None:
            return code
        if uid is None:
            self.nameless += 1
            return None
        if operation == "create" and uid in self.state:
            return "ALREADY_EXISTS"
        if operation in {"update", "delete"} and uid not in self.state:
            return "NOT_FOUND"
        if operation == "create":
            self.creations[uid] += 1
        if operation == "delete":
            del self.state[uid]
        else:
            self.state[uid] = item["name"]
        self.changes[uid] += 1
        return None
