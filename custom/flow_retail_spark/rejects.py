"""Rejected rows as Parquet: staged by each task, renamed when the job is committed."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flow_retail_spark.storage import Folder

_TYPES: dict[str, pa.DataType] = {
    "uid": pa.string(),
    "status": pa.string(),
    "code": pa.string(),
    "reason": pa.string(),
    "attempts": pa.int64(),
    "input": pa.string(),
    "run": pa.string(),
}
SCHEMA = pa.schema(_TYPES)
"""The columns of a reject; `status` is failed or unknown, `input` the row as JSON."""
_AT_ONCE = 1_000


class RejectFile:
    """The rejects of one task, in a file that Spark ignores until the job is committed."""

    def __init__(self, folder: Folder | None, name: str) -> None:
        self._folder = folder
        self._name = name
        self._rows: list[dict[str, Any]] = []
        self._writer: Any = None
        self._file: Any = None

    def add(self, row: dict[str, Any]) -> None:
        """Add a reject."""
        if self._folder is None:
            return
        self._rows.append(row)
        if len(self._rows) >= _AT_ONCE:
            self._write(self._folder)

    def close(self) -> str | None:
        """Write the rest and return the name of the file; None if there is none."""
        if self._folder is not None and self._rows:
            self._write(self._folder)
        if self._writer is None:
            return None
        self._writer.close()
        self._file.close()
        return self._name

    def _write(self, folder: Folder) -> None:
        if self._writer is None:
            self._file = folder.create(self._name)
            self._writer = pq.ParquetWriter(self._file, SCHEMA)
        self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=SCHEMA))
        self._rows.clear()


def write_none(folder: Folder, name: str) -> None:
    """Write a file without rejects, so that the folder can always be read."""
    content = io.BytesIO()
    with pq.ParquetWriter(content, SCHEMA):
        pass
    folder.write(name, content.getvalue())
