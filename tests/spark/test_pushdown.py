"""Filters as query parameters: they spare requests, and decide nothing."""

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import define, evolve
from pyspark.sql.datasource import DataSourceReader, EqualNullSafe, EqualTo, Filter, GreaterThan, Not
from tables import Table, travelled

from flow_retail_client.models import Customer
from flow_retail_core.models.model import Model
from flow_retail_core.unset import UNSET, Unset
from flow_retail_records.fields import readers_of
from flow_retail_records.resources import Listing
from flow_retail_sandbox import RunningSandbox
from flow_retail_spark.lists import find_list
from flow_retail_spark.pushdown import parameter_for, push

MakeTable = Callable[..., Table]


@define(kw_only=True, repr=False)
class Robot(Model):
    robot_uid: str | Unset = UNSET
    awake: bool | Unset = UNSET
    wheels: int | Unset = UNSET
    built_at: datetime.datetime | Unset = UNSET
    any: Any | Unset = UNSET


QUERY = {"awake": "awake", "wheels": "robotWheels", "built": "builtAt", "any": "any", "size": "pageColour"}
CUSTOMERS = find_list("customers")


def robots(key: str | None) -> Listing:
    """A list of robots, which this attribute identifies."""
    return evolve(CUSTOMERS, record=Robot, operation=evolve(CUSTOMERS.operation, record_key=key, query=QUERY))


ROBOTS = robots("robot_uid")


class TestNames:
    def test_a_field_is_asked_for_by_its_name_or_that_after_what_it_is_of(self) -> None:
        assert parameter_for(ROBOTS, "awake") == "awake"
        assert parameter_for(ROBOTS, "wheels") == "wheels"

    @pytest.mark.parametrize("column", ["builtAt", "any", "robotUid", "pageColour", "nothing"])
    def test_what_has_no_parameter_or_is_no_plain_value_has_none(self, column: str) -> None:
        assert parameter_for(ROBOTS, column) is None

    def test_records_without_a_key_are_asked_for_by_the_field_s_name(self) -> None:
        assert parameter_for(robots(None), "awake") == "awake"
        assert parameter_for(robots(None), "wheels") is None

    def test_the_client_s_own_lists(self) -> None:
        listing = find_list("customers")
        pushed = {column: name for column in readers_of(Customer) if (name := parameter_for(listing, column))}
        assert pushed == {"externalId": "customer_external_id"}


class TestPushing:
    @pytest.mark.parametrize(("value", "sent"), [(True, "true"), (False, "false"), (4, "4"), ("x", "x")])
    def test_values_are_written_as_json_does(self, value: Any, sent: str) -> None:
        arguments: dict[str, str] = {}
        push([EqualTo(("awake",), value)], ROBOTS, arguments)
        assert arguments == {"awake": sent}

    def test_a_null_and_what_is_no_equality_are_left(self) -> None:
        arguments: dict[str, str] = {}
        column = ("externalId",)
        filters: list[Filter] = [
            EqualTo(column, None),
            EqualNullSafe(column, "x"),
            GreaterThan(column, "x"),
            Not(EqualTo(column, "x")),
            EqualTo(("address", "externalId"), "x"),
            EqualTo(("firstname",), "Kari"),
        ]
        push(filters, find_list("customers"), arguments)
        assert arguments == {}


class TestReading:
    def test_nothing_is_pushed_unasked(self, table: MakeTable, flow_retail_sandbox: RunningSandbox) -> None:
        """Spark would give what was pushed for one query to others of the same frame."""
        made = table()
        reader = made.reader()
        reader.pushFilters([EqualTo(("externalId",), "x")])
        assert len(made.rows(travelled(reader))) == 250
        assert all("customerExternalId" not in entry.query for entry in flow_retail_sandbox.requests.latest)

    def test_spark_takes_the_reader_without_its_setting_and_asks_for_that_where_it_is_to_push(
        self, table: MakeTable
    ) -> None:
        """The very check of pyspark.sql.worker.plan_data_source_read."""
        for pushes, plain in (("off", True), ("on", False)):
            reader = table(push_filters=pushes).reader()
            inherited = getattr(reader.pushFilters, "__func__", None) is DataSourceReader.pushFilters
            assert inherited == plain

    def test_an_equality_is_a_parameter_on_the_wire_of_plan_and_partitions(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        wanted = next(row for row in table().rows() if row["externalId"])
        flow_retail_sandbox.requests.clear()
        made = table(push_filters="on")
        reader = made.reader()
        filters = [EqualTo(("externalId",), wanted["externalId"])]
        assert reader.pushFilters(filters) is filters
        assert made.rows(travelled(reader)) == [wanted]
        assert {sent(entry) for entry in flow_retail_sandbox.requests.latest} == {wanted["externalId"]}

    def test_what_the_program_asked_for_by_option_stays(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        made = table(push_filters="on", customer_external_id="mine")
        reader = made.reader()
        reader.pushFilters([EqualTo(("externalId",), "another")])
        made.rows(reader)
        assert {sent(entry) for entry in flow_retail_sandbox.requests.latest} == {"mine"}


def sent(entry: Any) -> Any:
    return dict(parse_qsl(entry.query))["customerExternalId"]
