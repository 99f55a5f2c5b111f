"""The base of every generated resource: it puts calls, pagers and batches together."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from flow_retail_core.batch.spec import BatchEndpoint, BatchOptions
from flow_retail_core.batch.stream import BatchStream
from flow_retail_core.http.caller import Caller
from flow_retail_core.http.parameters import ParameterValue, encode_headers, encode_query
from flow_retail_core.http.semaphore import Semaphore
from flow_retail_core.models.decoding import prepare
from flow_retail_core.operation import Operation
from flow_retail_core.pagination.pager import Pager
from flow_retail_core.pagination.raw_page import Envelope

T = TypeVar("T")


class Resource:
    """The operations of one collection, such as `flow.customers`."""

    __slots__ = ("_caller",)

    OPERATIONS: ClassVar[Mapping[str, Operation[Any]]] = {}
    """The operations by the names of their methods."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _list(
        self,
        operation: Operation[Envelope[T]],
        path_values: tuple[str, ...],
        *,
        query: Mapping[str, ParameterValue] | None = None,
        headers: Mapping[str, ParameterValue] | None = None,
        body: object = None,
        page_number: int | None,
        page_size: int | None,
        prefetch: int,
    ) -> Pager[T]:
        """Make the pager of an operation that responds with pages; nothing is sent yet."""
        caller = self._caller
        # Checked now, where the mistake is, and not at the first page.
        operation.url_path(caller.tenant, path_values)
        encode_query(query, operation.joined)
        if headers:
            encode_headers(headers)
        content = caller.encode(operation, body) if body is not None or operation.body_required else None
        prepare(operation.returns)
        decoding = Semaphore(1)

        async def fetch(number: int | None, size: int | None) -> Envelope[T]:
            response = await caller.send(
                operation,
                path_values,
                query={**(query or {}), "pageNumber": number, "pageSize": size},
                headers=headers,
                content=content,
            )
            # Pages that were requested together arrive together. Decoded in one go they would
            # hold up the loop, and with it the requests for the next pages, so they are
            # decoded one by one, with a turn of the loop between them.
            await decoding.acquire()
            try:
                await asyncio.sleep(0)
                return caller.decode(operation, response)
            finally:
                decoding.release()

        return Pager(
            fetch,
            operation=operation.name,
            key=operation.record_key,
            page_number=page_number,
            page_size=page_size,
            prefetch=prefetch,
        )

    def _batch(
        self,
        operation: Operation[Any],
        path_values: tuple[str, ...],
        inputs: Mapping[str, object],
        options: BatchOptions,
    ) -> BatchStream[Any]:
        """Make the stream of a batch's outcomes; nothing is sent yet."""
        caller = self._caller
        # Checked now, where the mistake is, and not at the first request.
        operation.url_path(caller.tenant, path_values)

        async def send(body: bytes) -> Any:
            response = await caller.send(operation, path_values, content=body, idempotent=False)
            # A response that can't be read still says that the server did the work; `DecodeError` says so.
            return response.json()

        async def read(uid: str) -> Any:
            return (await caller.send(operation.batch.read, (*path_values, uid))).json()

        endpoint = BatchEndpoint(
            spec=operation.batch,
            send=send,
            read=None if operation.batch.read is None else read,
            retry=caller.sender.retries,
        )
        return BatchStream(endpoint, inputs, options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} tenant={self._caller.tenant!r} base_url={self._caller.base_url!r}>"
