"""The rows of a task: each is reported once, whatever its outcome, and none is duplicated."""

import datetime
import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import Table

from flow_retail_client import AuthenticationError
from flow_retail_sandbox import Fault, RunningSandbox
from flow_retail_spark import write_task

MakeTable = Callable[..., Table]


@pytest.fixture
def upsert(table: MakeTable, tmp_path: Path) -> "Callable[..., Upserted]":
    def upsert(rows: list[dict[str, Any]], *, columns: Any = None, **options: Any) -> Upserted:
        made = table(mode="upsert", rejects_path=tmp_path / "rejects", **options)
        batch = pa.RecordBatch.from_pylist(rows, schema=columns)
        return Upserted(made, batch, tmp_path / "rejects")

    return upsert


class Upserted:
    """What became of rows, and what was kept of those that were refused."""

    def __init__(self, made: Table, batch: pa.RecordBatch, folder: Path) -> None:
        writer = made.writer(batch.schema)
        self.outcome = writer.write(iter([batch]))
        writer.commit([self.outcome])
        self.counts = (self.outcome.succeeded, self.outcome.failed, self.outcome.unknown)
        found = ds.dataset(folder, format="parquet", ignore_prefixes=["_", "."]).to_table().to_pylist()
        self.rejects: list[dict[str, Any]] = found


def person(uid: str | None, **others: Any) -> dict[str, Any]:
    return {"customerUid": uid, "customerType": "PERSON", "firstname": "Kari", **others}


class TestCounts:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(
            st.one_of(
                st.builds(lambda number: person(f"mixed-{number}"), st.integers(0, 8)),
                st.just(person(None)),
                st.just(person("")),
                st.builds(lambda number: person(f"mail-{number}", email="no mail"), st.integers(0, 8)),
                st.builds(lambda number: person(f"kind-{number}", customerType="ROBOT"), st.integers(0, 8)),
                st.builds(lambda number: person(f"refused-{number}"), st.integers(0, 2)),
            ),
            min_size=1,
            max_size=40,
        ),
        chunk_size=st.integers(1, 10),
    )
    def test_each_row_of_any_mix_is_reported_of_once(
        self,
        table: MakeTable,
        flow_retail_sandbox: RunningSandbox,
        tmp_path: Path,
        rows: Any,
        chunk_size: int,
    ) -> None:
        flow_retail_sandbox.faults.clear()
        refused = tuple(f"refused-{number}" for number in range(3))
        flow_retail_sandbox.faults.add(Fault("batch_refusal", uids=refused, code="NO_WAY", count=None))
        folder = tmp_path / "rejects" / str(len(list(tmp_path.rglob("*"))))
        every = [{"email": None, **row} for row in rows]
        schema = pa.schema(dict.fromkeys(("customerUid", "customerType", "firstname", "email"), pa.string()))
        made = table(mode="upsert", rejects_path=folder, chunk_size=chunk_size)
        upserted = Upserted(made, pa.RecordBatch.from_pylist(every, schema=schema), folder)
        good = sum((row["customerUid"] or "").startswith("mixed") for row in rows)
        assert upserted.counts == (good, len(rows) - good, 0)
        assert upserted.outcome.rows == len(rows)
        kept = Counter(row["uid"] or None for row in upserted.rejects)
        assert kept == Counter(
            row["customerUid"] or None for row in rows if not (row["customerUid"] or "").startswith("mixed")
        )

    def test_rows_whose_response_was_lost_are_unknown_if_nothing_can_be_asked(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        flow_retail_sandbox.faults.add(Fault("reset_after", operation="customers.batch", count=None))
        flow_retail_sandbox.faults.add(Fault("status", status=500, operation="customers.get", count=None))
        upserted = upsert([person(f"u-{number}") for number in range(5)], attempts=2)
        assert upserted.counts == (0, 0, 5)
        assert {row["status"] for row in upserted.rejects} == {"unknown"}
        assert all(row["attempts"] >= 1 and row["code"] and row["reason"] for row in upserted.rejects)

    def test_rows_whose_response_was_lost_are_resolved_by_what_is_stored(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        flow_retail_sandbox.faults.add(Fault("reset_after", operation="customers.batch", count=None))
        assert upsert([person(f"u-{number}") for number in range(5)], attempts=2).counts == (5, 0, 0)

    def test_a_uid_that_comes_twice_is_sent_twice_and_the_later_row_stays(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        names = [f"Kari {number}" for number in range(6)]
        upserted = upsert([person("twice", firstname=name) for name in names], chunk_size=2, concurrency=3)
        assert upserted.counts == (6, 0, 0)
        assert flow_retail_sandbox.sandbox.customer("twice")["firstname"] == names[-1]

    def test_an_outcome_that_is_missing_is_an_error(
        self, upsert: Callable[..., Upserted], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(write_task.WriteTask, "_count_outcome", lambda self, outcome: None)
        with pytest.raises(RuntimeError, match="customers: 1 rows were read, but 0 reported"):
            upsert([person("a-1")])


class TestAgain:
    def test_a_task_that_is_run_again_doubles_nothing(
        self, table: MakeTable, flow_retail_sandbox: RunningSandbox
    ) -> None:
        batch = pa.RecordBatch.from_pylist([person(f"again-{number}") for number in range(20)])
        writer = table(mode="upsert", chunk_size=6).writer(batch.schema)
        for _ in range(2):
            assert writer.write(iter([batch])).succeeded == 20
            assert flow_retail_sandbox.sandbox.counts()["acme"]["customers"] == 270

    @pytest.mark.flow_retail_sandbox(
        faults="random=500|503|429|reset_before|reset_after|truncate_body,seed=5,rate=0.2"
    )
    def test_errors_lose_and_duplicate_nothing(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        upserted = upsert([person(f"f-{number}") for number in range(200)], chunk_size=5, attempts=20)
        assert upserted.counts == (200, 0, 0)
        assert flow_retail_sandbox.sandbox.counts()["acme"]["customers"] == 450

    def test_a_token_that_is_refused_fails_the_task_and_leaves_its_rejects_staged(
        self,
        table: MakeTable,
        flow_retail_sandbox: RunningSandbox,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        rows = [person(None), *(person(f"r-{number}") for number in range(500))]
        batch = pa.RecordBatch.from_pylist(rows)
        writer = table(mode="upsert", rejects_path=tmp_path, chunk_size=5).writer(batch.schema)
        monkeypatch.setenv("FLOW_RETAIL_TOKEN", "revoked")
        with pytest.raises(AuthenticationError):
            writer.write(iter([batch]))
        assert all(path.name.startswith("_") for path in tmp_path.iterdir())

    def test_what_the_rows_themselves_raise_is_raised(self, table: MakeTable) -> None:
        batch = pa.RecordBatch.from_pylist([person("a-1")])

        def broken() -> Iterator[pa.RecordBatch]:
            yield batch
            raise ConnectionResetError("Spark has gone")

        with pytest.raises(ConnectionResetError, match="Spark has gone"):
            table(mode="upsert").writer(batch.schema).write(broken())


class TestCells:
    def test_columns_that_only_come_back_are_dropped(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        when = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        assert upsert([person("a-1", createdAt=when, displayName="Someone Else")]).counts == (1, 0, 0)
        stored = flow_retail_sandbox.sandbox.customer("a-1")
        assert stored["displayName"] != "Someone Else"

    @pytest.mark.parametrize(("nulls", "sent"), [("omit", False), ("send", True)])
    def test_a_null_is_left_out_or_sent(
        self, upsert: Callable[..., Upserted], nulls: str, sent: bool
    ) -> None:
        schema = pa.schema(dict.fromkeys(("customerUid", "customerType", "city", "email"), pa.string()))
        row = {"customerUid": "n-1", "customerType": "PERSON", "city": None, "email": "no mail"}
        # A reject says what was sent.
        (reject,) = upsert([row], columns=schema, nulls=nulls).rejects
        assert ("city" in orjson.loads(reject["input"])) is sent

    def test_what_was_left_over_from_reading_is_laid_back(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        rest = json.dumps({"credit": {"limit": 5}, "nobodyKnows": 1, "city": "Oslo"})
        assert upsert(
            [person("a-1", city=None, additionalProperties=rest)],
            columns=pa.schema(
                {
                    "customerUid": pa.string(),
                    "customerType": pa.string(),
                    "firstname": pa.string(),
                    "city": pa.string(),
                    "additionalProperties": pa.string(),
                }
            ),
        ).counts == (1, 0, 0)
        assert flow_retail_sandbox.sandbox.customer("a-1")["city"] == "Oslo"

    @pytest.mark.parametrize(
        ("column", "cell", "type_", "reason"),
        [
            ("relevance", math.nan, pa.float64(), "column relevance: is not a finite number"),
            ("paymentTerms", math.inf, pa.float64(), "column paymentTerms: is not a finite number"),
            ("firstname", b"\xff", pa.binary(), "column firstname: bytes has no JSON form"),
            (
                "paymentTerms",
                10**25,
                pa.decimal128(38, 0),
                "column paymentTerms: is a whole number of more than 64",
            ),
            ("paymentTerms", "many", pa.string(), "column paymentTerms: is "),
            (
                "createdAt",
                10**18,
                pa.timestamp("us", "Europe/Oslo"),
                "column createdAt: is a timestamp.* that can.t be kept exactly",
            ),
            ("additionalProperties", "[1]", pa.string(), "column additionalProperties: can't be read"),
            ("customerUid", 5, pa.int64(), "column customerUid: is "),
        ],
    )
    def test_a_cell_that_can_t_be_sent_is_a_reject_that_names_its_column(
        self, upsert: Callable[..., Upserted], column: str, cell: Any, type_: Any, reason: str
    ) -> None:
        schema = pa.schema({"customerUid": pa.string(), "customerType": pa.string(), column: type_})
        rows = [{"customerUid": "a-1", "customerType": "PERSON", column: cell}]
        upserted = upsert(rows, columns=schema)
        assert upserted.counts == (0, 1, 0)
        (reject,) = upserted.rejects
        assert reject["code"] == write_task.NOT_SENT
        assert reject["reason"].startswith(reason.partition(".*")[0])
        assert column in orjson.loads(reject["input"])

    def test_a_cell_that_can_t_be_sent_costs_no_other_row(self, upsert: Callable[..., Upserted]) -> None:
        schema = pa.schema(
            {"customerUid": pa.string(), "customerType": pa.string(), "createdAt": pa.timestamp("us", "UTC")}
        )
        rows = [
            {"customerUid": f"a-{n}", "customerType": "PERSON", "createdAt": 10**18 if n == 3 else n}
            for n in range(9)
        ]
        upserted = upsert(rows, columns=schema)
        assert upserted.counts == (8, 1, 0)
        assert [reject["uid"] for reject in upserted.rejects] == ["a-3"]

    def test_a_uid_that_no_address_can_hold_is_reported_though_its_response_is_lost(
        self, upsert: Callable[..., Upserted], flow_retail_sandbox: RunningSandbox
    ) -> None:
        flow_retail_sandbox.faults.add(Fault("reset_after", operation="customers.batch", count=None))
        upserted = upsert([person("a/b"), person(".."), person("fine")], attempts=2)
        assert sum(upserted.counts) == 3


def test_rows_are_fetched_while_requests_go_on(
    table: MakeTable, flow_retail_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark blocks while it makes rows: the second batch waits for the response to the first."""
    responded, log = threading.Event(), flow_retail_sandbox.requests
    respond = log.respond
    monkeypatch.setattr(log, "respond", lambda *response: (respond(*response), responded.set()))
    batch = pa.RecordBatch.from_pylist([person(f"w-{number}") for number in range(5)])

    def waiting() -> Iterator[pa.RecordBatch]:
        yield batch

        assert responded.wait(20)
        yield batch

    outcome = table(mode="upsert", chunk_size=1).writer(batch.schema).write(waiting())
    assert outcome.succeeded == 10
