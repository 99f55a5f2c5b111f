"""`--output` and `--fields`: the same records in every format."""

import csv
import io
import json
from typing import Any

import orjson
import pytest
from odd_api import serve_list
from terminal import Run

FORMATS = ("table", "json", "ndjson", "csv")


@pytest.mark.parametrize("command", [("list", "customers"), ("search", "customers", "")])
def test_every_format_has_the_same_records(run: Run, sandbox: Any, command: tuple[str, ...]) -> None:
    shown = {name: run(*command, "--limit", "7", "--output", name).stdout for name in FORMATS}
    records = json.loads(shown["json"])
    assert [json.loads(line) for line in shown["ndjson"].splitlines()] == records
    rows = list(csv.DictReader(io.StringIO(shown["csv"], newline="")))
    assert [row["customerUid"] for row in rows] == [record["customerUid"] for record in records]
    assert all(record["customerUid"] in shown["table"] for record in records)
    assert len(records) == 7


def test_a_table_has_50_records_and_other_formats_all(run: Run, sandbox: Any) -> None:
    ended = run("list", "customers")
    assert ended.stdout.count("customer-000") == 50
    assert "These are the first 50; --limit shows more, --output ndjson all of them." in ended.stderr
    for name in ("json", "ndjson", "csv"):
        ended = run("list", "customers", "-o", name)
        rows = list(csv.reader(io.StringIO(ended.stdout, newline="")))[1:]
        assert (len(rows) if name == "csv" else ended.stdout.count('"customerUid":')) == 60
        assert ended.stderr == ""


def test_a_limit_that_is_the_number_of_records_says_nothing_of_more(run: Run, sandbox: Any) -> None:
    assert run("list", "customers", "--limit", "60").stderr == ""
    assert run("list", "customers", "--limit", "59").stderr != ""


def test_a_record_can_be_read_in_every_format(run: Run, sandbox: Any) -> None:
    command = ("get", "customer-groups", "group-vip")
    record = run(*command, "-o", "json").json
    assert json.loads(run(*command, "-o", "ndjson").stdout) == record
    (row,) = csv.DictReader(io.StringIO(run(*command, "-o", "csv").stdout, newline=""))
    assert row["customerGroupUid"] == record["customerGroupUid"] == "group-vip"
    assert record["name"] in run(*command).stdout


def test_an_empty_list_is_valid_in_every_format(run: Run, sandbox: Any) -> None:
    command = ("search", "customer-contacts", "nobody is called so")
    assert run(*command, "-o", "json").json == []
    assert run(*command, "-o", "ndjson").stdout == ""
    assert len(run(*command, "-o", "csv").stdout.splitlines()) == 1
    assert run(*command).stderr == "Nothing was found.\n"


@pytest.mark.parametrize("name", FORMATS)
def test_fields_can_be_chosen_in_their_order(run: Run, sandbox: Any, name: str) -> None:
    fields = "credit.limit,customerUid,customerGroupUids"
    shown = run("list", "customers", "--fields", fields, "-o", name, "--limit", "5").stdout
    first = sandbox.sandbox.customer("customer-00001")
    wanted = {
        "credit": {"limit": first["credit"]["limit"]},
        "customerUid": "customer-00001",
        "customerGroupUids": first["customerGroupUids"],
    }
    if name == "table":
        header = shown.splitlines()[2]
        assert header.index("credit.limit") < header.index("customerUid") < header.index("customerGroupUids")
        assert "displayName" not in shown
    elif name == "csv":
        assert shown.splitlines()[0] == fields
    else:
        found = json.loads(shown)[0] if name == "json" else json.loads(shown.splitlines()[0])
        assert found == wanted
        assert list(found) == list(wanted)


@pytest.mark.parametrize("name", FORMATS)
def test_fields_of_one_record_can_be_chosen(run: Run, sandbox: Any, name: str) -> None:
    shown = run("get", "customers", "customer-00001", "--fields", "vatNumber, customerUid", "-o", name).stdout
    assert "customer-00001" in shown
    assert "displayName" not in shown
    if name == "table":
        assert "vatNumber" in shown


def test_positions_in_lists_can_be_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {"customerUid": "a", "customerGroupUids": ["x", "y"], "consents": "none", "credit": [1]}
    serve_list(monkeypatch, [orjson.dumps(record), b"5"])
    fields = "customerGroupUids.1,customerGroupUids.7,consents.0.status,credit.limit"
    shown = run("list", "customers", "--fields", fields, "-o", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in shown] == [{"customerGroupUids": ["y"]}, {}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("customerUid,dispayName", "There is no field 'dispayName'; did you mean displayName"),
        ("credit.limits", "inside objects with dots, such as credit.limit"),
        (" , ", "--fields names no field"),
    ],
)
def test_an_unknown_field_is_reported_before_any_request(
    run: Run, sandbox: Any, fields: str, expected: str
) -> None:
    for command in (("list", "customers"), ("get", "customers", "x"), ("search", "customers", "x")):
        assert expected in run(*command, "--fields", fields, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0


def test_an_unknown_format_is_reported_with_the_choices(run: Run, sandbox: Any) -> None:
    ended = run("list", "customers", "--output", "xml", code=2)
    for name in FORMATS:
        assert name in ended.stderr


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("sort_direction=up", "sort_direction can't be 'up'.\nNext: Choose one of: ASC, DESC."),
        (
            "sort-by=created_at",
            "sort_by can't be 'created_at'; did you mean createdAt.\nNext: Choose one of: ",
        ),
        ("sort_by=colour", "lastModifiedAt"),
        ("sort_by=\udcff", "--param sort_by holds bytes that are not text"),
    ],
)
def test_a_wrong_value_of_a_list_is_reported_with_the_choices(
    run: Run, sandbox: Any, param: str, expected: str
) -> None:
    for command in (
        ("list", "customers"),
        ("search", "customers", "a"),
        ("export", "customers", "--out", "a.csv"),
    ):
        assert expected in run(*command, "--param", param, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0


def test_choices_are_found_in_any_case(run: Run, sandbox: Any) -> None:
    arguments = ("--param", "sort_by=customerUid", "--param", "sort_direction=desc", "--limit", "1")
    assert run("list", "customers", *arguments, "-o", "json").json[0]["customerUid"] == "customer-00060"


def test_a_query_that_is_not_text_is_reported(run: Run, sandbox: Any) -> None:
    assert "The query holds bytes that are not text" in run("search", "customers", "\udcff", code=2).stderr


def test_a_record_nested_deeply_is_shown_in_every_format(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b'{"customerUid":"a","customerType":"PERSON","x":' + b"[" * 400 + b"]" * 400 + b"}"
    serve_list(monkeypatch, [deep])
    for name in FORMATS:
        assert run("list", "customers", "-o", name).stdout
