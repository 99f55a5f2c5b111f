"""Files in the body of a request: what may be given for one."""

import io
import os
from typing import IO, Protocol, TypeAlias

from attrs import field, frozen

from flow_retail_core.models.decoders import Plain


class AsyncFile(Protocol):
    """A file that is read with `await`, such as those of anyio, aiofiles and Starlette."""

    async def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; none at its end."""
        ...


@frozen
class Upload:
    """A file with a name and a media type of its own.

    Args:
        content: What is sent.
        filename: The name that the server is given; by default the file's own, or that of the form's field.
        media_type: Such as `image/png`; by default what the name's ending says.
    """

    content: bytes | os.PathLike[str] | IO[bytes] | AsyncFile = field(repr=False)
    filename: str | None = None
    media_type: str | None = None


FileSource: TypeAlias = bytes | os.PathLike[str] | IO[bytes] | AsyncFile | Upload
"""What may be given for a file: bytes, a path, a file open in binary mode, or an `Upload`.

It is read while it is sent. A path is opened for each attempt. An open file is read from where it is, and
stays open; it is sent again after a failure only if it can be rewound there, which an `AsyncFile` and a pipe
can't.
"""


def is_file(value: object) -> bool:
    """Whether a value may be sent as a file; a text may not, since it could be a path or the content."""
    if isinstance(value, bytes | os.PathLike | Upload):
        return True
    return callable(getattr(value, "read", None)) and not isinstance(value, io.TextIOBase)


FILE: Plain[FileSource] = Plain(
    "a file: give bytes, a path, a file opened in binary mode, or an Upload", is_file
)
"""A file; it is sent as it is, and no response holds one."""
