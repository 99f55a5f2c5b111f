"""What Spark does with a data source, step by step: plan, pickle, read; write, pickle, commit."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from attrs import define
from pyspark.serializers import CPickleSerializer
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from flow_retail_spark import FlowRetailDataSource
from flow_retail_spark.reader import FlowRetailReader
from flow_retail_spark.write_task import TaskOutcome
from flow_retail_spark.writer import FlowRetailWriter

_PICKLER = CPickleSerializer()


def pickled(thing: Any) -> bytes:
    """What Spark sends to a worker."""
    content: bytes = _PICKLER.dumps(thing)
    return content


def travelled(thing: Any) -> Any:
    """A thing as it arrives at a worker."""
    return _PICKLER.loads(pickled(thing))


@define
class Table:
    """A resource with options."""

    options: dict[str, str]

    def source(self) -> FlowRetailDataSource:
        return FlowRetailDataSource(self.options)

    def reader(self, schema: StructType | None = None) -> FlowRetailReader:
        source = self.source()
        reader = source.reader(source.schema() if schema is None else schema)
        assert isinstance(reader, FlowRetailReader)
        return reader

    def batches(self, reader: FlowRetailReader | None = None) -> Iterator[pa.RecordBatch]:
        """Read every partition, one after the other."""
        reader = self.reader() if reader is None else reader
        for partition in reader.partitions():
            yield from travelled(reader).read(travelled(partition))

    def rows(self, reader: FlowRetailReader | None = None) -> list[dict[str, Any]]:
        return [row for batch in self.batches(reader) for row in batch.to_pylist()]

    def writer(self, columns: pa.Schema, *, overwrite: bool = False) -> FlowRetailWriter:
        writer = self.source().writer(from_arrow_schema(columns), overwrite)
        assert isinstance(writer, FlowRetailWriter)
        return writer

    def write(self, rows: Sequence[dict[str, Any]], *, tasks: int = 1) -> list[TaskOutcome]:
        """Write rows, divided among tasks, and commit; each row has every column."""
        whole = pa.RecordBatch.from_pylist(list(rows))
        writer = self.writer(whole.schema)
        messages = [
            travelled(writer).write(iter(parts(whole.slice(start, -(-len(rows) // tasks)))))
            for start in range(0, len(rows), -(-len(rows) // tasks))
        ]
        messages = [travelled(message) for message in messages]
        travelled(writer).commit(messages)
        return messages


def parts(batch: pa.RecordBatch, size: int = 7) -> Iterable[pa.RecordBatch]:
    """Cut a batch as Spark does."""
    return [batch.slice(start, size) for start in range(0, batch.num_rows, size)]
