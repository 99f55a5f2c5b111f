"""Folders that driver and executors share, by path or by URI of a store that Arrow opens: s3, gs, hdfs."""

import re
import uuid
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyarrow import fs

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""At least two letters before the colon: one would be a Windows drive."""


class Folder:
    """A folder that all machines share."""

    def __init__(self, location: str) -> None:
        # Absolute, because executors have other working directories.
        self.uri = location if _URI.match(location) else str(Path(location).absolute())
        self._opened: tuple[Any, str] | None = None

    def __reduce__(self) -> Any:
        # An open file system is not sent to other processes.
        return type(self), (self.uri,)

    def __repr__(self) -> str:
        return f"Folder({self.uri!r})"

    def check(self) -> None:
        """Check that Arrow can open the store; nothing is read or written."""
        try:
            self._open()
        except (ValueError, OSError) as error:
            problem = str(error).partition("\n")[0]
        else:
            return
        raise ValueError(
            f"{self.uri} can't be opened ({problem}); use a path that all machines share,"
            " or a URI of file, s3, gs, abfs or hdfs"
        )

    def write(self, name: str, content: bytes) -> None:
        """Write a file atomically."""
        # A unique name, because two attempts of a task may run at once.
        draft = f"_{name}.{uuid.uuid4().hex}.draft"
        with self.create(draft) as file:
            file.write(content)
        self.rename(draft, name)

    def create(self, name: str) -> BinaryIO:
        """Open a file for writing."""
        system, folder = self._open()
        system.create_dir(folder, recursive=True)
        return cast("BinaryIO", system.open_output_stream(f"{folder}/{name}"))

    def rename(self, name: str, new: str) -> None:
        """Rename a file, replacing one of the new name."""
        system, folder = self._open()
        system.move(f"{folder}/{name}", f"{folder}/{new}")

    def discard(self, *names: str) -> None:
        """Delete files that exist."""
        system, folder = self._open()
        for info in system.get_file_info([f"{folder}/{name}" for name in names]):
            if info.type == fs.FileType.File:
                system.delete_file(info.path)

    def names(self) -> list[str]:
        """The sorted names of its files; none if there is no such folder."""
        system, folder = self._open()
        found = system.get_file_info(fs.FileSelector(folder, allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == fs.FileType.File)

    def read(self, name: str) -> bytes:
        """Read a file."""
        system, folder = self._open()
        with system.open_input_stream(f"{folder}/{name}") as file:
            return cast("bytes", file.read())

    def _open(self) -> tuple[Any, str]:
        if self._opened is None:
            self._opened = fs.FileSystem.from_uri(self.uri)
        return self._opened
