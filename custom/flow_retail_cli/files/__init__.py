"""Files of records: NDJSON, CSV and Parquet, by the suffix of the name."""

import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from attrs import frozen

from flow_retail_cli.errors import CommandError
from flow_retail_cli.work_files import check_work_files, create, reopen
from flow_retail_core.models.model import Model
from flow_retail_records.item_builder import ItemBuilder, RowProblem

FORMATS = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}


@frozen
class Row:
    """One row of a file.

    Attributes:
        index: Its number among the rows, from 0; empty ones are not counted.
        location: Where a person finds it, such as `line 12`.
        raw: The row as it came, for the reject file.
        data: The same as JSON; None if it can't be read, for the reason `problem`.
    """

    index: int
    location: str
    raw: Any
    data: dict[str, Any] | None
    problem: str = ""

    def item(self, builder: ItemBuilder) -> Model:
        """Make an item of it."""
        if self.data is None:
            raise RowProblem("", self.problem)
        return builder.build(self.data, self.index)


def read_row(index: int, location: str, raw: Any, read: Callable[[], dict[str, Any]]) -> Row:
    """Read a row; whatever that raises becomes the reason why it can't be read."""
    try:
        return Row(index, location, raw, read())
    except RecursionError:
        problem = "is nested too deeply"
    except ValueError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # a row that can't be read costs that row alone
        problem = f"can't be read ({type(error).__name__})"
    return Row(index, location, raw, None, problem)


Refuse = Callable[[Any, Exception], None]
"""Takes a record that can't be written, as JSON, and what was raised."""


@frozen
class Scan:
    """What one pass over a file finds: the number of its rows, and a hash of its content."""

    rows: int
    digest: str


class Source(Protocol):
    """A file to read rows from."""

    path: Path

    def scan(self) -> Scan:
        """Read the whole file once, so that errors in it are found before anything is sent."""
        ...

    def rows(self) -> Iterator[Row]:
        """Read the rows, the same ones each time."""
        ...

    def rejects(self, word: str) -> "Rejects":
        """Make a reject file of the same format beside it."""
        ...


class Rejects(ABC):
    """A file of rejected rows with reasons, created with the first row; always UTF-8."""

    def __init__(self, path: Path, head: str = "") -> None:
        self.path = path
        self._head = head
        self._length = 0
        self._file: BinaryIO | None = None

    @abstractmethod
    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """Write a row."""

    def resume(self, length: int) -> None:
        """Resume a file of an earlier run; what follows `length` bytes is removed."""
        check_work_files(self.path)
        if length and self.path.exists():
            self._file = reopen(self.path)
            # The rest was written after the last checkpoint; a file that was shortened by hand stays short.
            self._length = min(length, self._file.seek(0, os.SEEK_END))
            self._file.truncate(self._length)
            self._file.seek(self._length)
        else:
            self.path.unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Append text."""
        if self._file is None:
            self._file = create(self.path)
            text = self._head + text
        # A lone surrogate has no UTF-8 form.
        self._length += self._file.write(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> int:
        """Flush the file and return its length in bytes."""
        if self._file is not None:
            self._file.flush()
        return self._length

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def format_of(path: Path) -> str:
    """The format of a file, by its suffix."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise CommandError(
            f"{path} has no suffix of a known format.", f"Name it with one of {', '.join(FORMATS)}."
        )
    return found


def parquet_files() -> Any:
    """Import what reads and writes Parquet, which needs pyarrow."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("flow_retail_cli.files.parquet")
    except ImportError as error:
        # Also if it is installed, but one of its own dependencies is missing.
        raise CommandError(
            "Parquet files need pyarrow, which is not installed."
            if isinstance(error, ModuleNotFoundError)
            else f"Parquet files need pyarrow, which can't be imported: {error}.",
            "pip install 'flow-retail-client[cli,parquet]', or use a .csv or .ndjson file.",
        ) from None
