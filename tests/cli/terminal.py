"""What the tests of the command line share: how a command ended, signals at a set point, files."""

import contextlib
import csv
import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

IMPORT = ("import", "customers")
_PATIENCE = 30.0


class Ended:
    """How a command ended."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)


Run = Callable[..., Ended]


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread or process brings about."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def hangs(sandbox: Any) -> bool:
    """Whether a request hangs that a latency fault holds."""
    return any(entry.type == "latency" for entry in list(sandbox.faults.injected))


@contextlib.contextmanager
def interrupting(*conditions: Callable[[], object], number: int = signal.SIGINT) -> Iterator[None]:
    """Send this process a signal each time the next condition holds."""

    def watch() -> None:
        for condition in conditions:
            wait_until(condition)
            os.kill(os.getpid(), number)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    watcher.join()


def records(path: Path | str) -> list[dict[str, Any]]:
    """The records of an NDJSON file."""
    return [orjson.loads(line) for line in Path(path).read_bytes().splitlines()]


def uids(path: Path | str) -> list[str]:
    """The customers of an NDJSON file."""
    return [record["customerUid"] for record in records(path)]


def stored(sandbox: Any) -> int:
    """How many customers the sandbox has."""
    return int(sandbox.sandbox.counts()[sandbox.tenant]["customers"])


def write_people(path: str, count: int, *, uid: bool = True) -> Path:
    """Write a CSV file of invented people."""
    lines = ["customerUid;customerType;firstname" if uid else "customerType;firstname"]
    lines += [f"{f'p-{number};' if uid else ''}PERSON;Kari {number}" for number in range(count)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Path(path)


def ndjson(path: str, *rows: dict[str, Any]) -> None:
    """Write a file of rows."""
    Path(path).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def reject_rows(path: str) -> list[dict[str, str]]:
    """Read a file of rejects."""
    text = Path(path).read_text(encoding="utf-8-sig")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def kari(uid: str, **more: Any) -> dict[str, Any]:
    """A row."""
    return {"customerUid": uid, "customerType": "PERSON", "firstname": "Kari", **more}
