"""Flow Retail as a data source of Apache Spark: `spark.dataSource.register(FlowRetailDataSource)`."""

try:
    from flow_retail_spark.data_source import FlowRetailDataSource
    from flow_retail_spark.deduplication import deduplicate
    from flow_retail_spark.reports import ReadReport, WriteReport, read_reports, write_reports
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in {"anyio", "py4j", "pyarrow", "pyspark"}:
        raise
    raise ModuleNotFoundError(
        f"flow_retail_spark needs the package {missing}: install flow-retail-client[spark]", name=missing
    ) from None

__all__ = [
    "FlowRetailDataSource",
    "ReadReport",
    "WriteReport",
    "deduplicate",
    "read_reports",
    "write_reports",
]
