"""Rejects as Parquet, staged."""

from pathlib import Path

import pyarrow.parquet as pq

from flow_retail_spark.rejects import SCHEMA, RejectFile, write_none
from flow_retail_spark.storage import Folder

REJECT = {
    "uid": "c-1",
    "status": "failed",
    "code": "NO_WAY",
    "reason": "so",
    "attempts": 1,
    "input": "{}",
    "run": "r",
}


def test_without_a_folder_they_are_only_counted_by_others() -> None:
    rejects = RejectFile(None, "_a.parquet")
    rejects.add(REJECT)
    assert rejects.close() is None


def test_without_a_reject_there_is_no_file(tmp_path: Path) -> None:
    assert RejectFile(Folder(str(tmp_path)), "_a.parquet").close() is None
    assert list(tmp_path.iterdir()) == []


def test_more_than_fit_into_memory_at_once_are_all_kept(tmp_path: Path) -> None:
    rejects = RejectFile(Folder(str(tmp_path)), "_a.parquet")
    for number in range(2500):
        rejects.add({**REJECT, "uid": f"c-{number}"})
    assert rejects.close() == "_a.parquet"
    found = pq.read_table(tmp_path / "_a.parquet")
    assert found.schema.equals(SCHEMA)
    assert found.column("uid").to_pylist() == [f"c-{number}" for number in range(2500)]


def test_a_round_number_of_them_is_kept_as_well(tmp_path: Path) -> None:
    rejects = RejectFile(Folder(str(tmp_path)), "_a.parquet")
    for _ in range(2000):
        rejects.add(REJECT)
    rejects.close()
    assert pq.read_table(tmp_path / "_a.parquet").num_rows == 2000


def test_a_file_without_any_has_their_columns(tmp_path: Path) -> None:
    write_none(Folder(str(tmp_path)), "none.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["none.parquet"]
    found = pq.read_table(tmp_path / "none.parquet")
    assert (found.schema, found.num_rows) == (SCHEMA, 0)
