"""The writing side of the data source: rows as items of a batch; tasks can be repeated."""

import asyncio
import uuid
from typing import TYPE_CHECKING

from pyspark import TaskContext
from pyspark.sql.datasource import DataSourceArrowWriter, WriterCommitMessage
from pyspark.sql.types import ArrayType, StructType

from flow_retail_core import constants
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.fields import item_of, map_of, model_of, readers_of
from flow_retail_records.item_builder import suggestion
from flow_retail_records.leftover import LEFTOVER
from flow_retail_records.resources import find_writing
from flow_retail_spark.connection import TaskConnection
from flow_retail_spark.options import OptionError, SourceOptions
from flow_retail_spark.rejects import RejectFile, write_none
from flow_retail_spark.reports import WriteReport, save_write_report
from flow_retail_spark.write_task import TaskOutcome, WriteTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from flow_retail_core.batch.spec import BatchSpec
    from flow_retail_core.models.model import Model
    from flow_retail_records.writing import Writing
    from flow_retail_spark.storage import Folder

REPEATABLE = ("upsert", "update")
"""The idempotent modes: Spark may run a task twice."""


class RowsRejected(RuntimeError):  # noqa: N818  # named after the event
    """Rows were rejected, and there is no option `rejects_path`."""


class FlowRetailWriter(DataSourceArrowWriter):
    """Writes rows through a batch operation; see `docs/spark.md` for the options."""

    def __init__(self, options: SourceOptions, schema: StructType, *, overwrite: bool) -> None:
        if overwrite:
            raise OptionError('the mode "overwrite" would delete what is there; use .mode("append")')
        self._resource = options.needed("resource", "name what is written, such as customers")
        writing = _writing_of(self._resource)
        self._mode = _mode(options, writing.spec)
        operation = writing.operations[self._mode]
        self._connection = TaskConnection.of(options, tenant=operation.needs_tenant)
        self._owners = tuple(
            options.needed(name, f"{operation.name} writes what belongs to one")
            for name in writing.owners(self._mode)
        )
        self._chunk_size = options.whole("chunk_size", constants.BATCH_CHUNK_SIZE)
        self._concurrency = options.whole("concurrency", constants.BATCH_CONCURRENCY)
        self._nulls = options.choice("nulls", "omit", "send") == "send"
        self._rejects = options.folder("rejects_path")
        self._reports = options.folder("report_path")
        options.check_all_taken()
        if self._connection.requests_per_second and not self._connection.tasks_in_flight:
            raise OptionError(
                "option requests_per_second needs tasks_in_flight here: the number of tasks that Spark runs"
                " at once and that share the rate, such as spark.sparkContext.defaultParallelism"
            )
        _check_columns(schema, writing, self._mode)
        self._run = uuid.uuid4().hex

    def write(self, iterator: "Iterator[pa.RecordBatch]") -> TaskOutcome:  # type: ignore[override]  # as DataSourceArrowWriter says
        """Write the rows of a task.

        A task that is run again sends the same items with the same UIDs, so nothing is duplicated.
        """
        context = TaskContext.get()
        # By attempt: two attempts of a task may run at once, and one is committed.
        attempt = f"{context.partitionId():06}-{context.taskAttemptId()}" if context else "000000-0"
        rejects = RejectFile(self._rejects, f"_{self._run}-{attempt}.parquet")
        task = WriteTask(
            resource=self._resource,
            mode=self._mode,
            owners=self._owners,
            nulls=self._nulls,
            chunk_size=self._chunk_size,
            concurrency=self._concurrency,
            rejects=rejects,
            run=self._run,
        )
        flow = self._connection.client(self._connection.tasks_in_flight or 1)
        return asyncio.run(task.run_batch(flow, iterator))

    def commit(self, messages: "list[WriterCommitMessage | None]") -> None:
        """Publish the rejects and save the report."""
        report = self._count_outcome(messages)
        if report.failed + report.unknown and self._rejects is None:
            raise RowsRejected(
                f"{self._resource}: of {report.rows} rows {report.succeeded} succeeded, {report.failed}"
                f" failed, {report.unknown} are unknown; the option rejects_path keeps these, with reasons"
            )

    def abort(self, messages: "list[WriterCommitMessage | None]") -> None:
        """Save what is known after a task has failed for good: nothing can be undone."""
        self._count_outcome(messages)

    def _count_outcome(self, messages: "list[WriterCommitMessage | None]") -> WriteReport:
        tasks = [message for message in messages if isinstance(message, TaskOutcome)]
        report = WriteReport(
            run=self._run,
            rows=sum(task.rows for task in tasks),
            succeeded=sum(task.succeeded for task in tasks),
            failed=sum(task.failed for task in tasks),
            unknown=sum(task.unknown for task in tasks),
            # Not whether it is committed: Spark also aborts what `commit` refuses, with all messages.
            finished=len(tasks) == len(messages),
        )
        if self._rejects is not None:
            folder = self._rejects
            staged = [task.rejects for task in tasks if task.rejects is not None]
            _put_in_place(folder, staged)
            # Staged by attempts that were abandoned: their rows were reported by another one.
            folder.discard(*(name for name in folder.names() if name.startswith(f"_{self._run}-")))
            if not staged:
                write_none(folder, f"{self._run}-none.parquet")
        if self._reports is not None:
            save_write_report(self._reports, report)
        return report


def _put_in_place(folder: "Folder", staged: list[str]) -> None:
    there = set(folder.names())
    for name in staged:
        final = name.removeprefix("_")
        if name in there:
            folder.rename(name, final)
        elif final not in there:
            raise FileNotFoundError(
                f"option rejects_path: {name} was written by an executor and is not in {folder.uri} here;"
                " name a folder that all machines share"
            )


def _writing_of(resource: str) -> "Writing":
    try:
        return find_writing(resource, "write")
    except UnknownResourceError as error:
        raise OptionError(f"option resource: {error}") from None


def _mode(options: SourceOptions, spec: "BatchSpec") -> str:
    possible = tuple(mode for mode in REPEATABLE if mode in spec.models)
    mode = (options.text("mode") or "").lower()
    if mode not in possible:
        raise OptionError(
            f"option mode must be one of {', '.join(possible) or 'none: the API has no such operation'};"
            " Spark may run a task twice, so only what may be sent twice can be written"
        )
    return mode


def _check_columns(schema: StructType, writing: "Writing", mode: str) -> None:
    """Refuse unknown columns before a row is sent, rather than in every row."""
    spec = writing.spec
    if spec.uid_key not in schema.fieldNames():
        raise OptionError(
            f"there is no column {spec.uid_key}: without it a task that Spark runs again would double"
            " its rows"
        )
    known = StructType([field for field in schema.fields if field.name != LEFTOVER])
    _check_fields(known, spec.models[mode], writing.record, "")


def _check_fields(
    columns: StructType, taken: "type[Model] | None", given: "type[Model] | None", trail: str
) -> None:
    readers = [{} if model is None else readers_of(model) for model in (taken, given)]
    for column in columns.fields:
        found = [fields.get(column.name) for fields in readers]
        if found == [None, None]:
            hint = suggestion(column.name, readers[0])
            raise OptionError(f"column {trail}{column.name}: the API knows no such field{hint}; drop it")
        data_type = column.dataType
        if isinstance(data_type, ArrayType):
            data_type, found = data_type.elementType, [item_of(reader) for reader in found]
        inner = [model_of(reader) if map_of(reader) is None else None for reader in found]
        if isinstance(data_type, StructType) and inner != [None, None]:
            _check_fields(data_type, inner[0], inner[1], f"{trail}{column.name}.")
