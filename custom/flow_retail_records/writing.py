"""How rows of a table are written: by the batch of a resource, or one by one where it has none."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import attrs
from attrs import frozen

from flow_retail_client import (
    APIStatusError,
    BatchOutcome,
    FlowRetail,
    FlowRetailError,
    NotFoundError,
    Operation,
)
from flow_retail_core.batch.spec import BatchSpec
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_records.item_builder import ItemBuilder

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from flow_retail_core.batch.result import BatchStatus
    from flow_retail_records.resources import Listing

    Outcome = BatchOutcome[Any]

_REFUSED = frozenset({401, 403, 405})
_REFUSED_BATCH = _REFUSED | {404}


@frozen
class Writing:
    """How rows are written.

    Attributes:
        name: The resource as it is typed.
        record: The class of the records of its list; None if there is no list.
        spec: The classes of the rows for each mode, what identifies a row, and what reads it back.
        operations: What is called, by mode.
        batch: Whether that is one batch operation; else there is a call for each row.
    """

    name: str
    record: type[Model] | None
    spec: BatchSpec
    operations: Mapping[str, Operation[Any]] = attrs.field(hash=False)
    batch: bool

    def owners(self, mode: str) -> tuple[str, ...]:
        """The arguments for the path that are the same for all rows, such as `store_uid`."""
        arguments = self.operations[mode].arguments
        return arguments if mode == "create" else arguments[:-1]

    def builder(self, mode: str, **options: Any) -> ItemBuilder:
        """What makes items of rows; see `ItemBuilder` for further options."""
        spec = self.spec
        return ItemBuilder(spec.models[mode], self.record, mode=mode, uid_key=spec.uid_key, **options)

    def refused_as_such(self, operation: str, status: int | None) -> bool:
        """Whether a response refuses the operation, whatever row it concerns."""
        names = {one.name for one in self.operations.values()}
        return operation in names and status in (_REFUSED_BATCH if self.batch else _REFUSED)

    def stream(
        self,
        flow: FlowRetail,
        mode: str,
        items: "Iterable[Model] | AsyncIterable[Model]",
        *,
        owners: tuple[str, ...] = (),
        chunk_size: int,
        concurrency: int,
    ) -> "AsyncGenerator[Outcome]":
        """Write items; each has one outcome, and an operation that is refused as such is raised."""
        operation = self.operations[mode]
        call = method_of(flow, operation)
        if not self.batch:
            return _one_by_one(
                mode, items, partial(self._write, call, mode, owners), self.spec.uid, concurrency
            )
        attribute = operation.name.partition(".")[0]
        stream = getattr(flow, attribute).batch_stream(
            **{mode: items}, chunk_size=chunk_size, concurrency=concurrency, resolve_unknown=True
        )
        return cast("AsyncGenerator[Outcome]", stream)

    async def _write(
        self, call: Callable[..., Awaitable[Any]], mode: str, owners: tuple[str, ...], item: Model
    ) -> None:
        operation = self.operations[mode]
        path = owners if mode == "create" else (*owners, getattr(item, self.spec.uid))
        if mode == "delete":
            await call(*path)
            return
        data = item.to_dict()
        if self.spec.uid_key not in {one.name for one in fields_of(operation.body)}:
            data.pop(self.spec.uid_key, None)
        await call(*path, operation.body.from_dict(data))


def method_of(flow: FlowRetail, operation: Operation[Any]) -> Callable[..., Any]:
    """The method of a client that calls an operation."""
    attribute, _, name = operation.name.partition(".")
    return cast("Callable[..., Any]", getattr(getattr(flow, attribute), name))


def is_model(type_: object) -> TypeGuard[type[Model]]:
    """Whether what is sent or returned is an object with a class."""
    return isinstance(type_, type) and issubclass(type_, Model)


def writing_of(
    name: str, operations: Mapping[str, Operation[Any]], listing: "Listing | None"
) -> Writing | None:
    """How the rows of a resource are written, given its methods; None if they can't be."""
    record = listing.record if listing else None
    batch = operations.get("batch")
    if batch is not None and batch.batch and not batch.arguments:
        spec: BatchSpec = batch.batch
        return Writing(name, record, spec, dict.fromkeys(spec.models, batch), batch=True)
    single = {
        mode: one
        for mode in ("create", "update", "delete")
        if (one := operations.get(mode)) and _fits(mode, one)
    }
    if not single:
        return None
    uid, uid_key = _identity(operations, listing)
    models = {mode: _row_class(mode, one, uid, uid_key) for mode, one in single.items()}
    read = operations.get("get")
    spec = BatchSpec(
        operation=next(iter(single.values())).name,
        models=models,
        uid=uid,
        uid_key=uid_key,
        read=read if read is not None and len(read.arguments) == 1 and not read.required else None,
    )
    return Writing(name, record, spec, single, batch=False)


def _fits(mode: str, operation: Operation[Any]) -> bool:
    if operation.required:
        return False
    if mode == "delete":
        return bool(operation.arguments) and not operation.body_required
    return (
        operation.takes_json and is_model(operation.body) and (mode == "create" or bool(operation.arguments))
    )


def _identity(operations: Mapping[str, Operation[Any]], listing: "Listing | None") -> tuple[str, str]:
    """The attribute and the JSON name that identify a row; empty if nothing does."""
    if listing is not None and listing.key is not None:
        return listing.key, listing.key_name or ""
    for mode in ("update", "delete", "get"):
        operation = operations.get(mode)
        if operation is not None and operation.arguments:
            return operation.arguments[-1], operation.path_parameters[-1]
    return "", ""


def _row_class(mode: str, operation: Operation[Any], uid: str, uid_key: str) -> type[Model]:
    """The class of a row: the fields of the body, and the UID that stands in the path."""
    body = operation.body if mode != "delete" and is_model(operation.body) else Model
    if mode == "create" or uid_key in {one.name for one in fields_of(body)}:
        return body
    return cast(
        "type[Model]",
        attrs.make_class(
            f"{body.__name__}Row",
            {uid: attrs.field(type=str, kw_only=True, metadata={"json": uid_key})},
            bases=(body,),
            kw_only=True,
            repr=False,
            slots=True,
            weakref_slot=False,
        ),
    )


async def _one_by_one(
    mode: str,
    items: "Iterable[Model] | AsyncIterable[Model]",
    write: Callable[[Model], Awaitable[None]],
    uid: str,
    concurrency: int,
) -> "AsyncGenerator[Outcome]":
    """Write items with a call each, and take no further ahead than `concurrency`."""
    source: AsyncGenerator[Model] | None = _each(items)
    running: set[asyncio.Task[tuple[Outcome, FlowRetailError | None]]] = set()
    refusal: FlowRetailError | None = None
    index = 0
    try:
        while True:
            while source is not None and refusal is None and len(running) < concurrency:
                item = await anext(source, None)
                if item is None:
                    source = None
                else:
                    running.add(asyncio.create_task(_write_one(mode, index, item, write, uid)))
                    index += 1
            if not running:
                break
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                outcome, refused = task.result()
                refusal = refusal or refused
                yield outcome
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    # As with a batch, the outcomes say it if nothing is left to be written.
    if refusal is not None and source is not None:
        raise refusal


async def _each(items: "Iterable[Model] | AsyncIterable[Model]") -> "AsyncGenerator[Model]":
    if isinstance(items, Iterable):
        for item in items:
            yield item
    else:
        async for item in items:
            yield item


async def _write_one(
    mode: str, index: int, item: Model, write: Callable[[Model], Awaitable[None]], uid: str
) -> "tuple[Outcome, FlowRetailError | None]":
    """Write one item; with its outcome comes the error that would meet every other item, too."""
    given = getattr(item, uid, None) if uid else None
    own = given if isinstance(given, str) else None
    try:
        await write(item)
    except FlowRetailError as error:
        status: BatchStatus = "unknown" if _is_ambiguous(mode, error) else "failed"
        code = type(error).__name__
        message = str(error)
        if isinstance(error, APIStatusError):
            code, message = error.code or f"HTTP_{error.status_code}", error.message or message
        outcome = BatchOutcome(mode, index, item, own, status, code, message, error.attempts)
        refused = isinstance(error, APIStatusError) and error.status_code in _REFUSED
        return outcome, error if refused else None
    except ValueError as error:
        # A UID that no path can hold; the client's message does not show it.
        return BatchOutcome(mode, index, item, own, "failed", "INVALID_UID", str(error), 0), None
    return BatchOutcome(mode, index, item, own, "succeeded", attempts=1), None


def _is_ambiguous(mode: str, error: FlowRetailError) -> bool:
    """Whether an item may have been written; a delete that was sent twice finds nothing the second time."""
    deleted = mode == "delete" and isinstance(error, NotFoundError) and error.attempts > 1
    return error.may_have_been_processed or deleted
