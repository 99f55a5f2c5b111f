"""The events of a client, one for each request, response and retry, and the hooks that receive them."""

import logging
from collections.abc import Callable
from typing import TypeVar

from attrs import field, frozen

from flow_retail_core.validation import check_function, validator

_log = logging.getLogger("flow_retail_client")

E = TypeVar("E")


@frozen(kw_only=True)
class RequestEvent:
    """A request is about to be sent.

    Attributes:
        operation: What is called, such as `customers.get`.
        method: The HTTP method.
        attempt: Which request of the call this is, from 1.
    """

    operation: str
    method: str
    attempt: int


@frozen(kw_only=True)
class ResponseEvent:
    """An attempt has ended.

    Attributes:
        operation: What was called, such as `customers.get`.
        method: The HTTP method.
        attempt: Which request of the call it was, from 1.
        status_code: The HTTP status; None if there was no complete response.
        elapsed: Seconds from sending to the end of the body.
    """

    operation: str
    method: str
    attempt: int
    status_code: int | None
    elapsed: float


@frozen(kw_only=True)
class RetryEvent:
    """An attempt failed and the request will be sent again.

    Attributes:
        operation: What is called, such as `customers.get`.
        method: The HTTP method.
        attempt: Which request of the call failed, from 1.
        status_code: The HTTP status; None if there was no complete response.
        wait: Seconds until the next attempt.
        reason: What happened: the HTTP status, or why there was no complete response, such as
            `no connection: connection refused`. It holds no values.
    """

    operation: str
    method: str
    attempt: int
    status_code: int | None
    wait: float
    reason: str


_plain = validator(check_function)


@frozen(kw_only=True)
class Hooks:
    """Plain functions that a client calls with its events.

    Events hold no credentials, no query values and no bodies. Hooks run inside the call, so they should be
    quick. An exception that a hook raises is logged and does not change the call.

    Args:
        on_request: Called with a `RequestEvent` before each attempt.
        on_response: Called with a `ResponseEvent` after each attempt, also one without a response.
        on_retry: Called with a `RetryEvent` before each wait.

    Raises:
        TypeError: An argument is not callable, or is a coroutine function.
    """

    on_request: Callable[[RequestEvent], object] | None = field(default=None, validator=_plain)
    on_response: Callable[[ResponseEvent], object] | None = field(default=None, validator=_plain)
    on_retry: Callable[[RetryEvent], object] | None = field(default=None, validator=_plain)


def notify(hook: Callable[[E], object], event: E) -> None:
    """Call a hook; an exception that it raises is logged, not raised."""
    try:
        hook(event)
    except Exception as error:  # noqa: BLE001  # whatever a program's own hook raises
        # Only the type: the text of someone else's exception may hold anything.
        _log.warning("a hook for %s raised %s", type(event).__name__, type(error).__name__)
