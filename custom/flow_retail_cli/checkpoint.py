"""Checkpoints, written atomically, and the lock that keeps a second process away from a file."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from flow_retail_cli.errors import CommandError
from flow_retail_cli.work_files import create, reopen
from flow_retail_records.exact_json import decode, encode

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no advisory locks of this type; it works without
    fcntl = None  # type: ignore[assignment]

_FORMAT = 1


def save(path: Path, state: dict[str, Any]) -> None:
    """Replace a checkpoint atomically."""
    fresh = temporary_checkpoint(path)
    with create(fresh) as file:
        file.write(encode({"format": _FORMAT, **state}))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def temporary_checkpoint(path: Path) -> Path:
    """The name of a checkpoint while it is being written."""
    return path.with_name(f"{path.name}.new")


def load(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint; None if there is none."""
    state: Any = None
    try:
        with reopen(path) as file:
            state = decode(file.read())
    except FileNotFoundError:
        return None
    except ValueError:
        pass
    if not isinstance(state, dict) or state.get("format") != _FORMAT:  # pyright: ignore[reportUnknownMemberType]  # JSON
        raise invalid_checkpoint(path)
    return state  # pyright: ignore[reportUnknownVariableType]  # JSON


def invalid_checkpoint(path: Path) -> CommandError:
    """The error for a checkpoint that can't be used."""
    return CommandError(
        f"{path} is not a checkpoint of this version.", "Delete it, or pass --restart, to start again."
    )


def discard(*paths: Path) -> None:
    """Remove files that may not be there."""
    for path in paths:
        path.unlink(missing_ok=True)


def check_same_job(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to resume a run that had other arguments."""
    differing = [name for name, value in now.items() if before.get(name) != value]
    if differing:
        raise CommandError(
            f"{path} was written by a run with another {', '.join(differing)}.",
            "Finish that run first, or pass --restart to discard it and start again.",
        )


@contextmanager
def exclusive_lock(path: Path, file: BinaryIO) -> Generator[None]:
    """Hold a lock on an open file, and close it at the end."""
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy(path) from None
            except OSError:  # pragma: no cover  # some network file systems support no locks
                pass
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
            # A run that ended after this file was opened and before it was locked has renamed it.
            raise _busy(path)
        yield


def _busy(path: Path) -> CommandError:
    return CommandError(f"Another flow-retail is working on {path}.", "Wait until it has finished.")
