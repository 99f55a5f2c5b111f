"""A way to see status, headers and attempts of any call, typed methods included."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import field, frozen

from flow_retail_core.answer import Headers


@frozen(kw_only=True)
class ResponseInfo:
    """The answer that ended one call, without its body.

    Attributes:
        operation: What was called, such as `customers.get`.
        status_code: The HTTP status.
        headers: The headers without cookies, by name in any case.
        attempts: How many requests the call took.
        elapsed: Seconds from the call to the end of its last answer, waits included.
    """

    operation: str
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    attempts: int
    elapsed: float


_recordings: ContextVar[tuple[list[ResponseInfo], ...]] = ContextVar("flow_retail_recordings", default=())


@contextmanager
def record_responses() -> Generator[list[ResponseInfo], None, None]:
    """Record the answers of the calls made inside the block.

    Calls count that are made in the block's own task or in tasks started inside it, whichever client makes
    them. A call that ended with an `APIStatusError` is recorded; one that got no answer is not. Blocks may be
    nested; each records all that happens inside.

    Yields:
        A list that grows by one entry a call, in the order in which the calls end.

    Example:
        ```python
        with record_responses() as responses:
            await flow.customers.get("c-1")
        print(responses[0].status_code, responses[0].headers["x-request-id"], responses[0].attempts)
        ```
    """
    responses: list[ResponseInfo] = []
    reset = _recordings.set((*_recordings.get(), responses))
    try:
        yield responses
    finally:
        _recordings.reset(reset)


def stop_recording() -> None:
    """Leave all recordings, for the rest of this task: what follows is nobody's call."""
    _recordings.set(())


def record(operation: str, status_code: int, headers: Headers, attempts: int, elapsed: float) -> None:
    """Add an answer to every recording that is on."""
    recordings = _recordings.get()
    if not recordings:
        return
    info = ResponseInfo(
        operation=operation,
        status_code=status_code,
        # A session cookie is a credential.
        headers=headers.without("set-cookie"),
        attempts=attempts,
        elapsed=elapsed,
    )
    for responses in recordings:
        responses.append(info)
