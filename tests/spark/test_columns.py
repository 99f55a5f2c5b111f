"""The columns of every list, as Spark and Arrow both know them."""

from typing import Any

import pytest
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)
from tables import Table

from flow_retail_client.models import Customer
from flow_retail_records.arrow import ArrowRows
from flow_retail_records.fields import item_of, map_of, model_of, readers_of
from flow_retail_records.leftover import LEFTOVER
from flow_retail_records.resources import lists
from flow_retail_spark.columns import TableColumns

LISTS = sorted(lists())


@pytest.mark.parametrize("resource", LISTS)
def test_columns_are_the_fields_of_the_records_and_what_fits_none(resource: str) -> None:
    schema = Table({"resource": resource}).source().schema()
    assert schema.fieldNames() == [*readers_of(lists()[resource].record), LEFTOVER]
    assert all(field.nullable for field in schema.fields)


@pytest.mark.parametrize("resource", LISTS)
def test_objects_are_structs_and_lists_are_arrays_all_the_way_down(resource: str) -> None:
    def check(columns: StructType, record: Any, *around: Any) -> None:
        for name, reader in readers_of(record).items():
            type_, inner = columns[name].dataType, reader
            if isinstance(type_, ArrayType):
                type_, inner = type_.elementType, item_of(reader)
            plain = map_of(inner) is None and model_of(inner) not in (*around, record)
            assert isinstance(type_, StructType) == (model_of(inner) is not None and plain)
            if isinstance(type_, StructType):
                check(type_, model_of(inner), *around, record)

    check(Table({"resource": resource}).source().schema(), lists()[resource].record)


@pytest.mark.parametrize("resource", LISTS)
def test_the_schema_of_batches_is_what_spark_makes_of_its_own(resource: str) -> None:
    columns = TableColumns(lists()[resource].record)
    batch = columns.batch([])
    assert batch.schema.equals(to_arrow_schema(columns.schema, timezone="UTC"))
    assert from_arrow_schema(batch.schema) == columns.schema


def test_some_of_the_customer_s_columns() -> None:
    schema = TableColumns(Customer).schema
    assert schema["customerType"].dataType == StringType()
    assert schema["createdAt"].dataType == TimestampType()
    assert schema["paymentTerms"].dataType == LongType()
    assert isinstance(schema["credit"].dataType, StructType)
    assert {type(field.dataType) for field in schema.fields} >= {ArrayType, BooleanType, StructType}


def test_records_are_rows_and_what_is_none_is_left_over_whole() -> None:
    customer = Customer.from_dict({"customerUid": "c-1", "nobodyKnows": [1]})
    rows = TableColumns(Customer).batch([customer, None, "a text"]).to_pylist()
    assert [row["customerUid"] for row in rows] == ["c-1", None, None]
    assert [row[LEFTOVER] for row in rows] == ['{"nobodyKnows":[1]}', None, '"a text"']


class TestWanted:
    def test_some_columns_in_another_order_will_do(self) -> None:
        wanted = StructType(
            [StructField("createdAt", TimestampType()), StructField("customerUid", StringType())]
        )
        columns = TableColumns(Customer, wanted)
        assert columns.schema == wanted
        batch = columns.batch([Customer.from_dict({"customerUid": "c-1", "firstname": "Kari"})])
        assert batch.to_pylist() == [{"createdAt": None, "customerUid": "c-1"}]

    def test_all_of_them_will_do(self) -> None:
        every = TableColumns(Customer).schema
        assert TableColumns(Customer, every).schema == every

    @pytest.mark.parametrize(
        ("field", "message"),
        [
            (StructField("robot", StringType()), "there is no column robot; there are: address, "),
            (StructField("customerUid", LongType()), "column customerUid is string, not bigint; cast it"),
            (StructField("credit", StringType()), "column credit is struct<.*>, not string; cast it"),
            (
                StructField("customerUid", StringType(), nullable=False),
                "column customerUid may be null, .* without NOT NULL",
            ),
        ],
    )
    def test_what_will_not_do_is_reported_with_the_remedy(self, field: StructField, message: str) -> None:
        with pytest.raises(ValueError, match=f"^schema: {message}"):
            TableColumns(Customer, StructType([field]))


def test_spark_and_parquet_share_their_columns() -> None:
    assert to_arrow_schema(TableColumns(Customer).schema, timezone="UTC").equals(ArrowRows(Customer).schema)
