"""Files that survive whatever ends the process: checkpoints, and the right to work on a file alone."""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flow_retail_cli.errors import CommandError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no advisory locks of this kind; work goes on without
    fcntl = None  # type: ignore[assignment]

_FORMAT = 1


def save(path: Path, state: dict[str, Any]) -> None:
    """Replace a checkpoint: whoever reads it finds the old one or the new one, whole.

    Args:
        path: Where it is.
        state: What JSON knows.

    Raises:
        OSError: It can't be written.
    """
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **state}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint.

    Args:
        path: Where it is.

    Returns:
        What was saved; None if there is none.

    Raises:
        CommandError: It can't be read as one.
    """
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        state = None
    if not isinstance(state, dict) or state.get("format") != _FORMAT:  # pyright: ignore[reportUnknownMemberType]  # JSON
        raise CommandError(
            f"{path} is no checkpoint of this version.",
            "Delete it, or pass --restart, to begin anew.",
        )
    return state  # pyright: ignore[reportUnknownVariableType]  # JSON


def discard(*paths: Path) -> None:
    """Remove files that may not be there.

    Args:
        *paths: The files.
    """
    for path in paths:
        path.unlink(missing_ok=True)


def check_same(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with something else than what was begun.

    Args:
        path: The checkpoint, for the message.
        before: What was begun, by name.
        now: What is asked for, by the same names.

    Raises:
        CommandError: They differ.
    """
    differing = [name for name, value in now.items() if before.get(name) != value]
    if differing:
        raise CommandError(
            f"{path} is of a run that had another {', '.join(differing)}.",
            "Run that one to its end first, or pass --restart to forget it and begin anew.",
        )


@contextmanager
def alone_with(path: Path) -> Generator[None]:
    """Make sure that no other process of this machine works on the same file.

    Args:
        path: A file that is there.

    Raises:
        CommandError: Another process does.
    """
    with path.open("rb") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"Another flow-retail works on {path} at this moment.", "Wait until it has ended."
                ) from None
            except OSError:  # pragma: no cover  # some network file systems lock nothing
                pass
        yield
