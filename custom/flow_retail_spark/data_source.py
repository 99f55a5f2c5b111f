"""The data source `flow_retail`."""

from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSource
from pyspark.sql.types import StructType

from flow_retail_spark.columns import TableColumns
from flow_retail_spark.lists import find_list
from flow_retail_spark.options import SourceOptions
from flow_retail_spark.reader import FilteringReader, FlowRetailReader
from flow_retail_spark.writer import FlowRetailWriter

if TYPE_CHECKING:
    from pyspark.sql.datasource import DataSourceReader, DataSourceWriter


class FlowRetailDataSource(DataSource):
    """Flow Retail as a data source of Spark: lists as tables, rows as items of a batch.

    ```python
    spark.dataSource.register(FlowRetailDataSource)
    customers = spark.read.format("flow_retail").option("resource", "customers").load()
    ```

    `docs/spark.md` lists the options.
    """

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "flow_retail"

    def schema(self) -> StructType:
        """The columns of the list that the option `resource` names.

        Raises:
            ValueError: It names none.
        """
        options = SourceOptions(self.options, "read")
        resource = options.needed("resource", "name a list, such as customers")
        return TableColumns(find_list(resource).record).schema

    def reader(self, schema: StructType) -> "DataSourceReader":
        """Create a reader.

        Args:
            schema: The columns that are wanted.

        Raises:
            ValueError: An option or a column is missing, unknown or out of range.
        """
        options = SourceOptions(self.options, "read")
        pushes = options.choice("push_filters", "off", "on") == "on"
        return (FilteringReader if pushes else FlowRetailReader)(options, schema)

    def writer(self, schema: StructType, overwrite: bool) -> "DataSourceWriter":
        """Create a writer.

        Args:
            schema: The columns that there are.
            overwrite: Whether what is there should go first.

        Raises:
            ValueError: An option or a column is missing, unknown or out of range, or it is to overwrite.
        """
        return FlowRetailWriter(SourceOptions(self.options, "write"), schema, overwrite=overwrite)
