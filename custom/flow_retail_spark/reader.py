"""The reading side of the data source: planned by the driver, carried out by tasks."""

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from flow_retail_spark.columns import Columns
from flow_retail_spark.connection import Connection
from flow_retail_spark.lists import find_list
from flow_retail_spark.options import Options
from flow_retail_spark.partitions import PageRange, divide
from flow_retail_spark.pushdown import push
from flow_retail_spark.range_reader import RangeReader
from flow_retail_spark.reports import leave_read_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql.datasource import Filter

    from flow_retail_client import FlowRetail, Pager
    from flow_retail_core.models.model import Model

PAGE_SIZE = 200
PAGES_PER_PARTITION = 50
PREFETCH = 4


class ListChanged(RuntimeError):  # noqa: N818  # named after what happened
    """The list changed while it was read, and the option `on_drift` says that this is a failure."""


class FlowRetailReader(DataSourceReader):
    """Reads a list, whole; see `docs/spark.md` for the options.

    Args:
        options: The options of the read.
        schema: The columns that are wanted.

    Raises:
        ValueError: An option or a column is missing, unknown or out of range.
    """

    def __init__(self, options: Options, schema: StructType) -> None:
        self._resource = options.needed("resource", "name a list, such as customers")
        found = find_list(self._resource)
        self._connection = Connection.of(options)
        self._page_size = options.whole("page_size", PAGE_SIZE)
        self._pages_per_partition = options.whole("pages_per_partition", PAGES_PER_PARTITION)
        self._prefetch = options.whole("prefetch", PREFETCH)
        self._reports = options.folder("report_path")
        self._fails_on_drift = options.choice("on_drift", "report", "fail") == "fail"
        self._arguments = found.arguments(options)
        options.check_all_taken()
        self._schema = schema
        # Now, on the driver, where the program sees what is the matter.
        Columns(found.listing.record, schema)

    def partitions(self) -> list[InputPartition]:
        """Ask for the first page, and divide the list by what it says.

        Raises:
            FlowRetailError: The request failed.
        """
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
        """Read a partition.

        Args:
            partition: One of those planned.

        Yields:
            A batch of rows for each page.

        Raises:
            FlowRetailError: A request failed more often than a call may; Spark begins the task anew.
            ListChanged: The list changed, and `on_drift` is `fail`.
        """
        assert isinstance(partition, PageRange)  # noqa: S101  # Spark hands over what was planned
        listing = find_list(self._resource).listing
        columns = Columns(listing.record, self._schema)
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
                # A query that has enough leaves off here: what was asked for ahead is let go in its own loop.
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
            for deviation, count in flow.drift.counts().items():
                counts[f"{deviation.path}: {deviation.kind}"] = count
            leave_read_report(self._reports, part, seen, time.time(), counts)
        totals = (seen.first_total, seen.last_total)
        changed = {total for total in totals if total is not None and total != part.total}
        if self._fails_on_drift and (changed or seen.repeated or seen.reread_pages or seen.unsettled_borders):
            now = ", ".join(str(total) for total in sorted(changed)) or "as many, though not the same"
            raise ListChanged(
                f"{self._resource}: planned with {part.total} records, read with {now}. "
                "Read again, or leave on_drift at report and use deduplicate"
            )


class FilteringReader(FlowRetailReader):
    """Reads what the API gives of a list when it is asked for the query's filters.

    Only where the option `push_filters` asks for it: Spark (4.1.0 as well as 4.3.0) keeps the reader that
    filters were pushed to with the frame that was loaded, and gives it to other queries of that frame, which
    then miss records.
    """

    def pushFilters(self, filters: "list[Filter]") -> "Iterable[Filter]":  # noqa: N802  # the name is Spark's
        """Take over what the API can select by.

        Args:
            filters: What the query asks for, all of it at once.

        Returns:
            All of them, for Spark to apply as well: how exactly the API compares is nowhere written.
        """
        push(filters, find_list(self._resource).listing, self._arguments)
        return filters
