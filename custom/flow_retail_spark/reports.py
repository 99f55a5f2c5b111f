"""Reports of reads and writes, saved as files.

A Spark data source can't return a report to the program, so tasks and driver save files under the option
`report_path`, one line of JSON each, which `spark.read.json` reads as well.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
from attrs import asdict, frozen

from flow_retail_spark.partitions import PageRange
from flow_retail_spark.range_reader import RangeCounts
from flow_retail_spark.storage import Folder

_READ = "read-"
_WRITE = "write-"


@frozen
class ReadReport:
    """The report of one read.

    Attributes:
        run: Identifies the read.
        partitions: Partitions that it was divided into.
        finished: Partitions that were read to their end.
        records: Records that they returned.
        pages: Pages that they read.
        planned_total: Records in the list when it was divided; None if the server did not say.
        last_total: The same for the partition that ended last.
        totals_differ: Whether any partition saw another total than the plan.
        repeated: Records that came again within a partition and were left out.
        earlier_pages: Pages read before a partition's range because records had been removed.
        further_pages: Pages read after a partition's range because records had been added.
        unverified_boundaries: Page boundaries where the list kept changing; only there may
            a record be missing.
        deviations: How often responses violated the spec, by path and type.
    """

    run: str
    partitions: int
    finished: int
    records: int
    pages: int
    planned_total: int | None
    last_total: int | None
    totals_differ: bool
    repeated: int
    earlier_pages: int
    further_pages: int
    unverified_boundaries: int
    deviations: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether every partition was read to its end, and no change of the list was seen."""
        return (
            self.finished == self.partitions
            and not (self.totals_differ or self.repeated or self.unverified_boundaries)
            and self.last_total in {None, self.records}
        )


@frozen
class WriteReport:
    """The report of one write.

    Attributes:
        run: Identifies the write.
        rows: All rows; the sum of the next three.
        succeeded: Rows that were applied.
        failed: Rows that were not applied.
        unknown: Rows that may have been applied.
        finished: Whether all tasks ended; the rows of others are not counted.
    """

    run: str
    rows: int
    succeeded: int
    failed: int
    unknown: int
    finished: bool


def save_read_report(
    folder: Folder, part: PageRange, seen: RangeCounts, ended: float, deviations: dict[str, int]
) -> None:
    """Save the report of one partition; a repeated task replaces the first one's.

    Args:
        folder: The folder.
        part: The partition.
        seen: Its counts.
        ended: When it ended, in seconds of the epoch.
        deviations: How often responses violated the spec.
    """
    line = {
        "run": part.run,
        "partition": part.number,
        "partitions": part.partitions,
        "first_page": part.first,
        "planned_total": part.total,
        **asdict(seen),
        "ended": ended,
        "deviations": deviations,
    }
    folder.write(f"{_READ}{part.run}-{part.number:06}.json", orjson.dumps(line) + b"\n")


def save_write_report(folder: Folder, report: WriteReport) -> None:
    """Save the report of a write.

    Args:
        folder: The folder.
        report: The sums.
    """
    folder.write(f"{_WRITE}{report.run}.json", orjson.dumps(asdict(report)) + b"\n")


def read_reports(path: str) -> list[ReadReport]:
    """Read the reports of reads.

    Args:
        path: The option `report_path`.

    Returns:
        One report for each read, in the order of their ends.
    """
    runs: dict[str, list[dict[str, Any]]] = {}
    for line in _lines(path, _READ):
        runs.setdefault(line["run"], []).append(line)
    reports = [sorted(parts, key=lambda part: part["ended"]) for parts in runs.values()]
    return [_sum(parts) for parts in sorted(reports, key=lambda parts: parts[-1]["ended"])]


def write_reports(path: str) -> list[WriteReport]:
    """Read the reports of writes.

    Args:
        path: The option `report_path`.
    """
    return [WriteReport(**line) for line in _lines(path, _WRITE)]


def _lines(path: str, prefix: str) -> Iterable[dict[str, Any]]:
    folder = Folder(path)
    for name in folder.names():
        if name.startswith(prefix) and name.endswith(".json"):
            yield orjson.loads(folder.read(name))


def _sum(parts: list[dict[str, Any]]) -> ReadReport:
    planned = parts[0]["planned_total"]
    totals = [
        part[name] for part in parts for name in ("first_total", "last_total") if part[name] is not None
    ]
    deviations: Counter[str] = Counter()
    for part in parts:
        deviations.update(part["deviations"])

    def over(name: str) -> int:
        return sum(part[name] for part in parts)

    return ReadReport(
        run=parts[0]["run"],
        partitions=parts[0]["partitions"],
        finished=len(parts),
        records=over("records"),
        pages=over("pages"),
        planned_total=planned,
        last_total=next(
            (part["last_total"] for part in reversed(parts) if part["last_total"] is not None), None
        ),
        totals_differ=any(total != planned for total in totals),
        repeated=over("repeated"),
        earlier_pages=over("earlier_pages"),
        further_pages=over("further_pages"),
        unverified_boundaries=over("unverified_boundaries"),
        deviations=dict(deviations),
    )
