"""Checkpoints, written atomically, and the lock that keeps a second process away from a file."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from attrs import frozen

from flow_retail_cli.errors import CommandError
from flow_retail_cli.work_files import create, reopen
from flow_retail_records.exact_json import decode, encode

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no advisory locks of this type; it works without
    fcntl = None  # type: ignore[assignment]

_FORMAT = 1

T = TypeVar("T")


@frozen
class Checkpoint:
    """How far a run has come, in a file that is replaced atomically; `fresh` is the next one."""

    path: Path
    fresh: Path

    @classmethod
    def beside(cls, path: Path) -> "Checkpoint":
        """The checkpoint of a run that reads or writes a file."""
        name = f"{path.name}.checkpoint"
        return cls(path.with_name(name), path.with_name(f"{name}.new"))

    def save(self, state: dict[str, Any]) -> None:
        """Replace the file."""
        with create(self.fresh) as file:
            file.write(encode({"format": _FORMAT, **state}))
            file.flush()
            os.fsync(file.fileno())
        self.fresh.replace(self.path)

    def load(self, job: dict[str, Any], read: Callable[[dict[str, Any]], T]) -> T | None:
        """Read what an earlier run of the same job saved; None if there is nothing."""
        try:
            with reopen(self.path) as file:
                state: Any = decode(file.read())
        except FileNotFoundError:
            return None
        except ValueError:
            state = None
        if isinstance(state, dict) and (found := cast("dict[str, Any]", state)).get("format") == _FORMAT:
            differing = [name for name, value in job.items() if found.get(name) != value]
            if differing:
                raise CommandError(
                    f"{self.path} was written by a run with another {', '.join(differing)}.",
                    "Finish that run first, or pass --restart to discard it and start again.",
                )
            with suppress(AttributeError, KeyError, TypeError, ValueError):
                return read(found)
        raise CommandError(
            f"{self.path} is not a checkpoint of this version.",
            "Delete it, or pass --restart, to start again.",
        )

    def discard(self) -> None:
        """Remove it, if there is one."""
        self.path.unlink(missing_ok=True)


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
