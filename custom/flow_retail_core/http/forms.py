"""Bodies that are not JSON: forms, and files by themselves; read while they are sent."""

import asyncio
import inspect
import mimetypes
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import Any, cast
from urllib.parse import urlencode

from attrs import field, frozen

from flow_retail_core.http.parameters import to_text
from flow_retail_core.models.encoding import check_body, dumps
from flow_retail_core.models.files import FILE, Upload, is_file
from flow_retail_core.operation import Operation
from flow_retail_core.unset import UNSET

_URLENCODED = "application/x-www-form-urlencoded"
_OCTETS = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?", re.ASCII)
_READ = 256 * 1024
"""Bytes that are read from a file at once."""
# As browsers write them (WHATWG HTML): a name can neither end its quotes nor its line.
_ESCAPED = {code: f"%{code:02X}" for code in (*range(0x20), 0x22, 0x7F)}


@frozen
class FormBody:
    """A `BodyStream` of bytes, and files between them."""

    media_type: str
    pieces: tuple["bytes | _File", ...] = field(repr=False)

    @property
    def length(self) -> int | None:
        """See `BodyStream`."""
        lengths = [len(piece) if isinstance(piece, bytes) else piece.length for piece in self.pieces]
        known = [length for length in lengths if length is not None]
        return sum(known) if len(known) == len(lengths) else None

    @property
    def repeatable(self) -> bool:
        """See `BodyStream`: what has a length can be read again, and what has none may be a pipe."""
        return self.length is not None

    async def open(self) -> AsyncIterator[bytes]:
        """See `BodyStream`."""
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                async for part in piece.parts():
                    yield part


@frozen
class _File:
    """A file that is sent: what, under which name, from where on, how much; None where that is not known."""

    content: Any = field(repr=False)
    name: str | None
    media_type: str
    start: int | None
    length: int | None

    async def parts(self) -> AsyncIterator[bytes]:
        """Read it without holding up the event loop, and no more of it than was announced."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        is_path = isinstance(self.content, Path)
        file = await asyncio.to_thread(self.content.open, "rb") if is_path else self.content
        is_async = inspect.iscoroutinefunction(file.read)
        left = self.length
        try:
            if self.start is not None:
                await asyncio.to_thread(file.seek, self.start)
            while left != 0:
                size = _READ if left is None else min(_READ, left)
                part = await (file.read(size) if is_async else asyncio.to_thread(file.read, size))
                if not part:
                    return
                yield bytes(part)
                left = None if left is None else left - len(part)
        finally:
            if is_path:
                file.close()


def encode_stream(operation: Operation[Any], body: object) -> FormBody:
    """Write the body of an operation that takes no JSON; files are looked at, and read when it is sent."""
    check_body(body, operation=operation.name, expected=operation.body)
    if operation.body is FILE:
        file = _file(body, operation.body_type)
        return FormBody(file.media_type, (file,))
    try:
        if operation.body_type == _URLENCODED:
            text = urlencode([(name, _text(name, value)) for name, value in _values(body)])
            return FormBody(_URLENCODED, (text.encode("ascii"),))
        boundary = secrets.token_hex(16)
        parts = [piece for name, value in _values(body) for piece in _part(boundary, name, value)]
    except UnicodeEncodeError:
        problem = f"{operation.name}: the body holds a lone surrogate, which has no UTF-8 form"
        raise ValueError(problem) from None
    end = f"--{boundary}--\r\n".encode("ascii")
    return FormBody(f"multipart/form-data; boundary={boundary}", (*parts, end))


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


def _part(boundary: str, name: str, value: Any) -> Iterator[bytes | _File]:
    """One part of a form (RFC 7578)."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPED)}"'
    content: bytes | _File
    if is_file(value):
        content = _file(value, _OCTETS)
        filename = (content.name or name).translate(_ESCAPED)
        head += f'; filename="{filename}"\r\nContent-Type: {content.media_type}'
    else:
        content = _text(name, value).encode()
        head += "\r\nContent-Type: application/json" if _is_json(value) else ""
    yield f"{head}\r\n\r\n".encode()
    yield content
    yield b"\r\n"


def _file(value: Any, media_type: str) -> _File:
    """Look at a file; `media_type` is what the API takes, perhaps with wildcards."""
    upload = value if isinstance(value, Upload) else Upload(value)
    content: Any = upload.content
    if isinstance(content, Upload) or not is_file(content):
        raise TypeError(f"the content of an Upload must be {FILE.expected}")
    if isinstance(content, os.PathLike):
        content = Path(cast("os.PathLike[str]", content))
    own = content if isinstance(content, Path) else getattr(content, "name", None)
    name = upload.filename or (Path(own).name if isinstance(own, str | Path) else None)
    if "*" in media_type or media_type == _OCTETS:
        media_type = (mimetypes.guess_type(name)[0] if name else None) or _OCTETS
    media_type = upload.media_type or media_type
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise ValueError(f"{media_type!a} is not a media type, such as image/png")
    start = length = None
    if isinstance(content, bytes):
        length = len(content)
    elif isinstance(content, Path):
        status = content.stat()
        length = status.st_size if S_ISREG(status.st_mode) else None
    elif (
        not inspect.iscoroutinefunction(content.read) and hasattr(content, "seekable") and content.seekable()
    ):
        start = content.tell()
        length = max(0, content.seek(0, os.SEEK_END) - start)
        content.seek(start)
    return _File(content, name, media_type, start, length)
