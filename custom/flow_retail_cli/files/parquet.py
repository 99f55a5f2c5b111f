"""Parquet through pyarrow: columns with types, nested as the records are."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Refuse, Row, Scan, read_row
from flow_retail_cli.files.ndjson import NdjsonRejects
from flow_retail_cli.output import join_names
from flow_retail_core.models.model import Model
from flow_retail_records.arrow import ArrowRows, rows_of, to_json
from flow_retail_records.exact_json import decode

_ROWS = 5_000
# Without its types, which are not installed with it.
_parquet: Any = import_module("pyarrow.parquet")


class ParquetSource:
    """Rows of a Parquet file, where null means that the field is not set."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def scan(self) -> Scan:
        """See `Source`."""
        with self.path.open("rb") as file:
            summary = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            with _parquet.ParquetFile(self.path) as table:
                names: list[str] = table.schema_arrow.names
                # Everything is read once, so that a damaged page can't stop an import midway.
                rows = sum(batch.num_rows for batch in table.iter_batches(batch_size=_ROWS))
        except Exception as error:  # noqa: BLE001  # pyarrow raises many types of errors
            raise CommandError(
                f"{self.path} can't be read as Parquet ({type(error).__name__}).", "Create the file again."
            ) from None
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CommandError(
                f"{self.path} has several columns for the same field: {join_names(twice)}.",
                "Leave one column for each field.",
            )
        return Scan(rows, summary)

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        with _parquet.ParquetFile(self.path) as table:
            batches = map(rows_of, table.iter_batches(batch_size=_ROWS))
            for index, found in enumerate(chain.from_iterable(batches)):
                yield read_row(index, f"row {index + 1}", found, partial(to_json, found))

    def rejects(self, word: str) -> NdjsonRejects:
        """See `Source`."""
        return NdjsonRejects(self.path.with_name(f"{self.path.name}.{word}.ndjson"))


def write_parquet(lines: Iterable[bytes], file: BinaryIO, model: type[Model], *, refuse: Refuse) -> None:
    """Write records as Parquet."""
    table = ArrowRows(model)
    records = map(decode, lines)
    with _parquet.ParquetWriter(file, table.schema) as writer:
        while portion := list(islice(records, _ROWS)):
            for batch in _batches(table, portion, refuse):
                writer.write_batch(batch)


def _batches(table: Any, records: list[Any], refuse: Refuse) -> Iterator[Any]:
    """One batch of all records; if a record can't be written, several without it."""
    try:
        batch = table.batch(records)
    except Exception as error:  # noqa: BLE001  # whatever a record raises costs that record alone
        if len(records) == 1:
            refuse(records[0], error)
            return
    else:
        yield batch
        return
    middle = len(records) // 2
    yield from _batches(table, records[:middle], refuse)
    yield from _batches(table, records[middle:], refuse)
