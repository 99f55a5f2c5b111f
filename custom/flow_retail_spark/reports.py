"""What was seen by each task of a read, and what became of the rows of a write; as files, and as sums.

Spark gives a data source no way to hand a report to the program, so tasks and driver leave files under the
option `report_path`, a line of JSON each, which `spark.read.json` reads as well.
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
    """What one read saw, over its partitions.

    Attributes:
        run: What tells it from other reads into the same folder.
        partitions: Partitions that it was divided into.
        finished: Partitions that were read to their end, and so have reported.
        records: Records that they gave.
        pages: Pages that they read.
        planned_total: Records in the list when it was divided; None if the server did not say.
        last_total: The same as the partition saw it that ended last: the final check.
        totals_differ: Whether any partition saw another total than the plan.
        repeated: Records that came again within a partition and were left out.
        earlier_pages: Pages read before a partition's range because records had gone.
        further_pages: Pages read behind a partition's range because records had come.
        unsettled_borders: Borders where the list kept changing; only there may a record be missing.
        deviations: How often answers left the spec, by path and type.
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
    unsettled_borders: int
    deviations: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether every partition has reported and the list stood still, as far as can be told."""
        return (
            self.finished == self.partitions
            and not (self.totals_differ or self.repeated or self.unsettled_borders)
            and self.last_total in {None, self.records}
        )


@frozen
class WriteReport:
    """What became of the rows of one write.

    Attributes:
        run: What tells it from other writes into the same folder.
        rows: Rows that were given; the sum of the three that follow.
        succeeded: Rows that were carried out.
        failed: Rows that were not.
        unknown: Rows that may have been.
        finished: Whether all tasks were carried out; if not, the others' rows are not counted here.
    """

    run: str
    rows: int
    succeeded: int
    failed: int
    unknown: int
    finished: bool


def leave_read_report(
    folder: Folder, part: PageRange, seen: RangeCounts, ended: float, deviations: dict[str, int]
) -> None:
    """Write what one partition saw; a task that is repeated replaces what the first one wrote.

    Args:
        folder: Where to.
        part: The partition.
        seen: What was seen.
        ended: When it ended, in seconds of the epoch.
        deviations: How often answers left the spec.
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


def leave_write_report(folder: Folder, report: WriteReport) -> None:
    """Write what became of the rows of a write.

    Args:
        folder: Where to.
        report: The sums.
    """
    folder.write(f"{_WRITE}{report.run}.json", orjson.dumps(asdict(report)) + b"\n")


def read_reports(path: str) -> list[ReadReport]:
    """What reads have reported so far.

    Args:
        path: The option `report_path` that they were given.

    Returns:
        A report for each, those that ended first in front.
    """
    runs: dict[str, list[dict[str, Any]]] = {}
    for line in _lines(path, _READ):
        runs.setdefault(line["run"], []).append(line)
    reports = [sorted(parts, key=lambda part: part["ended"]) for parts in runs.values()]
    return [_sum(parts) for parts in sorted(reports, key=lambda parts: parts[-1]["ended"])]


def write_reports(path: str) -> list[WriteReport]:
    """What became of the rows of writes.

    Args:
        path: The option `report_path` that they were given.
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
        unsettled_borders=over("unsettled_borders"),
        deviations=dict(deviations),
    )
