"""The files that records come from and go to: NDJSON, CSV and Parquet, told apart by their names' endings."""

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
        index: Its place among the rows, from 0; empty ones are not counted.
        place: Where a person finds it, such as `line 12`.
        raw: What stood there, for the file of rejects.
        data: The same as JSON; None if it can't be read.
        problem: Why it can't be read.
    """

    index: int
    place: str
    raw: Any
    data: dict[str, Any] | None
    problem: str = ""


def read_row(index: int, place: str, raw: Any, read: Callable[[], dict[str, Any]]) -> Row:
    """Make a row of what stands in a file; whatever that raises is the reason why it can't be read."""
    try:
        return Row(index, place, raw, read())
    except RecursionError:
        problem = "is nested too deeply"
    except ValueError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # a row that can't be read costs that row alone
        problem = f"can't be read ({type(error).__name__})"
    return Row(index, place, raw, None, problem)


Refuse = Callable[[Any, Exception], None]
"""Takes a record that can't be written, as JSON, and what was raised."""


@frozen
class Scan:
    """What one look over a whole file tells.

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
        """Look over the whole file, so that what makes it unreadable is found before anything is sent."""
        ...

    def rows(self) -> Iterator[Row]:
        """Read the rows, the same ones each time."""
        ...

    def rejects(self, path: Path) -> "Rejects":
        """Make a file of rows like these, each with a reason."""
        ...


class Rejects(Protocol):
    """A file of rows with reasons; it comes to be with its first row."""

    path: Path

    def resume(self, length: int) -> None:
        """Go on with a file of an earlier run."""
        ...

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """Write a row."""
        ...

    def flush(self) -> int:
        """Hand what was written to the operating system."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def format_of(path: Path) -> str:
    """Tell a file's format by its name."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise CommandError(
            f"{path} has no ending that tells its format.", f"Name it with one of {', '.join(FORMATS)}."
        )
    return found


def pyarrow(*names: str) -> tuple[Any, ...]:
    """Import modules of pyarrow, which ships no types."""
    try:
        return tuple(cast("Any", importlib.import_module(f"pyarrow.{name}".rstrip("."))) for name in names)
    except ImportError as error:
        # Also where it is there, but not with what it needs itself.
        raise CommandError(
            "Parquet files need pyarrow, which is not installed."
            if isinstance(error, ModuleNotFoundError)
            else f"Parquet files need pyarrow, which can't be imported: {error}.",
            "pip install 'flow-retail-client[cli,parquet]', or use a .csv or .ndjson file.",
        ) from None
