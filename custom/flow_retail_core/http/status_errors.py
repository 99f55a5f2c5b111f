"""The error that a call ends with."""

import re
from contextlib import suppress
from functools import partial
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
from flow_retail_core.messages import Response, Secret
from flow_retail_core.retry.retry_after import retry_after
from flow_retail_core.transports.transport import TransportFailure


def to_error(
    result: Response | TransportFailure, operation: str, attempts: int, secrets: list[Secret]
) -> FlowRetailError:
    """Make the error of a call."""
    error: FlowRetailError
    if isinstance(result, Response):
        code, message, log_id = _fields(result.content, secrets)
        error = error_class(result.status_code)(
            status_code=result.status_code,
            code=code,
            message=message,
            log_id=log_id,
            retry_after=retry_after(result.headers),
            body=mask(result.content, secrets, ERROR_BODY_BYTES),
        )
    elif result.oversized:
        error = DecodeError(f"{operation}: {result.reason}", reason=result.reason)
    else:
        counted = f" ({attempts} attempts)" if attempts > 1 else ""
        cls = APITimeoutError if result.timed_out else APIConnectionError
        error = broken = cls(f"{operation}: {result.reason}{counted}")
        broken.request_incomplete = result.incomplete
    error.operation, error.attempts = operation, attempts
    return error


def is_api_error(content: bytes) -> bool:
    """Whether the body of an error is the API's own: a JSON object with `code`, `message` and `logId`.

    A proxy or gateway on the way has statuses of its own, and its 404 says nothing about a record.
    """
    return None not in _fields(content, [])


def _fields(content: bytes, secrets: list[Secret]) -> list[str | None]:
    """The code, message and logId of an error of the API; None for what is missing."""
    body: object = None
    # A proxy's error page, an empty body, bytes that are not UTF-8: the status says enough.
    with suppress(ValueError):
        body = orjson.loads(content)
    found = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    return [_text(found.get(name), secrets) for name in ("code", "message", "logId")]


def _text(value: object, secrets: list[Secret]) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    content = str(value).encode("utf-8", "replace")
    return mask(content, secrets, len(content)).decode()


def mask(content: bytes, secrets: list[Secret], limit: int) -> bytes:
    """Replace the words that hold a credential in what a server sent back.

    In JSON, HTML and URLs punctuation has many forms, but letters and digits have one: a word that has all
    those of a credential is taken for it.
    """
    for secret in secrets:
        runs = re.findall(rb"[A-Za-z0-9]+", secret.reveal().encode())
        content = re.sub(rb"\S+", partial(_hide, runs), content) if _holds(content, runs) else content
    return content[:limit]


def _holds(text: bytes, runs: list[bytes]) -> bool:
    return all(run in text for run in runs)


def _hide(runs: list[bytes], word: re.Match[bytes]) -> bytes:
    return b"***" if _holds(word[0], runs) else word[0]
