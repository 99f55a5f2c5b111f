"""Files as people and spreadsheets make them, and that nothing is lost on the way through one."""

import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import define
from terminal import IMPORT, Run, records, stored, uids

from flow_retail_core.models.decoders import ANYTHING, NUMBER
from flow_retail_core.models.enums import OpenIntEnum, member
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_core.unset import UNSET, Unset

WRITABLE = ("customerType", "firstname", "lastname", "companyName", "email", "mobile", "city", "vatNumber",
            "customerGroupUids", "defaultStore", "paymentTerms", "accountManager", "ehf", "customerParentUid",
            "loyaltyId", "externalId", "ledgerNumber")  # fmt: skip


def csv_file(text: str, encoding: str = "utf-8") -> None:
    Path("a.csv").write_bytes(text.encode(encoding))


def none_refused(record: Any, error: Exception) -> None:
    raise error


def upsert(run: Run, *arguments: str, code: int = 0, path: str = "a.csv") -> Any:
    return run(*IMPORT, path, "--mode", "upsert", *arguments, code=code)


@pytest.mark.parametrize("ending", ["ndjson", "jsonl", "csv", "parquet"])
def test_an_export_can_be_imported_and_returns_the_same_records(run: Run, sandbox: Any, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet")
    run("export", "customers", "--out", f"all.{ending}")
    before = {uid: sandbox.sandbox.customer(uid) for uid in [f"customer-{n:05d}" for n in range(1, 61)]}
    for uid in before:
        sandbox.sandbox.delete("customers", uid)
    # Some name others as their parents, which must be there first.
    ended = run(*IMPORT, f"all.{ending}", "--mode", "create", "--concurrency", "1")
    assert "Left out, because the API sets them itself: accountManager.displayName" in ended.stderr
    for uid, record in before.items():
        now = sandbox.sandbox.customer(uid)
        assert {name: now[name] for name in WRITABLE} == {name: record[name] for name in WRITABLE}
        assert [consent["status"] for consent in now["consents"]] == [c["status"] for c in record["consents"]]
    assert stored(sandbox) == 60


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiter_bom_quotes_and_line_breaks_are_understood(
    run: Run, sandbox: Any, delimiter: str, encoding: str
) -> None:
    d = delimiter
    csv_file(
        f"customerUid{d}customerType{d}firstname{d}internalNote{d}\r\n"
        f'a-1{d}person{d}"Åse ""Ø"" Bø"{d}"en{d}\r\nto"{d}\r\n'
        f"\r\n{d}{d}{d}{d}\r\n",
        encoding,
    )
    upsert(run)
    found = sandbox.sandbox.customer("a-1")
    assert (found["firstname"], found["internalNote"]) == ('Åse "Ø" Bø', f"en{d}\r\nto")


def test_a_delimiter_can_be_given(run: Run, sandbox: Any) -> None:
    csv_file("customerUid\tcustomerType\na-1\tPERSON\n")
    upsert(run, "--delimiter", "tab")
    assert sandbox.sandbox.customer("a-1")


def test_another_encoding_is_reported_with_its_remedy(run: Run, sandbox: Any) -> None:
    csv_file("customerUid;customerType;firstname\na-1;PERSON;Kari\na-2;PERSON;Åse\n", "cp1252")
    ended = upsert(run, code=2)
    assert "a.csv is not UTF-8: line 3 holds a character that can't be read" in ended.stderr
    assert "--encoding: cp1252" in ended.stderr
    upsert(run, "--encoding", "cp1252")
    assert sandbox.sandbox.customer("a-2")["firstname"] == "Åse"
    csv_file("customerUid;customerType\na-3;PERSON\n", "utf-16")
    assert "--encoding utf-16" in upsert(run, code=2).stderr
    upsert(run, "--encoding", "utf-16")
    assert sandbox.sandbox.customer("a-3")


def test_a_file_that_ends_inside_a_character_was_cut(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_bytes(b"customerUid;customerType\na-1;PERSON\xc3")
    assert "was cut short" in upsert(run, code=2).stderr


def test_every_type_of_value_can_be_written_in_a_cell(run: Run, sandbox: Any) -> None:
    csv_file(
        "customerUid;customerType;paymentTerms;ehfEnabled;credit.limit;customerGroupUids.1;customerGroupUids.0;"
        "accountManager;consents;city;internalNote;origin\n"
        'a-1;b2b;30,0;JA;1500;group-vip;group-staff;"{""tenantUserUid"":""user-1""}";'
        '"[{""consentUid"":""c"",""status"":true,""source"":""x""}]";\\E;\\\\N;\\E\n'
    )
    upsert(run)
    found = sandbox.sandbox.customer("a-1")
    assert found["customerType"] == "B2B"
    assert (found["paymentTerms"], found["ehfEnabled"], found["credit"]["limit"]) == (30, True, 1500)
    assert found["customerGroupUids"] == ["group-staff", "group-vip"]
    assert found["accountManager"]["tenantUserUid"] == "user-1"
    assert found["consents"][0]["status"] is True
    assert (found["city"], found["internalNote"]) == ("", "\\N")


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("paymentTerms", "ten", "column paymentTerms: can't be read; write a whole number, digits only"),
        ("paymentTerms", "1.5", "write a whole number"),
        ("ehfEnabled", "perhaps", "write true or false"),
        ("customerGroupUids", "a,b", "write a JSON array, or use one column per item"),
        ("customerGroupUids", '"{""a"":1}"', "column customerGroupUids: is not an array; write a JSON array"),
        ("customerGroupUids.0", r"\N", "column customerGroupUids.0: is null; write a text"),
        ("credit", "much", "write a JSON object, or use one column per field"),
        ("city", r"\N", "column city: is null; write a text"),
        ("additionalProperties", "x", "column additionalProperties: can't be read; write a JSON object"),
        (
            "additionalProperties",
            '"{""cty"":1}"',
            "column cty: the API knows no such field; did you mean city?",
        ),
        ("", "x", "under a column without a name"),
    ],
)
def test_a_cell_that_can_t_be_read_is_reported_with_its_location_and_remedy(
    run: Run, sandbox: Any, column: str, cell: str, expected: str
) -> None:
    csv_file(f"customerUid;customerType;{column}\na-1;PERSON;{cell}\na-2;PERSON;\n")
    ended = upsert(run, code=1)
    assert "a.csv, line 2: " in ended.stderr
    assert expected in ended.stderr
    assert sandbox.sandbox.customer("a-1") is None
    assert sandbox.sandbox.customer("a-2") is not None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "customerUid;customer_type;fistname",
            "'customer_type': did you mean customerType, 'fistname': did you mean firstname",
        ),
        ("customerUid;credit.limits", "columns that the API does not know: 'credit.limits'"),
        ("customerUid;credit.limit.x", "'credit.limit.x'"),
        ("customerUid;city;city", "has several columns for the same field: city"),
        ("customerUid;credit;credit.limit", "has several columns for the same field: credit.limit"),
        ("", "a.csv is empty"),
    ],
)
def test_columns_are_checked_before_anything_is_sent(
    run: Run, sandbox: Any, header: str, expected: str
) -> None:
    csv_file(f"{header}\n")
    assert expected in upsert(run, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0


def test_unknown_columns_can_be_left_out(run: Run, sandbox: Any) -> None:
    csv_file("customerUid;customerType;Notes\na-1;PERSON;x\n")
    upsert(run, "--ignore-unknown-columns")
    Path("a.ndjson").write_text('{"customerUid":"a-2","customerType":"PERSON","Notes":1}\n')
    assert "column Notes: the API knows no such field" in upsert(run, path="a.ndjson", code=1).stderr
    upsert(run, "--ignore-unknown-columns", path="a.ndjson")
    assert sandbox.sandbox.customer("a-2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('customerUid;customerType\n"a;PERSON\n', "can't be read as CSV from line 2 on"),
        ('customerUid;customerType\n"a"b;PERSON\n', "Check the double quotes"),
    ],
)
def test_broken_csv_is_reported_before_anything_is_sent(
    run: Run, sandbox: Any, text: str, expected: str
) -> None:
    csv_file(text)
    assert expected in upsert(run, code=2).stderr


def test_a_row_with_too_many_cells_is_a_reject(run: Run, sandbox: Any) -> None:
    csv_file("customerUid;customerType;city\na-1;PERSON;Bodø;Vardø\na-2;PERSON;Bodø;\na-3;PERSON\n")
    ended = upsert(run, code=1)
    assert "there are 4 cells under 3 columns; put cells that hold ';' in double quotes" in ended.stderr
    assert stored(sandbox) == 62


def test_rows_without_their_uid_can_t_be_updated_or_deleted(run: Run, sandbox: Any) -> None:
    csv_file("customerUid;customerType;city\n;PERSON;Bodø\n")
    ended = run(*IMPORT, "a.csv", "--mode", "delete", code=1)
    assert "column customerUid: is empty; there is nothing that could be deleted" in ended.stderr
    assert "could be updated" in run(*IMPORT, "a.csv", "--mode", "update", code=1).stderr


def test_a_row_that_is_too_large_for_a_request_is_a_reject(run: Run, sandbox: Any) -> None:
    rows = [
        {"customerUid": f"a-{n}", "customerType": "PERSON", "internalNote": "x" * n} for n in (1, 2_000_000)
    ]
    Path("a.ndjson").write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    assert "larger than a request may be" in upsert(run, path="a.ndjson", code=1).stderr
    assert sandbox.sandbox.customer("a-1")


def test_ndjson_lines_that_are_no_objects_are_rejects(run: Run, sandbox: Any) -> None:
    Path("a.ndjson").write_text('\ufeff{"customerUid":"a-1","customerType":"PERSON"}\n\n{"x\n[1]\n', "utf-8")
    ended = upsert(run, path="a.ndjson", code=1)
    assert "a.ndjson, line 3: not JSON" in ended.stderr
    assert "a.ndjson, line 4: not a JSON object" in ended.stderr
    kept = records("a.ndjson.rejects.ndjson")
    assert [row["text"] for row in kept] == ['{"x', "[1]"]
    assert kept[0]["_reject"]["location"] == "line 3"


def test_only_the_first_problems_are_shown(run: Run, sandbox: Any) -> None:
    csv_file("customerUid;customerType\n" + "".join(f"a-{n};\n" for n in range(50)))
    ended = upsert(run, code=1)
    assert ended.stderr.count("is missing") == 5
    assert upsert(run, "--dry-run", code=1).stderr.count("is missing") == 20


def test_fields_that_are_not_known_yet_survive_every_format(run: Run, sandbox: Any) -> None:
    """What the spec lacks, or says is something else, comes out as it went in."""
    pytest.importorskip("pyarrow.parquet")
    from flow_retail_cli.columns import columns_of
    from flow_retail_cli.files.csv import CsvSource, CsvWriter
    from flow_retail_cli.files.parquet import ParquetSource, write_parquet
    from flow_retail_client.models import Customer

    odd = {
        "customerUid": "a", "customerType": "PERSON", "tomorrow": {"deep": [1, None]},
        "credit": {"limit": 5, "currency": "NOK"}, "paymentTerms": "soon", "city": 7, "ehfEnabled": "yes",
        "createdAt": "2026-01-01T10:00:00.123456789Z", "lastModifiedAt": "2026-01-01T10:00:00",
        "relevance": 2**70 + 1, "contacts": [{"firstname": "Kari", "nickname": "K"}], "ehf": "none",
        "customerGroupUids": "group-vip", "extensions": [{"extensionCode": "X"}], "addresses": [5],
    }  # fmt: skip
    line = orjson.dumps({**odd, "relevance": 1.5})
    with Path("a.csv").open("wb") as file:
        columns = columns_of(Customer)
        writer = CsvWriter(file, columns, delimiter=",", encoding="utf-8", refuse=none_refused)
        writer.write([line])
        writer.close()
    source = CsvSource(Path("a.csv"), Customer, None, delimiter=None, encoding=None, ignore_unknown=False)
    source.scan()
    assert next(source.rows()).data == {**odd, "relevance": 1.5}
    with Path("a.parquet").open("wb") as file:
        write_parquet([line], file, Customer, refuse=none_refused)
    assert next(ParquetSource(Path("a.parquet")).rows()).data == {**odd, "relevance": 1.5}


def test_rows_are_let_go_of_as_they_are_resolved(run: Run, sandbox: Any) -> None:
    from flow_retail_cli.import_run import ImportRun

    most = 0
    original = ImportRun._take

    def watch(self: Any, row: Any, outcome: Any) -> None:
        nonlocal most
        most = max(most, len(self.in_flight))
        original(self, row, outcome)

    csv_file("customerUid;customerType\n" + "".join(f"a-{n};PERSON\n" for n in range(3000)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImportRun, "_take", watch)
        upsert(run, "--chunk-size", "50", "--concurrency", "2")
    assert stored(sandbox) == 3060
    assert most <= 50 * 6


class Level(OpenIntEnum):
    LOW = member(1)
    HIGH = member(2)


@define(kw_only=True, repr=False)
class Part(Model):
    part_uid: str
    level: Level | Unset = UNSET
    price: float | Unset = UNSET
    day: datetime.date | Unset = UNSET
    anything: Any | Unset = UNSET
    inside: "Part | Unset" = UNSET


def test_records_of_a_page_vendored_tomorrow_become_cells_by_the_same_rules() -> None:
    """Other records, with integer enums, numbers, dates and self-nesting."""
    from flow_retail_cli.columns import columns_of, from_cell, to_cells

    columns = columns_of(Part)
    assert [column.name for column in columns] == [field.name for field in fields_of(Part)]
    row = {
        "partUid": "p",
        "level": 2,
        "price": 1.5,
        "day": "2026-01-02",
        "anything": "x",
        "inside": {"partUid": "q"},
    }
    cells = to_cells(row, columns)
    read = {c.name: from_cell(cell, c.reader) for c, cell in zip(columns, cells, strict=False) if cell}
    assert read == row
    assert from_cell("1,5", NUMBER, decimal_comma=True) == 1.5
    assert from_cell("-3", NUMBER) == -3
    assert from_cell("plain", ANYTHING) == "plain"
    assert (
        to_cells({"level": True, "price": False, "day": 4}, columns)[-1]
        == '{"level":true,"price":false,"day":4}'
    )


def test_the_order_of_an_export_is_the_server_s(run: Run, sandbox: Any) -> None:
    run("export", "customers", "--out", "a.jsonl", "--page-size", "9", "--prefetch", "4")
    assert uids("a.jsonl") == [f"customer-{number:05d}" for number in range(1, 61)]
