"""A client for any operation."""

from typing import Any

from flow_retail_core.batch.spec import BatchOptions
from flow_retail_core.batch.stream import BatchStream
from flow_retail_core.client import Client
from flow_retail_core.messages import Response
from flow_retail_core.operation import Operation
from flow_retail_core.pagination.pager import Pager
from flow_retail_core.resource import Resource


class Things(Resource):
    """A resource as it is generated, for any operation."""

    def list(
        self, operation: Operation[Any], path_values: tuple[str, ...] = (), **options: Any
    ) -> Pager[Any]:
        pages = {"page_number": None, "page_size": None, "prefetch": 1, **options}
        return self._list(operation, path_values, **pages)

    def batch_stream(
        self, operation: Operation[Any], inputs: dict[str, object], **options: Any
    ) -> BatchStream[Any]:
        return self._batch(operation, (), inputs, BatchOptions(**options))


class AnyClient(Client[str]):
    """A client of the runtime, with what generated methods do as methods of its own."""

    @property
    def things(self) -> Things:
        return Things(self._caller)

    async def send(self, *args: Any, **options: Any) -> Response:
        return await self._caller.send(*args, **options)

    async def call(self, *args: Any, **options: Any) -> Any:
        return await self._caller.call(*args, **options)
