"""`flow-retail import` of rows that can't be read, or can't be sent: each costs itself alone."""

import datetime
import decimal
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import pytest
from terminal import IMPORT, Run, records, reject_rows, stored

from flow_retail_sandbox import Fault

PEOPLE = [f"good-{number}" for number in range(4)]


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def row(more: str) -> bytes:
    return b'{"customerUid":"bad","customerType":"PERSON",%s}' % more.encode()


LINES: dict[str, tuple[bytes, str]] = {
    "an integer of 30 digits": (
        row('"paymentTerms":' + "9" * 30),
        "paymentTerms: is a whole number of more than",
    ),
    "an integer of 5,000 digits": (row('"paymentTerms":' + "9" * 5000), "not JSON"),
    "a negative one": (
        row('"paymentTerms":-9223372036854775809'),
        "paymentTerms: is a whole number of more than",
    ),
    "a fraction": (row('"paymentTerms":1.5'), "paymentTerms: is not an integer"),
    "an infinite number": (row('"paymentTerms":1e999'), "not JSON"),
    "NaN": (row('"paymentTerms":NaN'), "not JSON"),
    "Infinity": (row('"paymentTerms":-Infinity'), "not JSON"),
    "nested 300 deep": (row('"credit":' + deep(300)), "credit.a: the API knows no such field"),
    "nested 300 deep in a list": (row('"consents":' + "[" * 300 + "]" * 300), "consents"),
    "nested 900 deep": (row('"consents":' + "[" * 900 + "]" * 900), "consents"),
    "nested 2,000 deep": (row('"consents":' + "[" * 2000 + "]" * 2000), "a.ndjson, line 3: "),
    "nested without an end": (b"[" * 100_000, "not JSON"),
    "half an emoji": (row('"city":"\\ud83d"'), "city: holds half of a character"),
    "half an emoji in a name": (row('"\\ud83d":1'), "the API knows no such field"),
    "a byte that is no UTF-8": (b'{"customerUid":"\xff"}', "not JSON"),
    "UTF-16": ('{"customerUid":"å"}'.encode("utf-16-le").replace(b"\n", b""), "not JSON"),
    "NUL": (b"\0", "not JSON"),
    "a number": (b"5", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "a text": (b'"x"', "not a JSON object"),
    "the wrong types": (b'{"customerUid":[],"customerType":"PERSON"}', "customerUid: is not a string"),
    "a boolean as number": (row('"paymentTerms":true'), "paymentTerms: is not an integer"),
    "two megabytes": (row('"internalNote":"' + "x" * 2_000_000 + '"'), "larger than a request may be"),
}


def check(run: Run, sandbox: Any, name: str, rows: int, reason: str, *, bad: int = 1) -> Any:
    """Import a file; whatever its rows are, the sums add up, and what is good is there."""
    before = stored(sandbox)
    ended = run(*IMPORT, name, "--mode", "upsert", "--chunk-size", "2", "--json", code=1)
    found = ended.json
    assert found["rows"] == rows
    assert (found["succeeded"], found["failed"], found["unknown"]) == (rows - bad, bad, 0)
    assert stored(sandbox) - before == rows - bad
    assert reason in ended.stderr
    assert not Path(f"{name}.checkpoint").exists()
    again = run(*IMPORT, name, "--mode", "upsert", "--dry-run", "--json", code=1).json
    assert again == {"rows": rows, "problems": bad, "sent": False}
    return found


def surround(bad: list[bytes]) -> bytes:
    good = [orjson.dumps({"customerUid": uid, "customerType": "PERSON"}) for uid in PEOPLE]
    return b"\n".join([*good[:2], *bad, *good[2:]]) + b"\n"


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_ndjson_that_can_t_be_sent_costs_itself_alone(run: Run, sandbox: Any, name: str) -> None:
    line, reason = LINES[name]
    Path("a.ndjson").write_bytes(surround([line]))
    check(run, sandbox, "a.ndjson", 5, reason)
    kept = Path("a.ndjson.rejects.ndjson").read_bytes().decode()
    assert len(kept.splitlines()) == 1
    assert kept.startswith('{"_reject":{"location":"line 3","code":"INVALID_ROW","message":"')


def test_a_row_that_can_t_be_sent_stands_among_the_rejects_exactly(run: Run, sandbox: Any) -> None:
    bad = [
        row('"paymentTerms":' + "9" * 30),
        row('"city":"\\ud83d"'),
        row('"consents":' + "[" * 300 + "]" * 300),
    ]
    Path("a.ndjson").write_bytes(surround(bad))
    check(run, sandbox, "a.ndjson", 7, "3 failed", bad=3)
    lines = Path("a.ndjson.rejects.ndjson").read_bytes().splitlines()
    for line, given in zip(lines, bad, strict=True):
        assert line.endswith(given[1:])


def test_the_reason_of_a_reject_is_the_newest(run: Run, sandbox: Any) -> None:
    Path("a.ndjson").write_bytes(surround([row('"paymentTerms":1.5,"_reject":{"code":"OLD"}')]))
    check(run, sandbox, "a.ndjson", 5, "")
    assert records("a.ndjson.rejects.ndjson")[0]["_reject"]["code"] == "INVALID_ROW"


def test_ndjson_that_is_utf_16_is_reported_whole(run: Run, sandbox: Any) -> None:
    Path("a.ndjson").write_bytes('{"customerUid":"a"}\n'.encode("utf-16"))
    assert "is UTF-16" in run(*IMPORT, "a.ndjson", "--mode", "upsert", code=2).stderr


def test_bad_rows_before_and_after_a_stop_are_reported_once(run: Run, sandbox: Any) -> None:
    line = LINES["an integer of 30 digits"][0]
    Path("a.ndjson").write_bytes(surround([line]) + surround([line]).replace(b"good", b"more"))
    sandbox.faults.add(Fault("status", status=403, operation="customers.batch", after=2, count=None))
    arguments = (
        *IMPORT,
        "a.ndjson",
        "--mode",
        "upsert",
        "--chunk-size",
        "2",
        "--concurrency",
        "1",
        "--json",
    )
    first = run(*arguments, code=1).json
    assert (
        first["succeeded"] + first["failed"] + first["unknown"] + first["not_sent"] + first["ambiguous"] == 10
    )
    sandbox.faults.clear()
    found = run(*arguments, code=1).json
    assert (found["succeeded"], found["failed"]) == (8, 2)
    assert len(records("a.ndjson.rejects.ndjson")) == 2


CELLS: dict[str, tuple[str, str, str]] = {
    "an integer of 30 digits": (
        "paymentTerms",
        "9" * 30,
        "paymentTerms: is a whole number of more than 64 bits",
    ),
    "an integer of 5,000 digits": ("paymentTerms", "9" * 5000, "write a whole number"),
    "an infinite number": ("paymentTerms", "1e999", "write a whole number"),
    "NaN": ("paymentTerms", "NaN", "write a whole number"),
    "a cell of two megabytes": ("internalNote", "x" * 2_000_000, "larger than a request may be"),
    "such a cell that is no number": ("paymentTerms", "x" * 2_000_000, "write a whole number"),
    "nested 300 deep": ("consents", "[" * 300 + "]" * 300, "consents"),
    "nested 2,000 deep": ("consents", "[" * 2000 + "]" * 2000, "consents"),
    "half an emoji in JSON": ("customerGroupUids", '"[""\\ud83d""]"', "holds half of a character"),
    "a deep leftover": (
        "additionalProperties",
        '"' + deep(300).replace('"', '""') + '"',
        "the API knows no such field",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_csv_that_can_t_be_sent_costs_its_row_alone(run: Run, sandbox: Any, name: str) -> None:
    column, cell, reason = CELLS[name]
    lines = [f"customerUid;customerType;{column}", *(f"{uid};PERSON;" for uid in PEOPLE)]
    lines.insert(3, f"bad;PERSON;{cell}")
    Path("a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    check(run, sandbox, "a.csv", 5, reason)
    assert [row["customerUid"] for row in reject_rows("a.csv.rejects.csv")] == ["bad"]


def test_nul_and_half_an_emoji_in_odd_encodings_cost_their_row_alone(run: Run, sandbox: Any) -> None:
    text = "customerUid;customerType;city\ngood;PERSON;Bod\\u00f8\nbad;PERSON;\\ud83d\n"
    Path("a.csv").write_text(text, encoding="ascii")
    ended = run(*IMPORT, "a.csv", "--mode", "upsert", "--encoding", "unicode_escape", "--json", code=1)
    assert (ended.json["succeeded"], ended.json["failed"]) == (1, 1)
    Path("b.csv").write_text("customerUid;customerType;city\nnul;PERSON;a\0b\n")
    found = run(*IMPORT, "b.csv", "--mode", "upsert", "--json", code=None).json
    assert found["succeeded"] + found["failed"] == found["rows"] == 1


@pytest.mark.parametrize("encoding", ["undefined", "hex", "no-such", "rot13"])
def test_an_encoding_that_is_none_of_texts_is_reported(run: Run, sandbox: Any, encoding: str) -> None:
    Path("a.csv").write_text("customerUid;customerType\na;PERSON\n")
    ended = run(*IMPORT, "a.csv", "--mode", "upsert", "--encoding", encoding, code=2)
    assert f"There is no encoding '{encoding}'" in ended.stderr


def test_a_column_whose_position_is_no_number_is_unknown(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_text(f"customerUid;customerGroupUids.{'9' * 5000}\na;x\n")
    assert "columns that the API does not know" in run(*IMPORT, "a.csv", "--mode", "upsert", code=2).stderr


def parquet_cases() -> dict[str, tuple[Any, str]]:
    arrow = pytest.importorskip("pyarrow")
    nanoseconds = arrow.timestamp("ns", tz="UTC")
    late = arrow.array([2**62], arrow.timestamp("us", tz="UTC"))
    text = arrow.array(["x", "y"], arrow.string())
    broken = arrow.StringArray.from_buffers(1, text.buffers()[1], arrow.py_buffer(b"\xff"))
    inside = arrow.array([{"a": 1}])
    for _ in range(20):
        inside = arrow.StructArray.from_arrays([inside], ["a"])
    return {
        "parts of a microsecond": (arrow.array([1_700_000_000_000_000_001], nanoseconds), "timestamp[ns"),
        "parts of a microsecond in a list": (arrow.array([[1]], arrow.list_(nanoseconds)), "list"),
        "beyond the year 9999": (late, "timestamp[us, tz=UTC] that can't be kept exactly"),
        "a day beyond it": (arrow.array([2**30], arrow.date32()), "date32"),
        "NaN": (arrow.array([float("nan")]), "is not a finite number"),
        "infinity": (arrow.array([float("inf")]), "is not a finite number"),
        "bytes": (arrow.array([b"\xff"]), "bytes has no JSON form"),
        "a duration": (arrow.array([datetime.timedelta(1)]), "timedelta has no JSON form"),
        "a fine decimal": (arrow.array([decimal.Decimal("0.12345678901234567890123")]), "more digits"),
        "a large decimal": (arrow.array([decimal.Decimal(10**30)]), "more than 64 bits"),
        "a map": (arrow.array([[("a", 1)]], arrow.map_(arrow.string(), arrow.int64())), "is not an integer"),
        "a text that is no UTF-8": (broken, "string that can't be kept exactly"),
        "a time zone that nobody knows": (
            arrow.array([[("a", 1)]], arrow.map_(arrow.string(), arrow.timestamp("us", tz="Mars/Base"))),
            "is not an integer",
        ),
        "nested 20 deep": (inside, "paymentTerms: is not an integer"),
    }


PARQUET = list(parquet_cases()) if find_spec("pyarrow") else []


@pytest.mark.parametrize("name", PARQUET)
def test_a_value_of_parquet_that_can_t_be_sent_costs_its_row_alone(run: Run, sandbox: Any, name: str) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    values, reason = parquet_cases()[name]
    none = arrow.nulls(2, values.type)
    column = arrow.chunked_array([none, values, none]).combine_chunks()
    table = arrow.table(
        {
            "customerUid": ["good-0", "good-1", "bad", "good-2", "good-3"],
            "customerType": ["PERSON"] * 5,
            "paymentTerms": column,
        }
    )
    parquet.write_table(table, "a.parquet", version="2.6")
    check(run, sandbox, "a.parquet", 5, reason)
    kept = records("a.parquet.rejects.ndjson")
    assert [row["customerUid"] for row in kept] == ["bad"]
    assert kept[0]["_reject"]["location"] == "row 3"


def test_a_time_that_is_too_fine_stands_among_the_rejects_exactly(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    at = arrow.array([1_700_000_000_123_456_789], arrow.timestamp("ns", tz="UTC"))
    parquet.write_table(arrow.table({"customerUid": ["a"], "createdAt": at}), "a.parquet", version="2.6")
    run(*IMPORT, "a.parquet", "--mode", "upsert", code=1)
    assert records("a.parquet.rejects.ndjson")[0]["createdAt"].startswith("2023-11-14 22:13:20.123456789")


def test_times_in_nanoseconds_that_are_whole_microseconds_are_taken(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    from flow_retail_cli.files.parquet import ParquetSource

    at = arrow.array([1_700_000_000_123_456_000, None], arrow.timestamp("ns", tz="Europe/Oslo"))
    parquet.write_table(arrow.table({"createdAt": at}), "a.parquet", version="2.6")
    found = [row.data for row in ParquetSource(Path("a.parquet")).rows()]
    assert found == [{"createdAt": "2023-11-14T22:13:20.123456+00:00"}, {}]


def test_a_leftover_of_parquet_that_is_nested_300_deep_costs_its_row_alone(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {
        "customerUid": [*PEOPLE, "bad"],
        "customerType": ["PERSON"] * 5,
        "additionalProperties": [None] * 4 + ['{"city":' + "[" * 300 + "]" * 300 + "}"],
    }
    parquet.write_table(arrow.table(columns), "a.parquet")
    check(run, sandbox, "a.parquet", 5, "city")


def test_damaged_pages_of_parquet_are_reported_before_anything_is_sent(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"customerUid": [f"a-{n}" for n in range(2000)], "customerType": ["PERSON"] * 2000})
    parquet.write_table(table, "a.parquet", row_group_size=500, compression="snappy", use_dictionary=False)
    raw = bytearray(Path("a.parquet").read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 400] = b"\xff" * 400
    Path("a.parquet").write_bytes(raw)
    assert "can't be read as Parquet" in run(*IMPORT, "a.parquet", "--mode", "upsert", code=2).stderr
    assert sandbox.sandbox.requests.count() == 0
    Path("b.parquet").write_bytes(b"PAR1" + struct.pack("<I", 5) + b"PAR1")
    assert "can't be read as Parquet" in run(*IMPORT, "b.parquet", "--mode", "upsert", code=2).stderr


def test_two_columns_of_one_name_in_parquet_are_reported(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = [arrow.array(["a"]), arrow.array(["PERSON"]), arrow.array(["b"])]
    table = arrow.Table.from_arrays(columns, ["customerUid", "customerType", "customerUid"])
    parquet.write_table(table, "a.parquet")
    ended = run(*IMPORT, "a.parquet", "--mode", "upsert", code=2)
    assert "has several columns for the same field: customerUid" in ended.stderr


@pytest.mark.parametrize(
    "error", [RuntimeError("secret"), RecursionError(), MemoryError("secret"), KeyError("secret")]
)
def test_whatever_a_row_raises_costs_it_alone_and_shows_no_value(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from flow_retail_client.models import CustomerCreate

    original = CustomerCreate.to_dict

    def fail(self: Any) -> Any:
        if self.customer_uid == "bad":
            raise error
        return original(self)

    monkeypatch.setattr(CustomerCreate, "to_dict", fail)
    Path("a.ndjson").write_bytes(surround([row('"city":"x"')]))
    found = run(*IMPORT, "a.ndjson", "--mode", "upsert", "--json", code=1)
    assert (found.json["succeeded"], found.json["failed"]) == (4, 1)
    assert "secret" not in found.stderr + Path("a.ndjson.rejects.ndjson").read_text()


@pytest.mark.parametrize("uid", ["a/b", "..", "å", "", "x" * 3000])
def test_a_uid_that_no_path_can_hold_stops_no_import(run: Run, sandbox: Any, uid: str) -> None:
    bad = orjson.dumps({"customerUid": uid, "customerType": "PERSON"})
    Path("a.ndjson").write_bytes(surround([bad]))
    for mode in ("create", "upsert", "update", "delete"):
        found = run(*IMPORT, "a.ndjson", "--mode", mode, "--json", code=None)
        assert found.code in {0, 1}, found.stderr
        assert found.json["succeeded"] + found.json["failed"] + found.json["unknown"] == 5
