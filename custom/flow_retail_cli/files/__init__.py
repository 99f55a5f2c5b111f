"""Files of records: NDJSON, CSV and Parquet, by the suffix of the name."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from attrs import frozen

from flow_retail_cli.errors import CommandError

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
        index: Its location among the rows, from 0; empty ones are not counted.
        location: Where a person finds it, such as `line 12`.
        raw: The row as it came, for the reject file.
        data: The same as JSON; None if it can't be read.
        problem: Why it can't be read.
    """

    index: int
    location: str
    raw: Any
    data: dict[str, Any] | None
    problem: str = ""


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
    """What one pass over a file finds.

    Attributes:
        rows: How many rows it has.
        digest: A hash of its content.
    """

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

    def rejects(self, path: Path) -> "Rejects":
        """Make a reject file of the same format."""
        ...


class Rejects(Protocol):
    """A file of rejected rows with reasons; created with the first row."""

    path: Path

    def resume(self, length: int) -> None:
        """Resume a file of an earlier run; what follows `length` bytes is removed."""
        ...

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """Write a row."""
        ...

    def flush(self) -> int:
        """Flush the file and return its length in bytes."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def format_of(path: Path) -> str:
    """The format of a file, by its suffix."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise CommandError(
            f"{path} has no suffix of a known format.", f"Name it with one of {', '.join(FORMATS)}."
        )
    return found


def pyarrow(*names: str) -> tuple[Any, ...]:
    """Import modules of pyarrow, which ships no types."""
    try:
        return tuple(cast("Any", importlib.import_module(f"pyarrow.{name}".rstrip("."))) for name in names)
    except ImportError as error:
        # Also if it is installed, but one of its own dependencies is missing.
        raise CommandError(
            "Parquet files need pyarrow, which is not installed."
            if isinstance(error, ModuleNotFoundError)
            else f"Parquet files need pyarrow, which can't be imported: {error}.",
            "pip install 'flow-retail-client[cli,parquet]', or use a .csv or .ndjson file.",
        ) from None
