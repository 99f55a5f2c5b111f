"""A body that is read while it is sent: bytes, and files between them."""

import asyncio
import inspect
import mimetypes
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from stat import S_ISREG
from typing import Any, cast

from attrs import field, frozen

from flow_retail_core.models.files import FILE, Upload, is_file

OCTETS = "application/octet-stream"
_READ = 256 * 1024
"""Bytes that are read from a file at once."""
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?", re.ASCII)


@frozen
class FilePiece:
    """A file that is sent.

    Attributes:
        content: Bytes, a path, or an open file.
        name: Its own name, if it has one.
        media_type: What it is.
        start: Where an open file is read from; None if it can't be rewound.
        length: The number of bytes that are sent; None if that is not known.
    """

    content: Any = field(repr=False)
    name: str | None
    media_type: str
    start: int | None
    length: int | None

    @classmethod
    def of(cls, value: Any, media_type: str) -> "FilePiece":
        """Look at a file, without reading it; `media_type` is what the API takes, perhaps with wildcards."""
        upload = value if isinstance(value, Upload) else Upload(value)
        content: Any = upload.content
        if isinstance(content, Upload) or not is_file(content):
            raise TypeError(f"the content of an Upload must be {FILE.expected}")
        if isinstance(content, os.PathLike):
            content = Path(cast("os.PathLike[str]", content))
        own = str(content) if isinstance(content, Path) else getattr(content, "name", None)
        name = upload.filename or (Path(own).name if isinstance(own, str) else None)
        if "*" in media_type or media_type == OCTETS:
            media_type = (mimetypes.guess_type(name)[0] if name else None) or OCTETS
        media_type = upload.media_type or media_type
        if _MEDIA_TYPE.fullmatch(media_type) is None:
            raise ValueError(f"{media_type!a} is not a media type, such as image/png")
        return cls(content, name, media_type, *_extent(content))

    async def parts(self) -> AsyncIterator[bytes]:
        """Read it from its start."""
        if isinstance(self.content, bytes):
            yield self.content
        elif isinstance(self.content, Path):
            with await asyncio.to_thread(self.content.open, "rb") as file:
                async for part in _read(file, self.length):
                    yield part
        else:
            if self.start is not None:
                await asyncio.to_thread(self.content.seek, self.start)
            async for part in _read(self.content, self.length):
                yield part


@frozen
class Pieces:
    """A `BodyStream` of pieces."""

    media_type: str
    pieces: tuple[bytes | FilePiece, ...] = field(repr=False)

    @property
    def length(self) -> int | None:
        """See `BodyStream`."""
        total = 0
        for piece in self.pieces:
            length = len(piece) if isinstance(piece, bytes) else piece.length
            if length is None:
                return None
            total += length
        return total

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


async def _read(file: Any, length: int | None) -> AsyncIterator[bytes]:
    """Read a file without holding up the event loop, and no more of it than was announced."""
    is_async = inspect.iscoroutinefunction(file.read)
    while length != 0:
        size = _READ if length is None else min(_READ, length)
        part = await (file.read(size) if is_async else asyncio.to_thread(file.read, size))
        if not part:
            return
        yield bytes(part)
        length = None if length is None else length - len(part)


def _extent(content: Any) -> tuple[int | None, int | None]:
    """Where an open file is, and the number of bytes from there on; None where that is not known."""
    if isinstance(content, bytes):
        return None, len(content)
    if isinstance(content, Path):
        status = content.stat()
        return None, status.st_size if S_ISREG(status.st_mode) else None
    if inspect.iscoroutinefunction(content.read) or not getattr(content, "seekable", lambda: False)():
        return None, None
    start = content.tell()
    end = content.seek(0, os.SEEK_END)
    content.seek(start)
    return start, max(0, end - start)
