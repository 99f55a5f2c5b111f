"""Reports: a line of each partition, and their sums."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from flow_retail_spark import ReadReport, WriteReport, read_reports, write_reports
from flow_retail_spark.partitions import divide
from flow_retail_spark.range_reader import RangeCounts
from flow_retail_spark.reports import save_read_report, save_write_report
from flow_retail_spark.storage import Folder

COMPLETE = ReadReport(
    run="r",
    partitions=2,
    finished=2,
    records=20,
    pages=4,
    planned_total=20,
    last_total=20,
    totals_differ=False,
    repeated=0,
    earlier_pages=0,
    further_pages=0,
    unverified_boundaries=0,
    deviations={},
)


def test_partitions_are_summed_and_the_last_total_is_that_of_the_last_to_end(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    parts = divide(run="r", total=20, base=0, page_size=5, asked_size=5, pages_per_partition=2)
    seen = RangeCounts(
        pages=2, records=10, repeated=1, earlier_pages=2, further_pages=3, unverified_boundaries=4
    )
    first = evolve(seen, first_total=20, last_total=22)
    save_read_report(folder, parts[0], first, 5.0, {"$.items[].a: missing": 2})
    last = evolve(seen, first_total=20, last_total=21)
    save_read_report(folder, parts[1], last, 4.0, {"$.items[].a: missing": 1, "$.items[].b: missing": 1})
    assert read_reports(str(tmp_path)) == [
        evolve(
            COMPLETE,
            last_total=22,
            totals_differ=True,
            repeated=2,
            earlier_pages=4,
            further_pages=6,
            unverified_boundaries=8,
            deviations={"$.items[].a: missing": 3, "$.items[].b: missing": 1},
        )
    ]


def test_those_of_several_reads_are_reported_apart_in_the_order_in_which_they_ended(tmp_path: Path) -> None:
    for run, ended in (("b", 1.0), ("a", 2.0)):
        (part,) = divide(run=run, total=None, base=None, page_size=None, asked_size=5, pages_per_partition=2)
        save_read_report(Folder(str(tmp_path)), part, RangeCounts(records=3), ended, {})
    (tmp_path / "other.json").write_text("no report")
    (tmp_path / "_read-c.json.draft").write_text("half a rep")
    first, second = read_reports(str(tmp_path))
    assert (first.run, second.run) == ("b", "a")
    assert (first.last_total, first.totals_differ, first.complete) == (None, False, True)


@pytest.mark.parametrize(
    ("change", "complete"),
    [
        ({}, True),
        ({"finished": 1}, False),
        ({"totals_differ": True}, False),
        ({"records": 19}, False),
        ({"repeated": 1}, False),
        ({"unverified_boundaries": 1}, False),
        ({"planned_total": None, "last_total": None}, True),
    ],
)
def test_a_read_is_complete_if_all_have_reported_and_nothing_moved(
    change: dict[str, Any], complete: bool
) -> None:
    assert evolve(COMPLETE, **change).complete is complete


def test_reports_of_writes_come_back_as_they_were_left(tmp_path: Path) -> None:
    report = WriteReport(run="w", rows=6, succeeded=1, failed=2, unknown=3, finished=False)
    save_write_report(Folder(str(tmp_path)), report)
    assert write_reports(str(tmp_path)) == [report]
    assert read_reports(str(tmp_path)) == []


def test_where_nothing_was_reported_there_is_nothing(tmp_path: Path) -> None:
    assert read_reports(str(tmp_path / "none")) == []
    assert write_reports(str(tmp_path / "none")) == []
