"""Every exception that this package raises once a client exists.

    FlowRetailError
    ├── APIConnectionError              no connection, or it broke before the response was complete
    │   └── APITimeoutError             connecting, sending or reading took longer than `timeout`
    ├── DeadlineExceededError           the whole call took longer than `deadline`
    ├── TokenError                      the token callable failed or returned something that is no token
    ├── DecodeError                     the response is not what the spec promises (`path`)
    ├── BatchError                      some items of a batch failed or are unknown (`result`)
    └── APIStatusError                  the API responded with a status that is not a success
        ├── BadRequestError             400
        ├── AuthenticationError         401
        ├── PermissionDeniedError       403
        ├── NotFoundError               404
        ├── ConflictError               409
        ├── UnprocessableEntityError    422
        ├── RateLimitError              429
        └── InternalServerError         5xx

A mistake in an argument is a `ValueError` or a `TypeError`, raised before anything is sent. The use of a
closed client is a `RuntimeError`. Cancellation passes through as `asyncio.CancelledError`.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

_CLIPPED_MESSAGE_CHARACTERS = 300
_BUDGET_NOTE = "not retried: the client's retry budget is used up"


@dataclass(eq=False, repr=False)
class FlowRetailError(Exception):
    """The base of the tree; never raised itself.

    Attributes:
        message: What happened.
        operation: What was called, such as `customers.get`; None if no call was concerned.
        attempts: How many requests the call sent, or tried to send.
        may_have_been_processed: Whether any attempt could have taken effect on the server: it got no response
            or a 5xx. False after failed connects, 429 and other 4xx.
        page_number: For a list that broke off, the page to resume at; None elsewhere.
        retry_budget_exhausted: Whether the call would have been retried, had the client's retry budget not
            been used up.
    """

    message: str | None = ""
    _: KW_ONLY
    operation: str | None = None
    attempts: int = 0
    may_have_been_processed: bool = False
    page_number: int | None = field(default=None, init=False)
    retry_budget_exhausted: bool = field(default=False, init=False)

    def __str__(self) -> str:
        return f"{self.message}{f' ({_BUDGET_NOTE})' if self.retry_budget_exhausted else ''}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        # The default would call __init__ with the message alone and fail on what subclasses require.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class APIConnectionError(FlowRetailError):
    """There was no connection, or it broke before the response was complete.

    Attributes:
        request_incomplete: Whether it broke while the request was being sent, as it does when a server
            refuses a body that is too large.
    """

    request_incomplete = False


class APITimeoutError(APIConnectionError):
    """Connecting, sending or reading took longer than the client's `timeout`."""


class DeadlineExceededError(FlowRetailError):
    """The call as a whole (attempts, waits, token, queue) took longer than the client's `deadline`."""


class TokenError(FlowRetailError):
    """The token callable raised an error, or what it returned can't be a bearer token."""


@dataclass(eq=False, repr=False, kw_only=True)
class DecodeError(FlowRetailError):
    """The response can't be read as what the spec promises.

    Attributes:
        path: Where in the response, as a JSON path such as `$.items[3].customerType`; `$` for the whole.
        reason: What is there instead, without the value.
    """

    path: str = "$"
    reason: str = ""
    may_have_been_processed: bool = True
    """The response had a status of success."""

    def __post_init__(self) -> None:
        subject = self.operation or "request"
        self.message = self.message or f"{subject}: the response can't be read: {self.path} is {self.reason}"


@dataclass(eq=False, repr=False, kw_only=True)
class BatchError(FlowRetailError):
    """Some items of a batch failed, or their outcome is unknown.

    Attributes:
        result: The `BatchResult`, which holds the outcome of every item.
    """

    result: Any = None
    may_have_been_processed: bool = True


@dataclass(eq=False, repr=False, kw_only=True)
class APIStatusError(FlowRetailError):
    """The API responded with a status that is not a success.

    Attributes:
        status_code: The HTTP status.
        code: The API's own error code, if the response had one.
        message: The API's explanation, if the response had one.
        log_id: What the vendor's support asks for, if the response had one.
        retry_after: Seconds that the server asked to wait before the next request; None if it named none.
        body: The start of the response body in bytes, for the cases in which the above say too little. It may
            hold personal data, so neither `str()` nor `repr()` shows it. A token of the client in it is
            masked.
    """

    status_code: int
    code: str | None = None
    message: str | None = None
    log_id: str | None = None
    retry_after: float | None = None
    body: bytes = b""

    def __str__(self) -> str:
        details = ": ".join(_printable(part) for part in (self.code, self.message) if part)
        text = f"{self.operation or 'request'}: {self.status_code}{' ' if details else ''}{details}"
        notes: list[str] = []
        if self.log_id:
            notes.append(f"logId {_printable(self.log_id)}")
        if self.attempts > 1:
            notes.append(f"{self.attempts} attempts")
        if self.retry_after is not None:
            notes.append(f"retry after {self.retry_after:g} s")
        if self.retry_budget_exhausted:
            notes.append(_BUDGET_NOTE)
        return f"{text} ({', '.join(notes)})" if notes else text


class BadRequestError(APIStatusError):
    """400: the request is malformed or an argument is invalid."""


class AuthenticationError(APIStatusError):
    """401: the token is missing, expired or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the token is valid but may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such resource."""


class ConflictError(APIStatusError):
    """409: the request contradicts the state of the resource; never retried."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well-formed but can't be processed."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` is how long to wait, if the server named it."""


class InternalServerError(APIStatusError):
    """5xx: the server failed; the request may or may not have been processed."""


_CLASS_OF_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    **dict.fromkeys(range(500, 600), InternalServerError),
}


def error_class(status_code: int) -> type[APIStatusError]:
    """The class for an HTTP status; `APIStatusError` itself for one without a class of its own."""
    return _CLASS_OF_STATUS.get(status_code, APIStatusError)


def _printable(text: str) -> str:
    """Keep a server's text on one line of a log, and its length in bounds."""
    line = "".join(character if character.isprintable() else " " for character in text)
    if len(line) > _CLIPPED_MESSAGE_CHARACTERS:
        return line[: _CLIPPED_MESSAGE_CHARACTERS - 1] + "…"
    return line
