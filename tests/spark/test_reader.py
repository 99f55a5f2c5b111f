"""Reading, step by step as Spark does it: planned, pickled, read, reported."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import LongType, StringType, StructField, StructType
from tables import Table, pickled, travelled

from flow_retail_client import FlowRetail, InternalServerError
from flow_retail_records.arrow import to_json
from flow_retail_sandbox import Fault, RunningSandbox
from flow_retail_spark import FlowRetailDataSource, connection, read_reports
from flow_retail_spark.options import OptionError
from flow_retail_spark.reader import ListChanged

MakeTable = Callable[..., Table]
UIDS = [f"customer-{number:05}" for number in range(1, 251)]
FAULTS = "random=500|503|429|reset_before|reset_after|truncate_body|html_error,seed=3,rate=0.2"


def uids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["customerUid"] for row in rows]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """No thread is left by a test, but the sandbox's and those of asyncio's own pool."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert left == []


@pytest.fixture
def stored(flow_retail_sandbox: RunningSandbox, threads: None) -> dict[str, Any]:
    """What the client itself reads, by uid."""

    async def read() -> dict[str, Any]:
        given = {name: getattr(flow_retail_sandbox, name) for name in ("tenant", "token", "base_url")}
        async with FlowRetail(**given) as flow:
            return {
                record.customer_uid: record.to_dict() async for record in flow.customers.list(page_size=100)
            }

    found = asyncio.run(read())
    flow_retail_sandbox.requests.clear()
    return found


class TestRows:
    @pytest.mark.parametrize("base", [0, 1])
    @pytest.mark.parametrize(
        "options", [{}, {"page_size": 10, "pages_per_partition": 2}, {"page_size": 1000}]
    )
    def test_every_record_is_a_row_once(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, base: int, options: dict[str, int]
    ) -> None:
        flow_retail_sandbox.faults.add(Fault("page_base", base=base, count=None))
        assert sorted(uids(table(**options).rows())) == UIDS

    def test_they_hold_what_the_client_reads(self, table: MakeTable, stored: dict[str, Any]) -> None:
        rows = table(page_size=50, pages_per_partition=2).rows()
        for row in rows:
            read = stored[row["customerUid"]]
            assert normal(to_json(row)) == normal(read)

    def test_batches_have_the_schema_that_spark_expects(self, table: MakeTable) -> None:
        source = table().source()
        expected = to_arrow_schema(source.schema(), timezone="UTC")
        batches = list(table(page_size=100).batches())
        assert [batch.num_rows for batch in batches] == [100, 100, 50]
        assert all(batch.schema.equals(expected) for batch in batches)

    def test_requests_are_the_plan_and_one_a_page(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        assert len(table(page_size=20, pages_per_partition=4).rows()) == 250
        assert flow_retail_sandbox.requests.by_operation() == {"customers.list": 1 + 13}

    @pytest.mark.flow_retail_sandbox(max_page_size=30)
    def test_a_page_size_that_the_server_cuts_down_is_counted_with(self, table: MakeTable) -> None:
        reader = table(page_size=100, pages_per_partition=3).reader()
        assert [part.page_size for part in reader.partitions()] == [30, 30, 30]
        assert sorted(uids(table(page_size=100, pages_per_partition=3).rows())) == UIDS

    @pytest.mark.flow_retail_sandbox(customers=0)
    def test_an_empty_list_has_no_rows(self, table: MakeTable) -> None:
        assert table().rows() == []

    def test_options_of_the_list_are_its_query(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        rows = table(sort_by="customerUid", sort_direction="DESC", page_size=60).rows()
        assert flow_retail_sandbox.requests.by_status() == {200: 6}
        assert uids(rows) == UIDS[::-1]

    def test_a_part_of_the_columns_is_read(self, table: MakeTable) -> None:
        wanted = StructType(
            [StructField("displayName", StringType()), StructField("customerUid", StringType())]
        )
        rows = table().rows(table().reader(wanted))
        assert len(rows) == 250
        assert {tuple(row) for row in rows} == {("displayName", "customerUid")}


def normal(value: Any) -> Any:
    """Without what means the same: nulls, and the forms of an instant."""
    if isinstance(value, dict):
        return {key: normal(content) for key, content in value.items() if content is not None}
    if isinstance(value, list):
        return [normal(content) for content in value]
    if isinstance(value, str) and value[10:11] == "T":
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


class TestDeviations:
    def test_values_that_leave_the_spec_are_left_over_and_no_failure(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        faults = flow_retail_sandbox.faults
        faults.add(Fault("unknown_enum", item=2, field="customerType", value="ROBOT", count=None))
        faults.add(Fault("unexpected_null", item=3, field="displayName", count=None))
        rows = table(report_path=tmp_path).rows()
        assert len(rows) == 250
        assert "ROBOT" in {row["customerType"] for row in rows}
        assert None in {row["displayName"] for row in rows}
        (report,) = read_reports(str(tmp_path))
        assert any("customerType" in path for path in report.deviations)
        assert report.complete


class TestFaults:
    @pytest.mark.flow_retail_sandbox(faults=FAULTS)
    def test_a_fifth_of_all_requests_failing_costs_no_record(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        rows = table(page_size=5, pages_per_partition=10, attempts=20).rows()
        assert sorted(uids(rows)) == UIDS
        assert flow_retail_sandbox.faults.count() > 5

    def test_a_request_that_fails_for_good_is_raised(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        reader = table(page_size=50, attempts=2).reader()
        (part,) = reader.partitions()
        flow_retail_sandbox.faults.add(Fault("status", status=500, count=None, after=2))
        with pytest.raises(InternalServerError):
            list(reader.read(part))

    def test_a_plan_that_fails_is_raised(self, table: MakeTable, flow_retail_sandbox: RunningSandbox) -> None:
        flow_retail_sandbox.faults.add(Fault("status", status=500, count=None))
        with pytest.raises(InternalServerError):
            table(attempts=1).reader().partitions()

    @pytest.mark.parametrize("ending", ["close", "forget"])
    def test_leaving_early_leaves_nothing_behind(self, table: MakeTable, ending: str) -> None:
        """Not even a warning, which would be an error here."""
        reader = table(page_size=10, prefetch=8).reader()
        (part,) = reader.partitions()
        rows = reader.read(part)
        assert next(rows).num_rows == 10
        if ending == "close":
            rows.close()
        del rows
        gc.collect()


class TestDrift:
    def test_it_is_a_failure_on_request(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        reader = table(page_size=50, on_drift="fail", report_path=tmp_path).reader()
        (part,) = reader.partitions()
        flow_retail_sandbox.faults.add(Fault("records_added", records=3, after=2))
        with pytest.raises(ListChanged, match="customers: planned with 250 records, read with 253"):
            list(reader.read(part))
        assert len(read_reports(str(tmp_path))) == 1

    def test_it_is_a_failure_though_the_totals_are_the_same(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        reader = table(page_size=50, on_drift="fail", prefetch=1).reader()
        (part,) = reader.partitions()
        flow_retail_sandbox.faults.add(Fault("records_added", records=3, after=1))
        flow_retail_sandbox.faults.add(Fault("records_removed", records=3, where="end", after=3))
        with pytest.raises(ListChanged):
            list(reader.read(part))

    def test_a_list_that_stands_still_is_none(self, table: MakeTable) -> None:
        assert len(table(page_size=20, pages_per_partition=3, on_drift="fail").rows()) == 250

    @pytest.mark.parametrize("type_", ["records_added", "records_removed"])
    def test_what_stays_is_read_and_the_report_tells_what_was_seen(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path, type_: str
    ) -> None:
        made = table(page_size=20, pages_per_partition=3, report_path=tmp_path)
        flow_retail_sandbox.faults.add(Fault(type_, records=7, after=6))
        rows = made.rows()
        left = {row for row in UIDS if flow_retail_sandbox.sandbox.customer(row) is not None}
        assert left <= set(uids(rows))
        (report,) = read_reports(str(tmp_path))
        assert (report.totals_differ, report.complete) == (True, False)
        assert report.planned_total == 250
        assert report.last_total == 250 + (7 if type_ == "records_added" else -7)


class TestReports:
    def test_partitions_report_and_their_sum_is_complete(self, table: MakeTable, tmp_path: Path) -> None:
        made = table(page_size=20, pages_per_partition=3, report_path=tmp_path)
        reader = made.reader()
        parts = reader.partitions()
        for count, part in enumerate(parts, 1):
            (report,) = read_reports(str(tmp_path)) or [None]
            assert report is None or not report.complete
            list(travelled(reader).read(travelled(part)))
            (report,) = read_reports(str(tmp_path))
            assert (report.finished, report.partitions) == (count, 5)
        assert report.complete
        assert (report.records, report.pages, report.planned_total, report.last_total) == (250, 13, 250, 250)
        assert len(list(tmp_path.iterdir())) == 5

    def test_a_second_attempt_replaces_what_the_first_one_wrote(
        self, table: MakeTable, tmp_path: Path
    ) -> None:
        reader = table(report_path=tmp_path).reader()
        (part,) = reader.partitions()
        for _ in range(2):
            list(reader.read(part))
        (report,) = read_reports(str(tmp_path))
        assert (report.finished, report.records, report.complete) == (1, 250, True)
        (path,) = tmp_path.iterdir()
        assert orjson.loads(path.read_bytes())["records"] == 250

    def test_one_that_is_left_early_reports_nothing(self, table: MakeTable, tmp_path: Path) -> None:
        reader = table(report_path=tmp_path, page_size=10).reader()
        (part,) = reader.partitions()
        rows = reader.read(part)
        next(rows)
        rows.close()
        assert read_reports(str(tmp_path)) == []


class TestSharing:
    @pytest.mark.parametrize(
        ("options", "expected"), [({}, 5), ({"tasks_in_flight": 2}, 2), ({"tasks_in_flight": 64}, 5)]
    )
    def test_a_rate_is_shared_by_tasks_in_flight_but_by_no_more_than_there_are(
        self, table: MakeTable, monkeypatch: pytest.MonkeyPatch, options: dict[str, int], expected: int
    ) -> None:
        reader = table(page_size=20, pages_per_partition=3, requests_per_second=5000, **options).reader()
        rates: list[Any] = []

        def client(**given: Any) -> FlowRetail:
            rates.append(given["requests_per_second"])
            return FlowRetail(**given)

        monkeypatch.setattr(connection, "FlowRetail", client)
        parts = reader.partitions()
        list(reader.read(parts[0]))
        assert rates == [5000, 5000 / expected]


def test_the_format_has_its_name() -> None:
    assert FlowRetailDataSource.name() == "flow_retail"


class TestWhatIsWrong:
    @pytest.mark.parametrize("asked", ["schema", "reader"])
    def test_a_missing_resource_is_reported(self, asked: str) -> None:
        given = [] if asked == "schema" else [StructType()]
        with pytest.raises(OptionError, match="option resource is missing: name a list"):
            getattr(Table({}).source(), asked)(*given)

    def test_a_resource_that_does_not_exist_is_reported_with_those_that_do(self, table: MakeTable) -> None:
        with pytest.raises(OptionError, match=r"no resource 'robots'. Choose one of: .*customer-groups"):
            table("robots").source().schema()

    def test_an_argument_that_the_list_needs_is_reported(self, table: MakeTable) -> None:
        with pytest.raises(OptionError, match=r"option customer_group_uid is missing: .*list_customers"):
            table("customer_groups.list_customers").reader()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"page_sise": 5}, r"page_sise is unknown to a read; did you mean page_size\?"),
            ({"pages_per_partition": 0}, "pages_per_partition must be a whole number"),
            ({"on_drift": "cry"}, "on_drift must be one of report, fail"),
            ({"report_path": "nostore://x"}, "option report_path: "),
        ],
    )
    def test_options_that_will_not_do_are_reported_by_the_driver(
        self, table: MakeTable, options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(OptionError, match=message):
            table(**options).reader()

    def test_columns_that_will_not_do_are_reported_by_the_driver(self, table: MakeTable) -> None:
        with pytest.raises(ValueError, match="column customerUid is string, not bigint"):
            table().reader(StructType([StructField("customerUid", LongType())]))


class TestSecrets:
    def test_no_token_is_in_what_travels_or_shows(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        reader = table(page_size=20, report_path=tmp_path).reader()
        parts = reader.partitions()
        list(reader.read(parts[0]))
        for thing in (reader, parts, table().source(), vars(reader)):
            assert flow_retail_sandbox.token.encode() not in pickled(thing)
            assert flow_retail_sandbox.token not in repr(thing)
        assert all(flow_retail_sandbox.token.encode() not in path.read_bytes() for path in tmp_path.iterdir())
