"""The reading side of the data source: planned by the driver, read by tasks."""

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from flow_retail_spark.columns import TableColumns
from flow_retail_spark.connection import TaskConnection
from flow_retail_spark.lists import find_list, read_arguments
from flow_retail_spark.options import SourceOptions
from flow_retail_spark.partitions import PageRange, divide
from flow_retail_spark.pushdown import push
from flow_retail_spark.range_reader import RangeReader
from flow_retail_spark.reports import save_read_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql.datasource import Filter

    from flow_retail_client import FlowRetail, Pager
    from flow_retail_core.models.model import Model

PAGE_SIZE = 200
PAGES_PER_PARTITION = 50
PREFETCH = 4


class ListChanged(RuntimeError):  # noqa: N818  # named after the event
    """The list changed while it was read, and the option `on_drift` is `fail`."""


class FlowRetailReader(DataSourceReader):
    """Reads a list, whole; see `docs/spark.md` for the options."""

    def __init__(self, options: SourceOptions, schema: StructType) -> None:
        self._resource = options.needed("resource", "name a list, such as customers")
        listing = find_list(self._resource)
        self._connection = TaskConnection.of(options, tenant=listing.operation.needs_tenant)
        self._page_size = options.whole("page_size", PAGE_SIZE)
        self._pages_per_partition = options.whole("pages_per_partition", PAGES_PER_PARTITION)
        self._prefetch = options.whole("prefetch", PREFETCH)
        self._reports = options.folder("report_path")
        self._fails_on_drift = options.choice("on_drift", "report", "fail") == "fail"
        self._arguments = read_arguments(listing, options)
        options.check_all_taken()
        self._schema = schema
        # On the driver, where the program sees the error.
        TableColumns(listing.record, schema)

    def partitions(self) -> list[InputPartition]:
        """Read the first page, and divide the list by its total."""
        return list(asyncio.run(self._divide()))

    async def _divide(self) -> list[PageRange]:
        async with self._connection.client(sharing=1) as flow:
            page = await self._pager(flow, None, self._page_size)
        return divide(
            run=uuid.uuid4().hex,
            total=page.total_count,
            base=page.page_number,
            page_size=page.page_size,
            asked_size=self._page_size,
            pages_per_partition=self._pages_per_partition,
        )

    def read(self, partition: InputPartition) -> "Iterator[pa.RecordBatch]":
        """Read a partition."""
        assert isinstance(partition, PageRange)  # noqa: S101  # what `partitions` returned
        listing = find_list(self._resource)
        columns = TableColumns(listing.record, self._schema)
        with self._connection.open(self._sharing(partition.partitions)) as (flow, portal):
            reader = RangeReader(
                partition,
                lambda number: self._pager(flow, number, partition.page_size, prefetch=self._prefetch),
                listing.key,
            )
            pages = reader.pages()

            async def following() -> "tuple[Model, ...] | None":
                return await anext(pages, None)

            try:
                while (records := portal.call(following)) is not None:
                    yield columns.batch(records)
            finally:
                # A query that has enough rows stops here; prefetched requests are cancelled in their loop.
                portal.call(pages.aclose)
            self._report(partition, reader, flow)

    def _sharing(self, partitions: int) -> int:
        return min(partitions, self._connection.tasks_in_flight or partitions)

    def _pager(
        self, flow: "FlowRetail", page_number: int | None, page_size: int, *, prefetch: int = 1
    ) -> "Pager[Model]":
        return find_list(self._resource).pager(
            flow, self._arguments, page_number=page_number, page_size=page_size, prefetch=prefetch
        )

    def _report(self, part: PageRange, reader: RangeReader, flow: "FlowRetail") -> None:
        seen = reader.seen
        if self._reports is not None:
            counts: dict[str, int] = {}
            for deviation, count in flow.schema_drift.counts().items():
                counts[f"{deviation.path}: {deviation.kind}"] = count
            save_read_report(self._reports, part, seen, time.time(), counts)
        totals = (seen.first_total, seen.last_total)
        changed = {total for total in totals if total is not None and total != part.total}
        if self._fails_on_drift and (
            changed or seen.repeated or seen.reread_pages or seen.unverified_boundaries
        ):
            now = ", ".join(str(total) for total in sorted(changed)) or "as many, though not the same"
            raise ListChanged(
                f"{self._resource}: planned with {part.total} records, read with {now}. "
                "Read again, or leave on_drift at report and use deduplicate"
            )


class FilteringReader(FlowRetailReader):
    """Reads a list with the filters of the query as query parameters.

    Only where the option `push_filters` asks for it: Spark (4.1.0 as well as 4.3.0) keeps the reader that
    filters were pushed to with the frame that was loaded, and uses it for other queries of that frame, which
    then miss records.
    """

    def pushFilters(self, filters: "list[Filter]") -> "Iterable[Filter]":  # noqa: N802  # the name is Spark's
        """Turn filters into query parameters where the API has one."""
        push(filters, find_list(self._resource), self._arguments)
        return filters
