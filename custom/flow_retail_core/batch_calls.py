"""The batch calls of a client: its `send` under the batch's rules."""

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flow_retail_core import defaults
from flow_retail_core.batch_codes import says_other_absent
from flow_retail_core.calls import Calls
from flow_retail_core.errors import DecodeError, NotFound
from flow_retail_core.failures import is_api_error
from flow_retail_core.operation import Operation

if TYPE_CHECKING:
    from flow_retail_core.batch import BatchStream, OnProgress
    from flow_retail_core.batch_result import BatchResult
    from flow_retail_core.batch_shape import BatchShape, Patience, Read, Send

T = TypeVar("T")

BatchInput = Iterable[T] | AsyncIterable[T]
"""The items of one list of a batch: a collection, a generator, an async generator; of any length."""


class BatchCalls(Calls):
    """What a client does with batches."""

    async def batched(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        shape: "BatchShape",
        read: Operation | None,
        inputs: Mapping[str, object],
        chunk_size: int = defaults.BATCH_CHUNK_SIZE,
        concurrency: int = defaults.BATCH_CONCURRENCY,
        on_progress: "OnProgress | None" = None,
        resolve_unknown: bool = False,
    ) -> "BatchResult[Any]":
        """Carry out a batch and wait for all of it; see `run_batch`.

        Args:
            operation: What is called.
            path_arguments: A value for each path parameter but the tenant, in path order.
            shape: What the spec says of it.
            read: The operation that reads one record back; None if the API has none.
            inputs: The items per list.
            chunk_size: Items in one request.
            concurrency: Requests in flight at once.
            on_progress: Called whenever items got their outcome.
            resolve_unknown: Whether items of unknown fate are read back.

        Returns:
            An outcome for every item that was given.

        Raises:
            TypeError: An argument or an item has the wrong type.
            ValueError: An argument or an item is out of range.
        """
        from flow_retail_core.batch import run_batch  # noqa: PLC0415  # see flow_retail_core.ahead

        return await run_batch(
            self._batch_send(operation, path_arguments),
            shape,
            inputs,
            read=self._batch_read(read, path_arguments),
            chunk_size=chunk_size,
            concurrency=concurrency,
            on_progress=on_progress,
            resolve_unknown=resolve_unknown,
            patience=self._patience(operation),
        )

    def batch_stream(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        shape: "BatchShape",
        read: Operation | None,
        inputs: Mapping[str, object],
        chunk_size: int = defaults.BATCH_CHUNK_SIZE,
        concurrency: int = defaults.BATCH_CONCURRENCY,
        on_progress: "OnProgress | None" = None,
        resolve_unknown: bool = False,
    ) -> "BatchStream[Any]":
        """Carry out a batch and give outcomes as requests end; for the arguments see `batched`.

        Returns:
            An async iterator of outcomes.
        """
        from flow_retail_core.batch import stream_batch  # noqa: PLC0415  # see flow_retail_core.ahead

        return stream_batch(
            self._batch_send(operation, path_arguments),
            shape,
            inputs,
            read=self._batch_read(read, path_arguments),
            chunk_size=chunk_size,
            concurrency=concurrency,
            on_progress=on_progress,
            resolve_unknown=resolve_unknown,
            patience=self._patience(operation),
        )

    def _patience(self, operation: Operation) -> "Patience":
        """The client's own retry policy, budget and hooks, for what a batch sends again by itself."""
        exchange, retry = self._exchange, self._exchange.retry

        def announce(reason: str, status_code: int | None, attempt: int, wait: float) -> None:
            exchange.announce(operation.name, operation.method, attempt, reason, status_code, wait)

        from flow_retail_core.batch_shape import Patience  # noqa: PLC0415  # see flow_retail_core.ahead

        return Patience(
            attempts=retry.attempts,
            first=retry.base_delay,
            longest=retry.max_delay,
            longest_asked=retry.max_retry_after,
            statuses=retry.statuses,
            permit=exchange.budget.spend,
            announce=announce,
            hold=exchange.hold,
            sleep=exchange.timing.sleep,
            random=exchange.timing.random,
        )

    def _batch_send(self, operation: Operation, path_arguments: tuple[str, ...]) -> "Send":
        # Now, where the mistake is, and not at the first request.
        operation.url_path(self.tenant, path_arguments)

        async def send(body: bytes, repeatable: bool) -> tuple[int, Any]:  # the type says Send
            answer = await self.send(operation, path_arguments, content=body, repeatable=repeatable)
            # An answer that can't be read still says that the server did the work: DecodeError tells so.
            return answer.status_code, answer.json()

        return send

    def _batch_read(self, read: Operation | None, path_arguments: tuple[str, ...]) -> "Read | None":
        if read is None:
            return None
        operation = read

        async def read_back(uid: str) -> dict[str, Any] | None:
            try:
                answer = await self.send(operation, (*path_arguments, uid))
            except NotFound as error:
                if is_api_error(error.body) and not says_other_absent(error.code, operation.parameters[-1]):
                    return None
                # From a proxy, or about something else: it says nothing of this record.
                raise
            found = answer.json()
            if not isinstance(found, dict):
                raise DecodeError(operation=operation.name, path="$", reason="not an object")
            return cast("dict[str, Any]", found)

        return read_back
