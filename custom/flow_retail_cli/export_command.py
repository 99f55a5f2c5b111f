"""What `flow-retail export` does with its options."""

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from attrs import frozen

from flow_retail_cli.arguments import read_arguments
from flow_retail_cli.checkpoint import exclusive_lock
from flow_retail_cli.columns import columns_of
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError, ExitCode, explain
from flow_retail_cli.export_run import (
    ExportRun,
    ResumePoint,
    Staging,
    check_target,
    find_resume_point,
    lines_of,
    uid_of,
)
from flow_retail_cli.files import format_of, parquet_files
from flow_retail_cli.files.csv import CsvWriter, check_delimiter
from flow_retail_cli.files.text import check_encoding
from flow_retail_cli.output import join_names, plural, print_message, write_json, write_out
from flow_retail_cli.progress import ProgressBar, meter
from flow_retail_cli.unwritten import Unwritten
from flow_retail_cli.work_files import check_work_files, create, discard, open_or_create
from flow_retail_client import FlowRetail, FlowRetailError, Hooks
from flow_retail_records.resources import Listing, find_list

_STANDARD_OUTPUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


@frozen
class ExportOptions:
    """The options of the command."""

    out: Path
    param: list[str] | None
    page_size: int
    prefetch: int
    delimiter: str
    encoding: str
    restart: bool
    json: bool


@frozen
class Export:
    """An export of a list, under the name that was typed."""

    connection: ConnectionOptions
    resource: str
    listing: Listing
    arguments: dict[str, Any]
    options: ExportOptions

    def to_file(self) -> None:
        """Write a file."""
        target = self.options.out
        check_target(target)
        if format_of(target) == "parquet":
            parquet_files()
        check_delimiter(self.options.delimiter)
        check_encoding(self.options.encoding)
        staging = Staging.beside(target)
        check_work_files(*staging.paths())
        part = open_or_create(staging.part)
        with exclusive_lock(staging.part, part):
            if self.options.restart:
                staging.checkpoint.discard()
            run = asyncio.run(self._collect(staging, part))
            self._write(staging, part, run)
        self._report(run)

    def _report(self, run: ExportRun) -> None:
        print_message(
            f"Wrote {plural(run.items, 'record')} of {self.resource} to {self.options.out}.", style="green"
        )
        if self.options.json:
            write_json(
                {
                    "resource": self.resource,
                    "records": run.items,
                    "missing": run.missing,
                    "unwritten": len(run.unwritten.reasons),
                    "file": str(self.options.out),
                }
            )
        run.unwritten.check(missing=run.missing)

    async def _collect(self, staging: Staging, part: BinaryIO) -> ExportRun:
        with meter(f"Exporting {self.resource}") as shown:
            hooks = Hooks(on_retry=shown.note)
            async with connect(self.connection, self.listing.operation, hooks=hooks) as flow:
                job: dict[str, Any] = {
                    "resource": self.resource,
                    "tenant": flow.tenant,
                    "base_url": flow.base_url,
                    "params": self.arguments,
                }
                before = find_resume_point(staging, part, job)
                if before is not None:
                    print_message(
                        f"Resuming after {plural(before.items, 'record')} (--restart starts again)."
                    )
                run = ExportRun(
                    partial(self.listing.pager, flow, self.arguments, prefetch=self.options.prefetch),
                    self.listing,
                    staging,
                    part,
                    job,
                    shown,
                    self.options.page_size,
                )
                try:
                    await run.run(before)
                except FlowRetailError as error:
                    raise _interrupted_export(staging, explain(error), before, run) from error
                except asyncio.CancelledError:
                    stopped = CommandError("Stopped as asked.", code=ExitCode.INTERRUPTED)
                    raise _interrupted_export(staging, stopped, before, run) from None
                os.fsync(part.fileno())
                _report_deviations(flow)
                return run

    def _write(self, staging: Staging, part: BinaryIO, run: ExportRun) -> None:
        """Write the target file from the collected records, and rename it into place."""
        target = self.options.out
        if format_of(target) == "ndjson":
            staging.part.replace(target)
        else:
            with meter(f"Writing {target.name}", total=run.items) as shown, create(staging.fresh) as fresh:
                before = len(run.unwritten.reasons)
                self._convert(_counted(part, shown), fresh, run)
                run.items -= len(run.unwritten.reasons) - before
                fresh.flush()
                os.fsync(fresh.fileno())
            staging.fresh.replace(target)
        discard(*staging.paths())

    def _convert(self, lines: Iterator[bytes], fresh: BinaryIO, run: ExportRun) -> None:
        """Write records, given as JSON, in the format of the target."""
        model = self.listing.record

        def refuse(record: Any, error: Exception) -> None:
            run.unwritten.add(uid_of(record, self.listing), error)

        if format_of(self.options.out) == "parquet":
            parquet_files().write_parquet(lines, fresh, model, refuse=refuse)
            return
        writer = CsvWriter(
            fresh,
            columns_of(model),
            delimiter=check_delimiter(self.options.delimiter) or ",",
            encoding=self.options.encoding,
            refuse=refuse,
        )
        writer.write(lines)
        writer.close()

    async def to_stdout(self) -> None:
        """Write NDJSON to standard output."""
        unwritten = Unwritten(self.listing.key)
        async with connect(self.connection, self.listing.operation) as flow:
            pager = self.listing.pager(
                flow, self.arguments, page_size=self.options.page_size, prefetch=self.options.prefetch
            )
            async with pager.pages() as pages:
                async for page in pages:
                    write_out(b"".join(unwritten.lines(page.items)))
            _report_deviations(flow)
        unwritten.check(missing=pager.changes.missing_records)


def export(connection: ConnectionOptions, resource: str, options: ExportOptions) -> None:
    """Export a list."""
    listing = find_list(resource, "export")
    arguments = read_arguments(listing, options.param, listing.required)
    one = Export(connection, resource.replace("_", "-"), listing, arguments, options)
    if str(options.out) in _STANDARD_OUTPUT:
        asyncio.run(one.to_stdout())
    else:
        one.to_file()


def _interrupted_export(
    staging: Staging, error: CommandError, before: ResumePoint | None, run: ExportRun
) -> CommandError:
    if not staging.checkpoint.path.exists():
        discard(*staging.paths())
        return error
    done = plural(run.items or (before.items if before else 0), "record")
    remedy = f"{error.remedy} {done} are kept: run the same command again to resume.".strip()
    return CommandError(error.sentence, remedy, code=error.code)


def _counted(part: BinaryIO, shown: ProgressBar) -> Iterator[bytes]:
    for number, line in enumerate(lines_of(part), 1):
        if not number % 1000:
            shown.update(number)
        yield line


def _report_deviations(flow: FlowRetail) -> None:
    """Report values that the client could not keep as the API's description says, such as nanoseconds."""
    counts = flow.schema_drift.counts()
    if counts:
        named = join_names(f"{found.path} is {found.kind} ({count:,})" for found, count in counts.items())
        print_message(f"Differs from the API's description: {named}.", style="yellow")
