"""`flow-retail export` of records that nobody foresaw: each is kept or reported, and costs no other."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from odd_api import serve, serve_list
from terminal import Run

from flow_retail_cli import export_run
from flow_retail_client.models import Customer
from flow_retail_records.exact_json import decode
from flow_retail_sandbox import Fault


def record(uid: str, **more: Any) -> bytes:
    return orjson.dumps({"customerUid": uid, "customerType": "PERSON", **more})


def deep(levels: int) -> bytes:
    return b'{"customerUid":"deep","customerType":"PERSON","tomorrow":%s}' % (
        b'{"a":' * levels + b"1" + b"}" * levels
    )


def people(*more: bytes) -> list[bytes]:
    return [*(record(f"p-{number}") for number in range(15)), *more, *(record(f"q-{n}") for n in range(5))]


@pytest.mark.parametrize("levels", [100, 254, 300, 900])
@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_a_field_that_is_nested_deeply_is_kept_in_every_format(
    run: Run, monkeypatch: pytest.MonkeyPatch, levels: int, ending: str
) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet")
    serve_list(monkeypatch, people(deep(levels)))
    found = run("export", "customers", "--out", f"a.{ending}", "--json").json
    assert (found["records"], found["unwritten"]) == (21, 0)
    if ending == "ndjson":
        line = Path("a.ndjson").read_bytes().splitlines()[15]
        assert decode(line) == decode(deep(levels))
    elif ending == "csv":
        row = list(csv.DictReader(io.StringIO(Path("a.csv").read_text())))[15]
        assert row["additionalProperties"].count("{") == levels + 1
    else:
        from flow_retail_cli.files.parquet import ParquetSource

        data = list(ParquetSource(Path("a.parquet")).rows())[15].data
        assert data == decode(deep(levels))


def test_a_deep_record_does_not_stop_the_next_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    items = people(deep(300))
    serve_list(monkeypatch, items)
    original = export_run.ExportRun._write

    def fail(self: Any, page: Any) -> None:
        if page.page_number == 2:
            raise OSError(28, "No space left on device")
        original(self, page)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_run.ExportRun, "_write", fail)
        run("export", "customers", "--out", "a.csv", code=1)
    assert "Resuming after 20 records" in run("export", "customers", "--out", "a.csv").stderr
    assert len(Path("a.csv").read_text().splitlines()) == 22


class BrokenError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [BrokenError("secret"), RecursionError(), TypeError("secret"), ValueError("secret")]
)
@pytest.mark.parametrize("ending", ["ndjson", "csv", "-"])
def test_whatever_a_record_raises_is_reported_and_costs_no_other(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, ending: str
) -> None:
    original = Customer.to_dict

    def fail(self: Any) -> Any:
        if self.customer_uid == "bad":
            raise error
        return original(self)

    monkeypatch.setattr(Customer, "to_dict", fail)
    serve_list(monkeypatch, people(record("bad")))
    out = "-" if ending == "-" else f"a.{ending}"
    ended = run("export", "customers", "--out", out, code=1)
    assert f"1 record could not be written: bad ({type(error).__name__})." in ended.stderr
    assert "secret" not in ended.stderr
    written = ended.stdout if ending == "-" else Path(out).read_text()
    assert written.count("p-") + written.count("q-") == 20
    assert "bad" not in written
    assert [path.name for path in Path().iterdir()] == ([] if ending == "-" else [out])


def test_a_record_that_a_writer_refuses_is_reported_and_costs_no_other(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow.parquet")
    from flow_retail_cli.files import csv as csv_files
    from flow_retail_records.arrow import ArrowRows

    to_cells, row = csv_files.to_cells, ArrowRows._row

    def refuse(found: Any) -> None:
        if found["customerUid"] == "bad":
            raise BrokenError

    monkeypatch.setattr(
        csv_files, "to_cells", lambda found, columns: (refuse(found), to_cells(found, columns))[1]
    )
    monkeypatch.setattr(ArrowRows, "_row", lambda self, found: (refuse(found), row(self, found))[1])
    serve_list(monkeypatch, people(record("bad")))
    for name in ("a.csv", "a.parquet"):
        ended = run("export", "customers", "--out", name, "--json", code=1)
        assert "1 record could not be written: bad (BrokenError)." in ended.stderr
        assert (ended.json["records"], ended.json["unwritten"]) == (20, 1)


def test_what_an_earlier_run_could_not_write_is_reported_in_the_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, write = Customer.to_dict, export_run.ExportRun._write

    def fail(self: Any) -> Any:
        if self.customer_uid == "bad":
            raise BrokenError
        return original(self)

    def stop(self: Any, page: Any) -> None:
        if page.page_number == 2:
            raise OSError(28, "No space left on device")
        write(self, page)

    monkeypatch.setattr(Customer, "to_dict", fail)
    serve_list(monkeypatch, [record("bad"), *people()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_run.ExportRun, "_write", stop)
        run("export", "customers", "--out", "a.ndjson", code=1)
    ended = run("export", "customers", "--out", "a.ndjson", "--json", code=1)
    assert "1 record could not be written: bad" in ended.stderr
    assert ended.json["records"] == 20


@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_what_is_no_object_in_a_list_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet")
    serve_list(monkeypatch, people(b"5", b'"text"', b"[1]", b"null"))
    found = run("export", "customers", "--out", f"a.{ending}", "--json").json
    assert found["records"] == 24
    if ending == "ndjson":
        assert Path("a.ndjson").read_bytes().splitlines()[15:19] == [b"5", b'"text"', b"[1]", b"null"]


@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_halves_of_characters_and_large_integers_are_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """As records hold them once the client reads such pages: here they are put in by hand."""
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet")
    original = Customer.to_dict
    odd = {"city": "Bod\ud83d", "paymentTerms": 10**30, "novel": ["\ude00", 2**70]}
    monkeypatch.setattr(Customer, "to_dict", lambda self: {**original(self), **odd})
    serve_list(monkeypatch, people())
    run("export", "customers", "--out", f"a.{ending}")
    if ending == "ndjson":
        rows = [decode(line) for line in Path("a.ndjson").read_bytes().splitlines()]
    elif ending == "csv":
        from flow_retail_cli.files.csv import CsvSource

        source = CsvSource(Path("a.csv"), Customer, None, delimiter=None, encoding=None, ignore_unknown=False)
        source.scan()
        rows = [row.data for row in source.rows()]
    else:
        from flow_retail_cli.files.parquet import ParquetSource

        rows = [row.data for row in ParquetSource(Path("a.parquet")).rows()]
    assert len(rows) == 20
    assert all(odd.items() <= (row or {}).items() for row in rows)


@pytest.mark.parametrize("out", ["a.ndjson", "a.csv", "-"])
def test_records_that_the_server_counts_and_does_not_return_are_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    serve_list(monkeypatch, people(), total=40)
    ended = run("export", "customers", "--out", out, "--json", code=1)
    assert "The list is not complete: 20 records that the server counts did not come." in ended.stderr
    if out != "-":
        assert (ended.json["records"], ended.json["missing"]) == (20, 20)
        assert Path(out).exists()


def test_a_search_reports_what_it_could_not_write(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any) -> Any:
        raise BrokenError

    monkeypatch.setattr(Customer, "to_dict", fail)
    serve(
        monkeypatch,
        lambda _: httpx.Response(
            200,
            content=b'{"items":[%s],"paging":{"pageNumber":0,"pageSize":10,"totalCount":1}}' % record("bad"),
        ),
    )
    ended = run("search", "customers", "x", "-o", "ndjson", code=1)
    assert "1 record could not be written: bad (BrokenError)." in ended.stderr
    assert json.dumps(ended.stdout) == '""'


@pytest.mark.parametrize("out", ["a.ndjson", "-"])
def test_values_that_differ_from_the_description_are_counted(run: Run, sandbox: Any, out: str) -> None:
    sandbox.faults.add(Fault("unknown_enum", operation="customers.list", count=3))
    ended = run("export", "customers", "--out", out, "--page-size", "10")
    expected = "Differs from the API's description: $.items[*].customerType is an unknown enum value (3)."
    assert expected in ended.stderr
