"""What a client tells the program around it: one small event for each request, answer and retry."""

import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from attrs import Attribute, field, frozen

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
        status_code: The HTTP status; None if no whole answer came.
        elapsed: Seconds from sending to the end of the body.
    """

    operation: str
    method: str
    attempt: int
    status_code: int | None
    elapsed: float


@frozen(kw_only=True)
class RetryEvent:
    """An attempt failed and will be made again.

    Attributes:
        operation: What is called, such as `customers.get`.
        method: The HTTP method.
        attempt: Which request of the call failed, from 1.
        status_code: The HTTP status; None if no whole answer came.
        wait: Seconds until the next attempt.
        reason: What happened: the HTTP status, or why no whole answer came, such as
            `no connection: connection refused`. It holds no values.
    """

    operation: str
    method: str
    attempt: int
    status_code: int | None
    wait: float
    reason: str


def _check_plain(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if value is None:
        return
    if not callable(value):
        raise TypeError(f"{attribute.name} must be callable, not {type(value).__name__}")
    if inspect.iscoroutinefunction(value):
        raise TypeError(f"{attribute.name} must be a plain function: a hook is called, not awaited")


@frozen(kw_only=True)
class Hooks:
    """Plain functions that a client calls as it works.

    They get no credentials, no query values and no bodies. They run inside the call, so they should be quick.
    A hook that raises is logged and otherwise ignored: who watches a call must not change how it ends.

    Args:
        on_request: Called with a `RequestEvent` before each attempt.
        on_response: Called with a `ResponseEvent` after each attempt, also one without an answer.
        on_retry: Called with a `RetryEvent` before each wait.

    Raises:
        TypeError: An argument is not callable, or is a coroutine function.
    """

    on_request: Callable[[RequestEvent], object] | None = field(default=None, validator=_check_plain)
    on_response: Callable[[ResponseEvent], object] | None = field(default=None, validator=_check_plain)
    on_retry: Callable[[RetryEvent], object] | None = field(default=None, validator=_check_plain)


def notify(hook: Callable[[E], object], event: E) -> None:
    """Call a hook; an exception that it raises is logged, not raised."""
    try:
        hook(event)
    except Exception as error:  # noqa: BLE001  # whatever a program's own hook raises
        # Only the type: the text of someone else's exception may hold anything.
        _log.warning("a hook for %s raised %s", type(event).__name__, type(error).__name__)
