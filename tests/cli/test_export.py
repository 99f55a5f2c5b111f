"""`flow-retail export`."""

import csv
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from terminal import Run, hangs, interrupting, records, uids

ALL = [f"customer-{number:05d}" for number in range(1, 61)]


def leftovers() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("resource", ["customers", "customer-contacts", "customer-groups"])
def test_every_list_of_the_client_can_be_exported(run: Run, sandbox: Any, resource: str) -> None:
    ended = run("export", resource, "--out", "all.ndjson", "--json", "--page-size", "7")
    count = sandbox.sandbox.counts()[sandbox.tenant][resource]
    assert ended.json == {
        "resource": resource,
        "records": count,
        "missing": 0,
        "unwritten": 0,
        "file": "all.ndjson",
    }
    assert len(records("all.ndjson")) == count
    assert leftovers() == ["all.ndjson"]


def test_ndjson_holds_the_records_as_they_came(run: Run, sandbox: Any) -> None:
    run("export", "customers", "--out", "all.ndjson")
    for record in records("all.ndjson"):
        came = sandbox.sandbox.customer(record["customerUid"])
        assert {**record, "createdAt": 0, "lastModifiedAt": 0}.keys() == came.keys()
        assert record["contacts"] == [] or record["contacts"][0]["role"] == came["contacts"][0]["role"]
        assert record["defaultStore"] == came["defaultStore"]


def test_csv_has_a_column_each_field_and_can_be_made_for_excel(run: Run, sandbox: Any) -> None:
    run("export", "customers", "--out", "all.csv", "--delimiter", ";", "--encoding", "utf-8-sig")
    raw = Path("all.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row["customerUid"] for row in rows] == ALL
    first = sandbox.sandbox.customer(ALL[0])
    assert rows[0]["credit.limit"] == str(first["credit"]["limit"])
    assert rows[0]["customerGroupUids"] == (
        ""
        if not first["customerGroupUids"]
        else json.dumps(first["customerGroupUids"], separators=(",", ":"))
    )


def test_parquet_has_typed_and_nested_columns(run: Run, sandbox: Any) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    run("export", "customers", "--out", "all.parquet")
    schema = parquet.read_schema("all.parquet")
    assert str(schema.field("createdAt").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("credit").type) == "struct<limit: int64, balance: int64>"
    assert [row["customerUid"] for row in parquet.read_table("all.parquet").to_pylist()] == ALL
    assert leftovers() == ["all.parquet"]


def test_standard_output_takes_ndjson_and_nothing_else(run: Run, sandbox: Any) -> None:
    ended = run("export", "customers", "--out", "-")
    assert [json.loads(line)["customerUid"] for line in ended.stdout.splitlines()] == ALL
    assert ended.stderr == ""


def test_arguments_of_the_list_can_be_given(run: Run, sandbox: Any) -> None:
    run(
        "export",
        "customers",
        "--out",
        "a.ndjson",
        "--param",
        "sort-by=createdAt",
        "--param",
        "sort_direction=DESC",
    )
    assert uids("a.ndjson") == ALL[::-1]


def test_the_file_is_named_after_the_resource_unless_it_is_given(run: Run, sandbox: Any) -> None:
    assert "to customer-groups.ndjson" in run("export", "customer-groups").stderr
    assert records("customer-groups.ndjson")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nothing", "--out", "a.csv"], "Choose one of: "),
        (["customers", "--out", "a.xlsx"], "Name it with one of .ndjson"),
        (["customers", "--out", "no/such/folder/a.csv"], "There is no folder"),
        (["customers", "--out", "."], "it is a folder"),
        (["customers", "--out", "no-suffix"], "has no suffix"),
        (["customers", "--out", "a.csv", "--param", "colour=red"], "Possible: customer_external_id, sort_by"),
        (["customers", "--out", "a.csv", "--param", "colour"], "--param colour has no ="),
        (["customers", "--out", "a.csv", "--delimiter", ";;"], "is not one character"),
        (["customers", "--out", "a.csv", "--encoding", "klingon"], "There is no encoding 'klingon'"),
        (["customers", "--out", "a.csv", "--page-size", "0"], "--page-size"),
    ],
)
def test_a_mistake_is_reported_before_any_request(
    run: Run, sandbox: Any, arguments: list[str], expected: str
) -> None:
    assert expected in run("export", *arguments, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0
    assert leftovers() == []


def test_a_folder_of_the_target_s_name_is_reported(run: Run, sandbox: Any) -> None:
    Path("a.csv").mkdir()
    assert "can't be written" in run("export", "customers", "--out", "a.csv", code=2).stderr


def test_an_earlier_file_stays_until_the_new_one_is_whole(run: Run, sandbox: Any) -> None:
    Path("all.csv").write_text("earlier")
    from flow_retail_sandbox import Fault

    sandbox.faults.add(Fault("status", status=400, operation="customers.list", after=2, count=None))
    ended = run("export", "customers", "--out", "all.csv", "--page-size", "10", "--prefetch", "1", code=1)
    assert "20 records are kept: run the same command again to resume" in ended.stderr
    assert Path("all.csv").read_text() == "earlier"
    sandbox.faults.clear()
    assert "Resuming after 20 records" in run("export", "customers", "--out", "all.csv").stderr
    assert len(Path("all.csv").read_text().splitlines()) == 61
    assert leftovers() == ["all.csv"]


def broken_off(run: Run, sandbox: Any, *, kept: int = 30) -> None:
    from flow_retail_sandbox import Fault

    sandbox.faults.add(Fault("status", status=400, operation="customers.list", after=kept // 10, count=None))
    run("export", "customers", "--out", "a.ndjson", "--page-size", "10", "--prefetch", "1", code=1)
    sandbox.faults.clear()
    assert len(records("a.ndjson.part")) == kept


def delete(sandbox: Any, *numbers: int) -> None:
    for number in numbers:
        sandbox.sandbox.delete("customers", ALL[number])


def test_records_deleted_meanwhile_move_no_others_out_of_the_export(run: Run, sandbox: Any) -> None:
    broken_off(run, sandbox)
    delete(sandbox, *range(15))
    run("export", "customers", "--out", "a.ndjson")
    found = uids("a.ndjson")
    assert len(found) == len(set(found))
    assert set(ALL[15:]) <= set(found)


def test_an_export_resumes_before_everything_that_was_deleted(run: Run, sandbox: Any) -> None:
    broken_off(run, sandbox)
    delete(sandbox, *range(30))
    run("export", "customers", "--out", "a.ndjson")
    assert uids("a.ndjson") == ALL


def test_records_that_came_meanwhile_double_no_others(run: Run, sandbox: Any) -> None:
    order = ("--param", "sort_by=customerUid")
    from flow_retail_sandbox import Fault

    sandbox.faults.add(Fault("status", status=400, operation="customers.list", after=3, count=None))
    run("export", "customers", "--out", "a.ndjson", "--page-size", "10", "--prefetch", "1", *order, code=1)
    sandbox.faults.clear()
    arrived = [{"customerType": "PERSON", "customerUid": f"aaa-{number}"} for number in range(25)]
    sandbox.sandbox.load("customers", arrived)
    run("export", "customers", "--out", "a.ndjson", *order)
    found = uids("a.ndjson")
    assert len(found) == len(set(found))
    assert set(ALL) <= set(found)


def test_a_checkpoint_of_another_export_is_not_resumed(run: Run, sandbox: Any) -> None:
    broken_off(run, sandbox)
    ended = run("export", "customers", "--out", "a.ndjson", "--param", "sort_by=lastname", code=2)
    assert "another params" in ended.stderr
    assert "--restart" in ended.stderr
    run("export", "customers", "--out", "a.ndjson", "--param", "sort_by=lastname", "--restart")
    assert sorted(uids("a.ndjson")) == ALL


def test_a_broken_checkpoint_says_what_to_do(run: Run, sandbox: Any) -> None:
    Path("a.ndjson.checkpoint").write_text("{")
    assert "pass --restart" in run("export", "customers", "--out", "a.ndjson", code=2).stderr


def test_a_part_file_that_was_shortened_is_read_again(run: Run, sandbox: Any) -> None:
    broken_off(run, sandbox)
    os.truncate("a.ndjson.part", 10)
    assert "starting again" in run("export", "customers", "--out", "a.ndjson").stderr
    assert uids("a.ndjson") == ALL


def test_records_without_identity_are_read_again(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attrs import evolve

    from flow_retail_cli import export_command
    from flow_retail_records.resources import lists

    broken_off(run, sandbox)
    listing = lists()["customers"]
    nameless = evolve(listing, operation=evolve(listing.operation, record_key=None))
    monkeypatch.setattr(export_command, "find_list", lambda *_: nameless)
    run("export", "customers", "--out", "a.ndjson")
    assert uids("a.ndjson") == ALL


def test_two_exports_to_one_file_do_not_mix(run: Run, sandbox: Any) -> None:
    from flow_retail_cli.checkpoint import exclusive_lock

    Path("a.ndjson.part").touch()
    with exclusive_lock(Path("a.ndjson.part"), Path("a.ndjson.part").open("rb")):
        assert "Another flow-retail" in run("export", "customers", "--out", "a.ndjson", code=2).stderr


def test_ctrl_c_leaves_a_checkpoint_and_the_next_run_the_rest(run: Run, sandbox: Any) -> None:
    from flow_retail_sandbox import Fault

    sandbox.faults.add(Fault("latency", operation="customers.list", after=3, seconds=60.0))
    with interrupting(lambda: hangs(sandbox), number=signal.SIGINT):
        ended = run("export", "customers", "--out", "a.csv", "--page-size", "10", "--prefetch", "1", code=130)
    assert "Stopped as asked" in ended.stderr
    assert leftovers() == ["a.csv.checkpoint", "a.csv.part"]
    run("export", "customers", "--out", "a.csv")
    rows = list(csv.DictReader(io.StringIO(Path("a.csv").read_text(), newline="")))
    assert [row["customerUid"] for row in rows] == ALL


def test_an_unreachable_api_is_exit_code_3_and_leaves_nothing(run: Run, sandbox: Any, quick: None) -> None:
    ended = run("export", "customers", "--out", "a.csv", "--base-url", "http://127.0.0.1:9/v2", code=3)
    assert "flow-retail doctor" in ended.stderr
    assert leftovers() == []


def test_a_character_that_the_encoding_lacks_is_reported(run: Run, sandbox: Any) -> None:
    ended = run("export", "customers", "--out", "a.csv", "--encoding", "ascii", code=2)
    assert "utf-8-sig" in ended.stderr
    assert not Path("a.csv").exists()
    run("export", "customers", "--out", "a.csv")
    assert len(Path("a.csv").read_text().splitlines()) == 61
