"""`flow-retail get` and `flow-retail search`."""

import json
from typing import Any

import pytest
from terminal import Run


def test_get_shows_the_fields_that_hold_something(run: Run, sandbox: Any) -> None:
    ended = run("get", "customers", "customer-00001")
    record = sandbox.sandbox.customer("customer-00001")
    assert record["displayName"] in ended.stdout
    assert "credit.limit" in ended.stdout
    assert "vatNumber" not in ended.stdout


def test_get_as_json_is_the_whole_record(run: Run, sandbox: Any) -> None:
    found = run("get", "customers", "customer-00001", "--output", "json").json
    assert found.keys() == sandbox.sandbox.customer("customer-00001").keys()
    assert run("get", "customer-groups", "group-vip", "--output", "json").json["name"] == "Gullkunder"


def test_search_shows_what_identifies_records(run: Run, sandbox: Any) -> None:
    ended = run("search", "customers", "a", "--limit", "3")
    assert "customerUid" in ended.stdout.splitlines()[2]
    assert "displayName" in ended.stdout
    assert ended.stdout.count("customer-000") == 3
    assert "These are the first 3" in ended.stderr
    assert "firstname" not in ended.stdout


def test_search_as_ndjson_is_a_line_for_every_record(run: Run, sandbox: Any) -> None:
    lines = run("search", "customers", "", "--output", "ndjson").stdout.splitlines()
    assert len(lines) == 60
    assert json.loads(lines[0])["customerUid"].startswith("customer-")
    assert len(run("search", "customers", "", "-o", "ndjson", "--limit", "7").stdout.splitlines()) == 7
    newest = run("search", "customers", "", "-o", "ndjson", "--limit", "1", "--param", "sort_direction=DESC",
                 "--param", "sort_by=createdAt").json  # fmt: skip
    assert newest["customerUid"] == "customer-00060"


def test_a_search_without_result_says_so_on_standard_error(run: Run, sandbox: Any) -> None:
    ended = run("search", "customer-contacts", "nobody is called so")
    assert (ended.stdout, ended.stderr) == ("", "Nothing was found.\n")


def test_columns_without_a_display_name_are_the_names(run: Run) -> None:
    from flow_retail_cli.record_output import _columns_to_show

    assert _columns_to_show(
        ["city", "lastname", "uid", "empty", "a.b"], [["x", "y", "z", "", "w"]], "uid"
    ) == [
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["get", "customers", "nobody"], 1, "404 CUSTOMER_NOT_FOUND"),
        (["get", "customers", "../x"], 2, "customerUid"),
        (["get", "customers", "a", "b"], 2, "flow-retail get customers CUSTOMER_UID"),
        (["get", "robots", "a"], 2, "customers, customer-contacts, customer-groups"),
        (["search", "customer-groups", "a"], 2, "can't be searched"),
        (["search", "customers", "a", "--param", "x=y"], 2, "There is no --param x"),
    ],
)
def test_mistakes_name_the_way_out(
    run: Run, sandbox: Any, arguments: list[str], code: int, expected: str
) -> None:
    ended = run(*arguments, code=code)
    assert expected in ended.stderr
    assert "Next: " in ended.stderr
    assert ended.stdout == ""
