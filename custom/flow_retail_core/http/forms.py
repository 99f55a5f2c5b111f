"""Bodies that are not JSON: forms, and files by themselves."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flow_retail_core.http.body_stream import OCTETS, FilePiece, Pieces
from flow_retail_core.http.parameters import to_text
from flow_retail_core.models.encoding import check_body, dumps
from flow_retail_core.models.files import FILE, is_file
from flow_retail_core.operation import Operation
from flow_retail_core.unset import UNSET

_URLENCODED = "application/x-www-form-urlencoded"
# As browsers write them (WHATWG HTML): a name can neither end its quotes nor its line.
_ESCAPED = {code: f"%{code:02X}" for code in (*range(0x20), 0x22, 0x7F)}


def encode_stream(operation: Operation[Any], body: object) -> Pieces:
    """Write the body of an operation that takes no JSON.

    Raises:
        TypeError: A value is not what the operation takes.
        ValueError: A text or a media type can't be sent.
        OSError: There is no file at a path.
    """
    check_body(body, operation=operation.name, expected=operation.body)
    if operation.body is FILE:
        file = FilePiece.of(body, operation.body_type)
        return Pieces(file.media_type, (file,))
    try:
        if operation.body_type == _URLENCODED:
            text = urlencode([(name, _text(name, value)) for name, value in _values(body)])
            return Pieces(_URLENCODED, (text.encode("ascii"),))
        boundary = secrets.token_hex(16)
        parts = [piece for name, value in _values(body) for piece in _part(boundary, name, value)]
    except UnicodeEncodeError:
        problem = f"{operation.name}: the body holds a lone surrogate, which has no UTF-8 form"
        raise ValueError(problem) from None
    end = f"--{boundary}--\r\n".encode("ascii")
    return Pieces(f"multipart/form-data; boundary={boundary}", (*parts, end))


def _values(body: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a form: what is unset or None is not sent, and a list is a field an item."""
    named = [(each.name, getattr(body, each.attribute)) for each in body.__codec__().fields]
    for name, value in [*named, *body.additional_properties.items()]:
        items: list[Any] = [*value] if isinstance(value, list | tuple) else [value]
        for item in items:
            if item is not None and item is not UNSET:
                yield name, item


def _is_json(value: object) -> bool:
    """Whether a value within a form is written as JSON (OpenAPI 3.0.3, Encoding Object)."""
    return isinstance(value, dict | list | tuple) or hasattr(type(value), "__codec__")


def _text(name: str, value: Any) -> str:
    return dumps(value).decode() if _is_json(value) else to_text(name, value)


def _part(boundary: str, name: str, value: Any) -> Iterator[bytes | FilePiece]:
    """One part of a form (RFC 7578)."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPED)}"'
    content: bytes | FilePiece
    if is_file(value):
        content = FilePiece.of(value, OCTETS)
        filename = (content.name or name).translate(_ESCAPED)
        head += f'; filename="{filename}"\r\nContent-Type: {content.media_type}'
    else:
        content = _text(name, value).encode()
        head += "\r\nContent-Type: application/json" if _is_json(value) else ""
    yield f"{head}\r\n\r\n".encode()
    yield content
    yield b"\r\n"
