"""What a failed attempt says: how long the server asks to wait, and which of our errors it is."""

from contextlib import suppress
from typing import cast

import orjson

from flow_retail_core.defaults import ERROR_BODY_BYTES
from flow_retail_core.errors import (
    APIStatusError,
    ConnectionFailed,
    FlowRetailError,
    RequestTimeout,
    error_class,
)
from flow_retail_core.retry import read_retry_after
from flow_retail_core.transport import Lost, Received


def retry_after(received: Received) -> float | None:
    """The seconds that an answer asks to wait; None if it asks for nothing that can be read."""
    headers = received.headers
    return read_retry_after(headers.get("retry-after"), date=headers.get("date"))


def to_error(
    result: Received | Lost, *, operation: str, attempts: int, may_have_been_processed: bool
) -> FlowRetailError:
    """Make the error that a call ends with.

    Args:
        result: How its last attempt ended.
        operation: What was called, such as `customers.get`.
        attempts: How many requests the call took.
        may_have_been_processed: Whether any of them may have taken effect on the server.

    Returns:
        The error, to be raised.
    """
    if isinstance(result, Received):
        return _to_status_error(
            result, operation=operation, attempts=attempts, may_have_been_processed=may_have_been_processed
        )
    counted = f" ({attempts} attempts)" if attempts > 1 else ""
    return (RequestTimeout if result.timed_out else ConnectionFailed)(
        f"{operation}: {result.reason}{counted}",
        operation=operation,
        attempts=attempts,
        may_have_been_processed=may_have_been_processed,
    )


def _to_status_error(
    received: Received, *, operation: str, attempts: int, may_have_been_processed: bool
) -> APIStatusError:
    content: object = None
    # A proxy's error page, an empty body, bytes that are not UTF-8: the status says enough.
    with suppress(ValueError):
        content = orjson.loads(received.content)
    fields = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    return error_class(received.status_code)(
        status_code=received.status_code,
        code=_text(fields.get("code")),
        message=_text(fields.get("message")),
        log_id=_text(fields.get("logId")),
        retry_after=retry_after(received),
        body=received.content[:ERROR_BODY_BYTES],
        operation=operation,
        attempts=attempts,
        may_have_been_processed=may_have_been_processed,
    )


def is_api_error(content: bytes) -> bool:
    """Whether the body of an error is the API's own: a JSON object with `code`, `message` and `logId`.

    A proxy or gateway on the way has statuses of its own, and its 404 says nothing of a record.
    """
    try:
        body: object = orjson.loads(content)
    except ValueError:
        return False
    if not isinstance(body, dict):
        return False
    fields = cast("dict[str, object]", body)
    return all(_text(fields.get(name)) is not None for name in ("code", "message", "logId"))


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
