"""The error that a call ends with."""

from typing import cast

import orjson

from flow_retail_core.constants import ERROR_BODY_BYTES
from flow_retail_core.errors import (
    APIConnectionError,
    APITimeoutError,
    DecodeError,
    FlowRetailError,
    error_class,
)
from flow_retail_core.response import Response
from flow_retail_core.retry.retry_after import retry_after
from flow_retail_core.secret import Secret, mask
from flow_retail_core.transports.transport import TransportFailure


def to_error(
    result: Response | TransportFailure,
    *,
    operation: str,
    attempts: int,
    may_have_been_processed: bool,
    secrets: list[Secret],
) -> FlowRetailError:
    """Make the error of a call."""
    error: FlowRetailError
    if isinstance(result, Response):
        fields = _fields(result.content)
        error = error_class(result.status_code)(
            status_code=result.status_code,
            code=_text(fields.get("code"), secrets),
            message=_text(fields.get("message"), secrets),
            log_id=_text(fields.get("logId"), secrets),
            retry_after=retry_after(result.headers),
            body=mask(result.content, secrets, ERROR_BODY_BYTES),
        )
    elif result.oversized:
        error = DecodeError(f"{operation}: {result.reason}", reason=result.reason)
    else:
        counted = f" ({attempts} attempts)" if attempts > 1 else ""
        connection_error = (APITimeoutError if result.timed_out else APIConnectionError)(
            f"{operation}: {result.reason}{counted}"
        )
        connection_error.request_incomplete = result.incomplete
        error = connection_error
    error.operation, error.attempts = operation, attempts
    error.may_have_been_processed = may_have_been_processed
    return error


def is_api_error(content: bytes) -> bool:
    """Whether the body of an error is the API's own: a JSON object with `code`, `message` and `logId`.

    A proxy or gateway on the way has statuses of its own, and its 404 says nothing about a record.
    """
    fields = _fields(content)
    return all(_text(fields.get(name), []) is not None for name in ("code", "message", "logId"))


def _fields(content: bytes) -> dict[str, object]:
    try:
        body: object = orjson.loads(content)
    except ValueError:
        # A proxy's error page, an empty body, bytes that are not UTF-8: the status says enough.
        return {}
    return cast("dict[str, object]", body) if isinstance(body, dict) else {}


def _text(value: object, secrets: list[Secret]) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        return None
    if not secrets:
        return value
    content = value.encode("utf-8", "replace")
    return mask(content, secrets, len(content)).decode()
