"""Files that a command keeps beside the user's own: created exclusively, and never reached through a link."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from flow_retail_cli.errors import CommandError

# Windows has neither links to guard against in the same way, nor these flags.
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MODE = 0o666

_TYPES = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def special_type(mode: int) -> str | None:
    """Name a type of file that is not a regular one; None for a regular file."""
    return next((name for is_type, name in _TYPES if is_type(mode)), None)


def check_work_files(*paths: Path) -> None:
    """Refuse links, special files and files of other users where work files go."""
    for path in paths:
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        _check(path, found)


def discard(*paths: Path) -> None:
    """Remove work files that may not be there."""
    for path in paths:
        path.unlink(missing_ok=True)


def create(path: Path) -> BinaryIO:
    """Create a work file, in place of one that an earlier run left."""
    check_work_files(path)
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, _MODE), "w+b")


def open_or_create(path: Path) -> BinaryIO:
    """Open a work file as an earlier run left it, or create it."""
    try:
        return os.fdopen(os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, _MODE), "w+b")
    except FileExistsError:
        return reopen(path)


def reopen(path: Path) -> BinaryIO:
    """Open a work file that an earlier run left."""
    # Checked before it is opened, because opening a FIFO blocks, and after, because it may have changed.
    check_work_files(path)
    file = os.fdopen(os.open(path, _FLAGS | getattr(os, "O_NONBLOCK", 0)), "r+b")
    try:
        _check(path, os.fstat(file.fileno()))
    except CommandError:
        file.close()
        raise
    return file


def _check(path: Path, found: os.stat_result) -> None:
    what = special_type(found.st_mode)
    if what is None and found.st_nlink > 1:
        what = "a file with a second name (a hard link)"
    if what is None and not _trusted(path, found):
        what = "a file of another user"
    if what is not None:
        raise CommandError(
            f"{path} is {what}, not a file that this command made.",
            "Remove it, or work in another folder.",
        )


def _trusted(path: Path, found: os.stat_result) -> bool:
    """Whether a file belongs to this user, to root, or to the folder's owner, who can replace it anyway."""
    if not hasattr(os, "geteuid"):  # pragma: no cover  # Windows
        return True
    return found.st_uid in {os.geteuid(), 0} or found.st_uid == path.parent.stat().st_uid
