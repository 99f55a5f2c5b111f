"""Reads a list into a file: resumable, and the target is never half written."""

import os
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, BinaryIO, cast

from attrs import asdict, define, field, fields_dict, frozen
from attrs.validators import instance_of

from flow_retail_cli.checkpoint import Checkpoint
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.output import print_message
from flow_retail_cli.progress import ProgressBar
from flow_retail_cli.unwritten import Unwritten
from flow_retail_cli.work_files import special_type
from flow_retail_client import Page, Pager
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import decode
from flow_retail_records.resources import Listing


@frozen
class Staging:
    """The work files of an export.

    Records are collected as NDJSON for every format, in `part`, because it can be appended to: a Parquet
    file can't be resumed. `fresh` is the target while it is being written.
    """

    part: Path
    checkpoint: Checkpoint
    fresh: Path

    @classmethod
    def beside(cls, target: Path) -> "Staging":
        """The work files of a target."""
        part, fresh = (target.with_name(f"{target.name}.{word}") for word in ("part", "new"))
        return cls(part, Checkpoint.beside(target), fresh)

    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return self.checkpoint.path, self.checkpoint.fresh, self.part, self.fresh


def lines_of(part: BinaryIO) -> Iterator[bytes]:
    """The collected records, as JSON; the file is left at its end."""
    part.seek(0)
    for line in part:
        yield line[:-1]


@frozen
class ResumePoint:
    """Where an earlier run stopped: after `items` records, the first `length` bytes of the part.

    Pages have no numbers if the server does not number them. `unwritten` has the reason for each record that
    could not be written, by its UID.
    """

    items: int = field(converter=int)
    length: int = field(converter=int)
    first: int | None
    last: int | None
    page_size: int = field(converter=int)
    unwritten: dict[str, str] = field(validator=instance_of(dict))


def find_resume_point(staging: Staging, part: BinaryIO, job: dict[str, Any]) -> ResumePoint | None:
    """Find where an earlier run stopped; None if there is nothing to resume."""
    before = staging.checkpoint.load(
        job, lambda state: ResumePoint(**{name: state[name] for name in fields_dict(ResumePoint)})
    )
    if before is None:
        return None
    if os.fstat(part.fileno()).st_size < before.length:
        print_message(f"{staging.part} is shorter than the checkpoint says; starting again.", style="yellow")
        return None
    return before


@define(eq=False)
class ExportRun:
    """One run of an export, from the start or from a checkpoint."""

    make_pager: Callable[..., Pager[Model]]
    listing: Listing
    staging: Staging
    part: BinaryIO
    job: dict[str, Any]
    meter: ProgressBar
    page_size: int
    known: set[object] = field(factory=set[object], init=False)
    first: int | None = field(default=None, init=False)
    pager: Pager[Model] | None = field(default=None, init=False)
    items: int = field(default=0, init=False)
    unwritten: Unwritten = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.unwritten = Unwritten(self.listing.key)

    @property
    def missing(self) -> int:
        """How many records the server counts and did not return."""
        return 0 if self.pager is None else self.pager.changes.missing_records

    async def run(self, before: ResumePoint | None) -> None:
        """Read the list, or the rest of it."""
        if before is None or self.listing.key is None:
            # Without an identity, records could be repeated where two runs meet, so all are read again.
            self.staging.checkpoint.discard()
            self.part.seek(0)
            self.part.truncate()
            await self._copy(self._pages(None))
            return
        self.part.truncate(before.length)
        self.items, self.first, self.page_size = before.items, before.first, before.page_size
        self.unwritten.reasons.update(before.unwritten)
        self.known = {uid_of(decode(line), self.listing) for line in lines_of(self.part)} - {None}
        await self._go_on(before.last)

    async def _go_on(self, last: int | None) -> None:
        """Resume at the page that was written last, or before it if no known record is there any more.

        The order of records that stay is stable, so all records before a known one were written, and none is
        skipped.
        """
        while True:
            start = None if last is None or self.first is None or last <= self.first else last
            async with aclosing(self._pages(start)) as pages:
                page = await anext(pages, None)
                if start is None or (page is not None and any(self._knows(item) for item in page.items)):
                    if page is not None:
                        self._write(page)
                        await self._copy(pages)
                    return
            last = start - 1

    async def _copy(self, pages: Any) -> None:
        async with aclosing(pages):
            async for page in pages:
                self._write(page)

    def _write(self, page: Page[Model]) -> None:
        fresh = [item for item in page.items if not self._knows(item)]
        lines = self.unwritten.lines(fresh)
        self.part.writelines(lines)
        self.part.flush()
        self.items += len(lines)
        if self.first is None:
            self.first = page.page_number
        size = page.page_size or self.page_size
        point = ResumePoint(
            self.items, self.part.tell(), self.first, page.page_number, size, self.unwritten.reasons
        )
        self.staging.checkpoint.save({**self.job, **asdict(point)})
        self.meter.update(self.items, page.total_count)

    def _pages(self, page_number: int | None) -> Any:
        self.pager = self.make_pager(page_number=page_number, page_size=self.page_size)
        return self.pager.pages()

    def _knows(self, item: Model) -> bool:
        return bool(self.known) and getattr(item, str(self.listing.key), None) in self.known


def uid_of(record: Any, listing: Listing) -> Any:
    """The UID of a record; None if it has none."""
    return cast("dict[str, Any]", record).get(listing.key_name or "") if isinstance(record, dict) else None


def check_target(target: Path) -> None:
    """Check that the target can be written, before any request."""
    folder = target.parent
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.", "Make it first, or choose another --out.")
    try:
        found = special_type(target.stat().st_mode)
    except FileNotFoundError:
        found = None
    if found is not None:
        raise CommandError(
            f"{target} can't be written: it is {found}.",
            "Choose another --out; --out - writes NDJSON to standard output.",
        )
    if not os.access(folder, os.W_OK):
        raise CommandError(f"{target} can't be written.", "Choose another --out.", code=ExitCode.USAGE)
