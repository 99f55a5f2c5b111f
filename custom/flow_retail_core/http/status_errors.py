"""The error that a call ends with."""

import re
from contextlib import suppress
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
