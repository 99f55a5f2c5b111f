"""The error that a call ends with."""

import re
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


_ENTITIES = {'"': "quot", "&": "amp", "'": "apos", "<": "lt", ">": "gt"}
_LONGEST_FORM = 8
"""Bytes; what one character of a credential may become, such as `\\u002f` or `&quot;`."""


def mask(content: bytes, secrets: list[Secret], limit: int) -> bytes:
    """Replace credentials in what a server sent back, in every form that JSON, HTML and URLs have."""
    slack = max((len(secret.reveal()) for secret in secrets), default=0) * _LONGEST_FORM
    masked = content[: limit + slack]
    for secret in secrets:
        # Letters and digits are written as they are everywhere: where the longest run of them is missing, the
        # credential is, and its pattern need not be compiled.
        if max(re.findall(r"[A-Za-z0-9]*", secret.reveal()), key=len).encode() in masked:
            masked = re.sub("".join(map(_forms, secret.reveal())).encode(), b"***", masked)
    if len(content) > limit + slack:
        # The start of a credential may stand at the end.
        masked = masked[: len(masked) - slack]
    return masked[:limit]


def _forms(character: str) -> str:
    """The pattern of one character."""
    if character.isalnum():
        return character
    code = ord(character)
    forms = [re.escape(character), rf"u{code:04x}", f"%{code:02x}", f"&#0*{code};", f"&#x0*{code:x};"]
    if character in _ENTITIES:
        forms.append(f"&{_ENTITIES[character]};")
    # JSON puts a backslash before some, and JSON inside JSON several.
    return rf"\\*(?i:{'|'.join(forms)})"
