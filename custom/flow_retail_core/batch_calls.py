"""The batch calls of a client: its `send` under the batch's rules."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from flow_retail_core.calls import Calls
from flow_retail_core.errors import DecodeError, NotFound
from flow_retail_core.failures import is_api_error
from flow_retail_core.operation import Operation
from flow_retail_core.retry_engine import FailedAttempt, RetryEngine

if TYPE_CHECKING:
    from flow_retail_core.batch.options import BatchOptions
    from flow_retail_core.batch.spec import BatchSpec, Read
    from flow_retail_core.batch.stream import BatchStream


class BatchCalls(Calls):
    """What a client does with batches."""

    def batch_stream(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        spec: "BatchSpec",
        read: Operation | None,
        inputs: Mapping[str, object],
        options: "BatchOptions",
    ) -> "BatchStream[Any]":
        """Carry out a batch.

        Args:
            operation: What is called.
            path_arguments: A value for each path parameter but the tenant, in path order.
            spec: What the API reference says of it.
            read: The operation that reads one record back; None if the API has none.
            inputs: The items for each action.
            options: How.

        Returns:
            An async iterator of outcomes; its `collect()` is the result as a whole.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: A path value would address something else.
        """
        from flow_retail_core.batch.stream import BatchStream  # noqa: PLC0415  # see flow_retail_core.ahead

        # Now, where the mistake is, and not at the first request.
        operation.url_path(self.tenant, path_arguments)

        async def send(body: bytes) -> Any:
            response = await self.send(operation, path_arguments, content=body, repeatable=False)
            # A response that can't be read still says that the server did the work: DecodeError says so.
            return response.json()

        return BatchStream(
            spec,
            inputs,
            options,
            send=send,
            read=None if read is None else self._reader(read, path_arguments),
            retry=self._retry_engine(),
        )

    def _reader(self, operation: Operation, path_arguments: tuple[str, ...]) -> "Read":
        async def read(uid: str) -> dict[str, Any] | None:
            try:
                response = await self.send(operation, (*path_arguments, uid))
            except NotFound as error:
                if proves_absence(error, operation):
                    return None
                raise
            found = response.json()
            if not isinstance(found, dict):
                raise DecodeError(operation=operation.name, path="$", reason="not an object")
            return cast("dict[str, Any]", found)

        return read

    def _retry_engine(self) -> RetryEngine:
        """The client's own retry policy, budget and hooks, for what a batch sends again by itself."""
        exchange = self._exchange

        def emit_retry(failed: FailedAttempt, wait: float) -> None:
            exchange.announce(
                failed.operation, failed.method, failed.attempt, failed.reason, failed.status_code, wait
            )

        return RetryEngine(
            policy=exchange.retry,
            budget=exchange.budget,
            pause=None if exchange.pace is None else exchange.pace.hold,
            emit_retry=emit_retry,
            sleep=exchange.timing.sleep,
            random=exchange.timing.random,
        )


def proves_absence(error: NotFound, operation: Operation) -> bool:
    """Whether a 404 says that the record of an operation's last path value is not there.

    That of a proxy, or one about something else such as the tenant, says nothing of the record.
    """
    from flow_retail_core.batch.response import says_other_absent  # noqa: PLC0415  # see flow_retail_core.ahead

    return is_api_error(error.body) and not says_other_absent(error.code, operation.parameters[-1])
