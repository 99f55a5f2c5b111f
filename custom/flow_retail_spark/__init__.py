"""Flow Retail as a data source of Apache Spark: `spark.dataSource.register(FlowRetailDataSource)`."""

from flow_retail_spark.data_source import FlowRetailDataSource
from flow_retail_spark.deduplication import deduplicate
from flow_retail_spark.reports import ReadReport, WriteReport, read_reports, write_reports

__all__ = [
    "FlowRetailDataSource",
    "ReadReport",
    "WriteReport",
    "deduplicate",
    "read_reports",
    "write_reports",
]
