"""Parquet files, of other programs too."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from terminal import IMPORT, Run, records


def none_refused(record: Any, error: Exception) -> None:
    raise error


def upsert(run: Run, *arguments: str, code: int = 0, path: str = "a.csv") -> Any:
    return run(*IMPORT, path, "--mode", "upsert", *arguments, code=code)


def test_parquet_of_other_programs_is_understood(run: Run, sandbox: Any) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    import datetime
    import decimal

    table = arrow.table(
        {
            "customerUid": ["a-1", "a-2", "a-3"],
            "customerType": ["PERSON", "PERSON", "ROBOT"],
            "paymentTerms": [decimal.Decimal(14), None, None],
            "city": ["Bodø", None, None],
        }
    )
    parquet.write_table(table, "a.parquet")
    ended = upsert(run, path="a.parquet", code=1)
    assert "a.parquet, row 3: column customerType" in ended.stderr
    assert sandbox.sandbox.customer("a-1")["paymentTerms"] == 14
    assert records("a.parquet.rejects.ndjson")[0]["customerUid"] == "a-3"
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    columns = {"createdAt": [moment], "additionalProperties": ["5"], "paymentTerms": [decimal.Decimal("1.5")]}
    parquet.write_table(arrow.table(columns), "b.parquet")
    assert "write a JSON object, or nothing" in upsert(run, path="b.parquet", code=1).stderr


def test_a_file_that_is_no_parquet_is_reported(run: Run, sandbox: Any) -> None:
    pytest.importorskip("pyarrow.parquet")
    Path("a.parquet").write_text("customerUid")
    assert "can't be read as Parquet" in upsert(run, path="a.parquet", code=2).stderr


def test_without_pyarrow_the_extra_is_named(run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    Path("a.parquet").write_text("x")
    assert "flow-retail-client[cli,parquet]" in upsert(run, path="a.parquet", code=2).stderr
    assert (
        "pyarrow, which is not installed" in run("export", "customers", "--out", "b.parquet", code=2).stderr
    )
    assert sandbox.sandbox.requests.count() == 0


def test_values_that_parquet_can_t_hold_exactly_are_kept_aside() -> None:
    pytest.importorskip("pyarrow.parquet")
    from flow_retail_cli.files.parquet import ParquetSource, write_parquet
    from flow_retail_client.models import Customer

    row = {"paymentTerms": 2**70, "createdAt": "never", "customerType": "PERSON", "lastModifiedAt": 5,
           "credit": {"limit": True}}  # fmt: skip
    with Path("a.parquet").open("wb") as file:
        write_parquet([orjson.dumps({**row, "paymentTerms": 2**63})], file, Customer, refuse=none_refused)
    assert next(ParquetSource(Path("a.parquet")).rows()).data == {**row, "paymentTerms": 2**63}
