"""Writing, step by step as Spark does it: checked by the driver, applied by tasks, committed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from pyspark import TaskContext
from tables import Table, pickled, travelled

from flow_retail_client import FlowRetail
from flow_retail_records.resources import find_writing
from flow_retail_sandbox import RunningSandbox
from flow_retail_spark import connection, write_reports
from flow_retail_spark.options import OptionError
from flow_retail_spark.rejects import SCHEMA
from flow_retail_spark.writer import RowsRejected

MakeTable = Callable[..., Table]
COLUMNS = pa.schema({"customerUid": pa.string(), "customerType": pa.string(), "firstname": pa.string()})


def people(*uids: str | None, firstname: str = "Kari", type_: str = "PERSON") -> list[dict[str, Any]]:
    return [{"customerUid": uid, "customerType": type_, "firstname": firstname} for uid in uids]


def rejects(folder: Path) -> list[dict[str, Any]]:
    """What Spark reads of a folder: no file whose name begins with _ or a dot."""
    rows: list[dict[str, Any]] = (
        ds.dataset(folder, format="parquet", ignore_prefixes=["_", "."]).to_table().to_pylist()
    )
    return rows


class TestDriver:
    def refused(
        self, made: Table, message: str, columns: pa.Schema = COLUMNS, *, overwrite: bool = False
    ) -> None:
        with pytest.raises(OptionError, match=message):
            made.writer(columns, overwrite=overwrite)

    def test_what_is_there_is_not_overwritten(self, table: MakeTable) -> None:
        self.refused(
            table(mode="upsert"),
            r'overwrite" would delete what is there; use .mode\("append"\)',
            overwrite=True,
        )

    @pytest.mark.parametrize("options", [{}, {"mode": "create"}, {"mode": "delete"}, {"mode": "append"}])
    def test_only_what_a_task_may_do_twice_is_a_mode(self, table: MakeTable, options: dict[str, str]) -> None:
        self.refused(
            table(**options), "^option mode must be one of upsert, update; Spark may run a task twice"
        )

    def test_a_batch_without_such_a_mode_is_reported(
        self, table: MakeTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writing = find_writing("customers", "write")
        creating = evolve(writing.spec, models={"create": writing.spec.models["create"]})
        monkeypatch.setattr(
            "flow_retail_spark.writer.find_writing", lambda *given: evolve(writing, spec=creating)
        )
        self.refused(table(mode="upsert"), "must be one of none: the API has no such operation")

    def test_a_resource_that_can_t_be_written_is_reported_with_those_that_can(self, table: MakeTable) -> None:
        self.refused(
            table("robots", mode="upsert"), "^option resource: There is no resource 'robots'.*customers"
        )
        with pytest.raises(OptionError, match="option resource is missing: name what is written"):
            Table({}).writer(COLUMNS)

    def test_a_resource_without_a_batch_is_updated_one_by_one(self, table: MakeTable) -> None:
        self.refused(table("customer_groups", mode="upsert"), "^option mode must be one of update")
        columns = pa.schema({"customerGroupUid": pa.string(), "name": pa.string()})
        table("customer_groups", mode="update").writer(columns)

    def test_a_frame_without_the_uid_is_refused(self, table: MakeTable) -> None:
        columns = pa.schema({"firstname": pa.string()})
        self.refused(table(mode="upsert"), "^there is no column customerUid: without it a task", columns)

    @pytest.mark.parametrize(
        ("column", "type_", "message"),
        [
            (
                "firstName",
                pa.string(),
                r"column firstName: the API knows no such field; did you mean firstname\?; drop it",
            ),
            ("qqq", pa.string(), "column qqq: the API knows no such field; drop it"),
            ("credit", pa.struct({"limmit": pa.int64()}), r"column credit.limmit: .*did you mean limit\?"),
            ("consents", pa.list_(pa.struct({"qqq": pa.int64()})), "column consents.qqq: "),
            ("contacts", pa.list_(pa.struct({"qqq": pa.int64()})), "column contacts.qqq: "),
        ],
    )
    def test_columns_that_is_unknown_are_refused_however_deep(
        self, table: MakeTable, column: str, type_: Any, message: str
    ) -> None:
        self.refused(table(mode="upsert"), message, COLUMNS.append(pa.field(column, type_)))

    def test_columns_of_a_read_frame_will_do(self, table: MakeTable) -> None:
        table(mode="upsert").writer(next(table().batches()).schema)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"chunk_size": 0}, "option chunk_size must be"),
            ({"nulls": "drop"}, "option nulls must be one of omit, send"),
            ({"page_size": 5}, "option page_size is unknown to a write"),
            ({"requests_per_second": 5}, "requests_per_second needs tasks_in_flight here"),
            ({"rejects_path": "nostore://x"}, "option rejects_path: nostore"),
        ],
    )
    def test_options_that_will_not_do_are_reported(
        self, table: MakeTable, options: dict[str, Any], message: str
    ) -> None:
        self.refused(table(mode="upsert", **options), message)

    def test_a_rate_is_shared_by_tasks_in_flight(
        self, table: MakeTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rates: list[Any] = []

        class Client(FlowRetail):
            def __init__(self, **given: Any) -> None:
                rates.append(given["requests_per_second"])
                super().__init__(**given)

        monkeypatch.setattr(connection, "FlowRetail", Client)
        table(mode="upsert", requests_per_second=5000, tasks_in_flight=4).write(people("a-1", "a-2"), tasks=2)
        assert rates == [1250, 1250]

    def test_no_token_is_in_what_travels_or_shows(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        made = table(mode="upsert", rejects_path=tmp_path)
        writer = made.writer(COLUMNS)
        messages = made.write(people("a-1", None))
        for thing in (writer, messages, vars(writer)):
            assert flow_retail_sandbox.token.encode() not in pickled(thing)
            assert flow_retail_sandbox.token not in repr(thing)


class TestCommit:
    def test_counts_of_tasks_are_summed_in_the_report(self, table: MakeTable, tmp_path: Path) -> None:
        made = table(mode="upsert", report_path=tmp_path / "reports", rejects_path=tmp_path / "rejects")
        rows = [
            *people(*(f"a-{number}" for number in range(30))),
            *people(None, "", "a b"),
            *people("a-99", type_="ROBOT"),
        ]
        messages = made.write(rows, tasks=4)
        (report,) = write_reports(str(tmp_path / "reports"))
        assert report.rows == sum(message.rows for message in messages) == len(rows)
        assert (report.succeeded + report.failed, report.unknown, report.finished) == (len(rows), 0, True)
        assert len(rejects(tmp_path / "rejects")) == report.failed

    def test_rejects_lie_where_readers_do_not_look_until_the_job_is_committed(
        self, table: MakeTable, tmp_path: Path
    ) -> None:
        writer = table(mode="upsert", rejects_path=tmp_path).writer(COLUMNS)
        batch = pa.RecordBatch.from_pylist(people("a-1", None), schema=COLUMNS)
        message = travelled(writer).write(iter([batch]))
        (staged,) = tmp_path.iterdir()
        assert staged.name == message.rejects
        assert staged.name.startswith("_")
        travelled(writer).commit([travelled(message)])
        (placed,) = tmp_path.iterdir()
        assert f"_{placed.name}" == staged.name
        assert len(rejects(tmp_path)) == 1

    def test_what_attempts_left_that_were_given_up_is_removed(
        self, table: MakeTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer = table(mode="upsert", rejects_path=tmp_path).writer(COLUMNS)
        (tmp_path / "_of-another-write.parquet").write_bytes(b"")
        batch = pa.RecordBatch.from_pylist(people(None, "a-1"), schema=COLUMNS)
        messages = []
        for attempt in (7, 8):
            context = Context(attempt)
            monkeypatch.setattr(TaskContext, "get", lambda context=context: context)
            messages.append(travelled(writer).write(iter([batch])))
        assert len({message.rejects for message in messages}) == 2
        writer.commit([messages[1]])
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == sorted(["_of-another-write.parquet", messages[1].rejects[1:]])
        assert len(rejects(tmp_path)) == 1

    def test_without_rejects_there_is_a_file_that_says_so(self, table: MakeTable, tmp_path: Path) -> None:
        table(mode="upsert", rejects_path=tmp_path).write(people("a-1"))
        assert rejects(tmp_path) == []
        (path,) = tmp_path.iterdir()
        assert pq.read_schema(path).equals(SCHEMA)

    def test_rejects_that_are_nowhere_kept_are_a_failure_that_names_the_counts(
        self, table: MakeTable, tmp_path: Path
    ) -> None:
        made = table(mode="upsert", report_path=tmp_path)
        with pytest.raises(
            RowsRejected, match=r"customers: of 3 rows 1 succeeded, 2 failed, 0 are unknown; .*rejects_path"
        ):
            made.write(people("a-1", None, ""))
        (report,) = write_reports(str(tmp_path))
        assert (report.rows, report.succeeded, report.failed) == (3, 1, 2)

    def test_what_spark_aborts_because_it_was_refused_is_reported_as_finished(
        self, table: MakeTable, tmp_path: Path
    ) -> None:
        writer = table(mode="upsert", report_path=tmp_path).writer(COLUMNS)
        messages = [writer.write(iter([pa.RecordBatch.from_pylist(people(None), schema=COLUMNS)]))]
        with pytest.raises(RowsRejected):
            writer.commit(messages)
        writer.abort(messages)
        (report,) = write_reports(str(tmp_path))
        assert (report.rows, report.finished) == (1, True)

    def test_committing_again_changes_nothing(self, table: MakeTable, tmp_path: Path) -> None:
        """So does aborting, as Spark does when a commit failed half-way."""
        writer = table(mode="upsert", rejects_path=tmp_path).writer(COLUMNS)
        messages = [writer.write(iter([pa.RecordBatch.from_pylist(people(None), schema=COLUMNS)]))]
        for end in (writer.commit, writer.commit, writer.abort):
            end(messages)
            assert len(rejects(tmp_path)) == 1

    def test_a_folder_that_the_executors_do_not_share_is_reported(
        self, table: MakeTable, tmp_path: Path
    ) -> None:
        writer = table(mode="upsert", rejects_path=tmp_path).writer(COLUMNS)
        message = writer.write(iter([pa.RecordBatch.from_pylist(people(None), schema=COLUMNS)]))
        (tmp_path / message.rejects).unlink()
        with pytest.raises(
            FileNotFoundError, match=r"option rejects_path: .* name a folder that all machines share"
        ):
            writer.commit([message])


class Context:
    """A task as Spark describes it."""

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt

    def partitionId(self) -> int:
        return 3

    def taskAttemptId(self) -> int:
        return self._attempt


def test_aborting_keeps_what_is_known(table: MakeTable, tmp_path: Path) -> None:
    made = table(mode="upsert", report_path=tmp_path / "reports", rejects_path=tmp_path / "rejects")
    writer = made.writer(COLUMNS)
    message = writer.write(iter([pa.RecordBatch.from_pylist(people("a-1", None), schema=COLUMNS)]))
    travelled(writer).abort([travelled(message), None])
    (report,) = write_reports(str(tmp_path / "reports"))
    assert (report.rows, report.succeeded, report.failed, report.finished) == (2, 1, 1, False)
    assert [row["status"] for row in rejects(tmp_path / "rejects")] == ["failed"]


def test_aborting_without_folders_does_nothing(table: MakeTable) -> None:
    table(mode="upsert").writer(COLUMNS).abort([None])


class TestThereAndBack:
    def test_a_read_frame_is_written_back_without_a_change(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        before = {row["customerUid"]: row for row in table(page_size=100).rows()}
        batches = list(table(page_size=100).batches())
        writer = table(mode="upsert", rejects_path=tmp_path).writer(batches[0].schema)
        message = travelled(writer).write(iter(batches))
        writer.commit([message])
        assert (message.rows, message.succeeded, rejects(tmp_path)) == (250, 250, [])
        after = {row["customerUid"]: row for row in table(page_size=100).rows()}
        # When it was modified, and when it was consented to, is the server's to say.
        for row in (*before.values(), *after.values()):
            del row["lastModifiedAt"], row["consents"]
        assert after == before

    def test_an_update_changes_what_is_there_and_makes_nothing(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        made = table(mode="update", rejects_path=tmp_path)
        rows = people("customer-00001", "never-was", firstname="Ola")
        (message,) = made.write(rows)
        assert (message.succeeded, message.failed) == (1, 1)
        assert flow_retail_sandbox.sandbox.customer("customer-00001")["firstname"] == "Ola"
        assert flow_retail_sandbox.sandbox.customer("never-was") is None
        (row,) = rejects(tmp_path)
        assert (row["uid"], row["status"]) == ("never-was", "failed")
        assert orjson.loads(row["input"]) == rows[1]
