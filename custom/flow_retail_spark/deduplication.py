"""Drops records that were returned twice because the list changed while it was read."""

from pyspark.sql import DataFrame

from flow_retail_spark.lists import find_list

_APART = "_without_key"


def deduplicate(frame: DataFrame, resource: str) -> DataFrame:
    """Keep one row of each record.

    If a list changes while partitions are read, two of them can return the same record; see `docs/spark.md`.
    It costs a shuffle, so it is not done by default.

    Args:
        frame: What was loaded.
        resource: The option `resource` that it was loaded with.

    Returns:
        The frame without the repeated rows; those without a key are all kept.

    Raises:
        ValueError: There is no such resource, its records have no identity, or the frame lacks the column.
    """
    key = find_list(resource).key_name
    if key is None:
        raise ValueError(f"the records of {resource} have no identity, so none can be recognised")
    if key not in frame.columns:
        raise ValueError(f"the frame has no column {key}, which identifies the records of {resource}")
    # Spark treats nulls as equal, but records without a key are different records.
    missing = f"COALESCE(CAST(`{key}` AS STRING), '') = ''"
    apart = f"CASE WHEN {missing} THEN monotonically_increasing_id() END AS {_APART}"
    return frame.selectExpr("*", apart).dropDuplicates([key, _APART]).drop(_APART)
