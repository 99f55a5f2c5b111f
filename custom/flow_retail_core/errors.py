"""Every exception that this package raises once a client exists.

    FlowRetailError
    ├── ConnectionFailed          no connection, or it broke before the answer was whole
    ├── RequestTimeout            connecting, sending or reading took longer than `timeout`
    ├── DeadlineExceeded          the whole call took longer than `deadline`
    ├── TokenUnavailable          the token callable failed or gave something that is no token
    ├── DecodeError               the answer is not what the spec promises (`path`)
    ├── BatchError                some items of a batch failed or are unknown (`result`)
    └── APIStatusError            the API answered with something else than success
        ├── BadRequest            400
        ├── Unauthorized          401
        ├── Forbidden             403
        ├── NotFound              404
        ├── Conflict              409
        ├── UnprocessableEntity   422
        ├── RateLimited           429
        └── ServerError           5xx

A mistake in an argument is a `ValueError` or a `TypeError`, raised before anything is sent. The use of a
closed client is a `RuntimeError`. Cancellation passes through as `asyncio.CancelledError`.
"""

from collections.abc import Callable
from typing import Any

_CLIPPED_MESSAGE_CHARACTERS = 300


class FlowRetailError(Exception):
    """The base of the tree; never raised itself.

    Attributes:
        operation: What was called, such as `customers.get`; None if no call was concerned.
        attempts: How many requests the call sent, or tried to send.
        may_have_been_processed: Whether any attempt could have taken effect on the server: its answer was
            lost or it was a 5xx. False after failed connects, 429 and other 4xx.
        page_number: For a list that broke off, the page to resume at; None elsewhere.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        attempts: int = 0,
        may_have_been_processed: bool = False,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.attempts = attempts
        self.may_have_been_processed = may_have_been_processed
        self.page_number: int | None = None

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # The default would call __init__ with the message alone and fail on what subclasses require.
        return _revive, (type(self), self.args, self.__dict__)


class ConnectionFailed(FlowRetailError):  # noqa: N818  # the design's name
    """No connection came about, or it broke before the answer was whole."""


class RequestTimeout(FlowRetailError):  # noqa: N818  # the design's name
    """Connecting, sending or reading took longer than the client's `timeout`."""


class DeadlineExceeded(FlowRetailError):  # noqa: N818  # the design's name
    """The call as a whole (attempts, waits, token, queue) took longer than the client's `deadline`."""


class TokenUnavailable(FlowRetailError):  # noqa: N818  # named like its siblings
    """The token callable raised, or what it returned can't be a bearer token."""


class DecodeError(FlowRetailError):
    """The answer can't be read as what the spec promises.

    Attributes:
        path: Where in the answer, as a JSON path such as `$.items[3].customerType`; `$` for the whole.
        reason: What is there instead, without the value.
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str = "$",
        reason: str = "",
        operation: str | None = None,
        attempts: int = 0,
        # There was an answer with a status of success.
        may_have_been_processed: bool = True,
    ) -> None:
        super().__init__(
            message or f"{operation or 'request'}: the answer can't be read: {path} is {reason}",
            operation=operation,
            attempts=attempts,
            may_have_been_processed=may_have_been_processed,
        )
        self.path = path
        self.reason = reason


class BatchError(FlowRetailError):
    """Some items of a batch failed, or it is unknown what became of them.

    Attributes:
        result: The `BatchResult`, which holds the outcome of every item.
    """

    def __init__(
        self,
        message: str = "",
        *,
        result: Any = None,
        operation: str | None = None,
        attempts: int = 0,
        may_have_been_processed: bool = True,
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            attempts=attempts,
            may_have_been_processed=may_have_been_processed,
        )
        self.result = result


class APIStatusError(FlowRetailError):
    """The API answered with a status that is not a success.

    Attributes:
        status_code: The HTTP status.
        code: The API's own error code, if the answer had one.
        message: The API's explanation, if the answer had one.
        log_id: What the vendor's support asks for, if the answer had one.
        retry_after: Seconds that the server asked to wait before the next request; None if it didn't say.
        body: The start of the answer's body as it came, for the cases in which the above say too little. It
            may hold personal data, so neither `str()` nor `repr()` shows it.
    """

    def __init__(
        self,
        *,
        status_code: int,
        code: str | None = None,
        message: str | None = None,
        log_id: str | None = None,
        retry_after: float | None = None,
        body: bytes = b"",
        operation: str | None = None,
        attempts: int = 0,
        may_have_been_processed: bool = False,
    ) -> None:
        super().__init__(
            operation=operation,
            attempts=attempts,
            may_have_been_processed=may_have_been_processed,
        )
        self.status_code = status_code
        self.code = code
        self.message = message
        self.log_id = log_id
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        said = ": ".join(_printable(part) for part in (self.code, self.message) if part)
        text = f"{self.operation or 'request'}: {self.status_code}{' ' if said else ''}{said}"
        notes: list[str] = []
        if self.log_id:
            notes.append(f"logId {_printable(self.log_id)}")
        if self.attempts > 1:
            notes.append(f"{self.attempts} attempts")
        if self.retry_after is not None:
            notes.append(f"retry after {self.retry_after:g} s")
        return f"{text} ({', '.join(notes)})" if notes else text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class BadRequest(APIStatusError):  # noqa: N818  # the design's name
    """400: the request is malformed or an argument is invalid."""


class Unauthorized(APIStatusError):  # noqa: N818  # the design's name
    """401: the token is missing, expired or wrong."""


class Forbidden(APIStatusError):  # noqa: N818  # the design's name
    """403: the token is valid but may not do this."""


class NotFound(APIStatusError):  # noqa: N818  # the design's name
    """404: there is no such resource."""


class Conflict(APIStatusError):  # noqa: N818  # the design's name
    """409: the request contradicts the state of the resource; never retried."""


class UnprocessableEntity(APIStatusError):  # noqa: N818  # the design's name
    """422: the request is well-formed but can't be carried out."""


class RateLimited(APIStatusError):  # noqa: N818  # the design's name
    """429: too many requests; `retry_after` says how long to wait, if the server did."""


class ServerError(APIStatusError):
    """5xx: the server failed; it may or may not have carried out the request."""


_CLASS_OF_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: UnprocessableEntity,
    429: RateLimited,
    **dict.fromkeys(range(500, 600), ServerError),
}


def error_class(status_code: int) -> type[APIStatusError]:
    """The class for an HTTP status; `APIStatusError` itself for one without a class of its own."""
    return _CLASS_OF_STATUS.get(status_code, APIStatusError)


def _revive(cls: type[FlowRetailError], args: tuple[Any, ...], state: dict[str, Any]) -> FlowRetailError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


def _printable(text: str) -> str:
    """Keep a server's text on one line of a log, and its length in bounds."""
    line = "".join(character if character.isprintable() else " " for character in text)
    if len(line) > _CLIPPED_MESSAGE_CHARACTERS:
        return line[: _CLIPPED_MESSAGE_CHARACTERS - 1] + "…"
    return line
