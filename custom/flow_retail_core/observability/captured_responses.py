"""Status, headers and attempts of any call, typed methods included."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import field, frozen

from flow_retail_core.messages import Headers, Response


@frozen(kw_only=True)
class CapturedResponse:
    """The response that ended one call, without its body.

    Attributes:
        operation: What was called, such as `customers.get`.
        status_code: The HTTP status.
        headers: The headers without cookies, by name in any case.
        attempts: How many requests the call took.
        elapsed: Seconds from the call to the end of its last response, waits included.
    """

    operation: str
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    attempts: int
    elapsed: float


active_captures: ContextVar[tuple[list[CapturedResponse], ...]] = ContextVar(
    "flow_retail_captures", default=()
)
"""The lists that the calls of this task are added to."""


@contextmanager
def capture_responses() -> Generator[list[CapturedResponse], None, None]:
    """Capture the responses of the calls made inside the block.

    This includes calls of any client, in the task of the block or in tasks started inside it. A call that
    ended with an `APIStatusError` is captured; one without a response is not. Blocks may be nested; each
    captures everything inside it.

    Yields:
        A list that grows by one entry a call, in the order in which the calls end.

    Example:
        ```python
        with capture_responses() as responses:
            await flow.customers.get("c-1")
        print(responses[0].status_code, responses[0].headers["x-request-id"], responses[0].attempts)
        ```
    """
    responses: list[CapturedResponse] = []
    reset = active_captures.set((*active_captures.get(), responses))
    try:
        yield responses
    finally:
        active_captures.reset(reset)


def capture(response: Response, elapsed: float) -> None:
    """Add a response to every capture that is active."""
    headers = Headers()
    # A session cookie is a credential.
    headers.by_name.update((name, value) for name, value in response.headers.items() if name != "set-cookie")
    captured = CapturedResponse(
        operation=response.operation,
        status_code=response.status_code,
        headers=headers,
        attempts=response.attempts,
        elapsed=elapsed,
    )
    for responses in active_captures.get():
        responses.append(captured)
