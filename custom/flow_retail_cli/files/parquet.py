"""Parquet through pyarrow: columns with types, nested as the records are."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Row, Scan, pyarrow
from flow_retail_cli.files.ndjson import NdjsonRejects
from flow_retail_core.models.model import Model

_ROWS = 5_000


class ParquetSource:
    """Rows of a Parquet file. Parquet has one null: a null is a field that is not given.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        (self._parquet,) = pyarrow("parquet")

    def scan(self) -> Scan:
        """See `Source`."""
        with self.path.open("rb") as file:
            summary = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            with self._parquet.ParquetFile(self.path) as table:
                return Scan(table.metadata.num_rows, summary)
        except (ValueError, OSError) as error:  # pyarrow's own errors are of these kinds
            raise CommandError(
                f"{self.path} can't be read as Parquet ({type(error).__name__}).", "Make the file anew."
            ) from None

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        index = 0
        with self._parquet.ParquetFile(self.path) as table:
            for batch in table.iter_batches(batch_size=_ROWS):
                for found in batch.to_pylist():
                    yield _row(index, found)
                    index += 1

    def rejects(self, path: Path) -> NdjsonRejects:
        """See `Source`."""
        return NdjsonRejects(path.with_name(path.name + ".ndjson"))


def _row(index: int, found: dict[str, Any]) -> Row:
    from flow_retail_records.arrow import to_json  # noqa: PLC0415  # needs pyarrow, which may be missing

    place = f"row {index + 1}"
    try:
        data = to_json(found)
    except ValueError as problem:
        return Row(index, place, found, None, str(problem))
    return Row(index, place, data, data)


def write_parquet(lines: Iterable[bytes], path: Path, model: type[Model]) -> None:
    """Write records as Parquet.

    Args:
        lines: Each record as JSON.
        path: Where to.
        model: The class of the records; its fields are the columns.
    """
    (parquet,) = pyarrow("parquet")
    from flow_retail_records.arrow import ArrowRows  # noqa: PLC0415  # needs pyarrow, which may be missing

    table = ArrowRows(model)
    records = (orjson.loads(line) for line in lines)
    with parquet.ParquetWriter(path, table.schema) as writer:
        while portion := list(islice(records, _ROWS)):
            writer.write_batch(table.batch(portion))
