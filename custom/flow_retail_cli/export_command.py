"""What `flow-retail export` does with its options."""

import asyncio
import os
from pathlib import Path
from typing import Any, BinaryIO, cast

from attrs import frozen

from flow_retail_cli.checkpoint import discard, exclusive_lock
from flow_retail_cli.columns import columns_of
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError, ExitCode, Interrupted, explain
from flow_retail_cli.export_run import (
    ExportRun,
    ResumePoint,
    Staging,
    check_target,
    find_resume_point,
    lines_of,
    missing_records,
    uid_of,
)
from flow_retail_cli.files import format_of, pyarrow
from flow_retail_cli.files.csv import CsvWriter, check_delimiter
from flow_retail_cli.files.parquet import write_parquet
from flow_retail_cli.files.text import check_encoding
from flow_retail_cli.list_arguments import read_arguments
from flow_retail_cli.output import join_names, plural, print_message, write_json, write_out
from flow_retail_cli.progress import ProgressBar, meter
from flow_retail_cli.unwritten import Unwritten
from flow_retail_cli.work_files import create, open_or_create
from flow_retail_client import FlowRetail, FlowRetailError, Hooks
from flow_retail_records.resources import Listing, ResourceType, find

_STANDARD_OUTPUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


@frozen
class ExportOptions:
    """The options of the command.

    Attributes:
        out: The target; `-` for standard output.
        params: Arguments of the list, as typed.
        page_size: Records a page.
        prefetch: Page requests in flight.
        delimiter: Of CSV.
        encoding: Of CSV.
        restart: Whether to discard an earlier run.
        json: Whether to print the result as JSON.
    """

    out: Path
    params: list[str]
    page_size: int
    prefetch: int
    delimiter: str
    encoding: str
    restart: bool
    json: bool


def export(connection: ConnectionOptions, resource: str, options: ExportOptions) -> None:
    """Export a resource."""
    resource_type = find(resource, lambda resource_type: resource_type.listing, "exported")
    listing = cast("Listing", resource_type.listing)
    arguments = read_arguments(listing, options.params)
    if str(options.out) in _STANDARD_OUTPUT:
        asyncio.run(_to_stdout(connection, resource_type, listing, arguments, options))
    else:
        _to_file(connection, resource_type, listing, arguments, options)


def _to_file(
    connection: ConnectionOptions,
    resource_type: ResourceType,
    listing: Listing,
    arguments: dict[str, str],
    options: ExportOptions,
) -> None:
    target = options.out
    check_target(target)
    if format_of(target) == "parquet":
        pyarrow("parquet")
    check_delimiter(options.delimiter)
    check_encoding(options.encoding)
    staging = Staging.beside(target)
    staging.check()
    part = open_or_create(staging.part)
    with exclusive_lock(staging.part, part):
        if options.restart:
            discard(staging.checkpoint)
        asyncio.run(_collect_and_write(connection, resource_type, listing, arguments, staging, part, options))


async def _collect_and_write(
    connection: ConnectionOptions,
    resource_type: ResourceType,
    listing: Listing,
    arguments: dict[str, str],
    staging: Staging,
    part: BinaryIO,
    options: ExportOptions,
) -> None:
    run = await _collect(connection, resource_type, listing, arguments, staging, part, options)
    _write(listing, staging, part, options, run)
    count = run.items
    print_message(f"Wrote {plural(count, 'record')} of {resource_type.name} to {options.out}.", style="green")
    if options.json:
        write_json(
            {
                "resource": resource_type.name,
                "records": count,
                "missing": run.missing,
                "unwritten": len(run.unwritten.reasons),
                "file": str(options.out),
            }
        )
    run.unwritten.check(missing=run.missing)


def _write(
    listing: Listing, staging: Staging, part: BinaryIO, options: ExportOptions, run: ExportRun
) -> None:
    """Write the target file from the collected records, and rename it into place."""
    target = options.out
    file_format = format_of(target)
    if file_format == "ndjson":
        staging.part.replace(target)
    else:
        with meter(f"Writing {target.name}", total=run.items) as shown, create(staging.fresh) as fresh:
            before = len(run.unwritten.reasons)
            lines = _counted(part, shown)

            def refuse(record: Any, error: Exception) -> None:
                run.unwritten.add(uid_of(record, listing), error)

            if file_format == "csv":
                delimiter = check_delimiter(options.delimiter) or ","
                columns = columns_of(listing.record)
                writer = CsvWriter(
                    fresh, columns, delimiter=delimiter, encoding=options.encoding, refuse=refuse
                )
                writer.write(lines)
                writer.close()
            else:
                write_parquet(lines, fresh, listing.record, refuse=refuse)
            run.items -= len(run.unwritten.reasons) - before
            fresh.flush()
            os.fsync(fresh.fileno())
        staging.fresh.replace(target)
    staging.clear()


async def _collect(
    connection: ConnectionOptions,
    resource_type: ResourceType,
    listing: Listing,
    arguments: dict[str, str],
    staging: Staging,
    part: BinaryIO,
    options: ExportOptions,
) -> ExportRun:
    with meter(f"Exporting {resource_type.name}") as shown:
        async with connect(connection, hooks=_hooks(shown)) as flow:
            job: dict[str, Any] = {
                "resource": resource_type.name,
                "tenant": flow.tenant,
                "base_url": flow.base_url,
                "params": arguments,
            }
            before = find_resume_point(staging, part, job)
            if before is not None:
                print_message(f"Resuming after {plural(before.items, 'record')} (--restart starts again).")
            run = ExportRun(
                flow,
                resource_type,
                listing,
                arguments,
                staging,
                part,
                job,
                shown,
                page_size=options.page_size,
                prefetch=options.prefetch,
            )
            try:
                await run.run(before)
            except FlowRetailError as error:
                raise _interrupted_export(staging, explain(error), before, run) from error
            except asyncio.CancelledError:
                stopped = Interrupted("Stopped as asked.", code=ExitCode.INTERRUPTED)
                raise _interrupted_export(staging, stopped, before, run) from None
            os.fsync(part.fileno())
            _report_deviations(flow)
            return run


def _interrupted_export(
    staging: Staging, error: CommandError, before: ResumePoint | None, run: ExportRun
) -> CommandError:
    if not staging.checkpoint.exists():
        staging.clear()
        return error
    done = plural(run.items or (before.items if before else 0), "record")
    remedy = f"{error.remedy} {done} are kept: run the same command again to resume.".strip()
    return type(error)(error.sentence, remedy, code=error.code)


def _counted(part: BinaryIO, shown: ProgressBar) -> Any:
    for number, line in enumerate(lines_of(part), 1):
        if not number % 1000:
            shown.update(number)
        yield line


def _report_deviations(flow: FlowRetail) -> None:
    """Report values that the client could not keep as the API's description promises, such as nanoseconds."""
    counts = flow.schema_drift.counts()
    if counts:
        named = join_names(f"{found.path} is {found.kind} ({count:,})" for found, count in counts.items())
        print_message(f"Differs from the API's description: {named}.", style="yellow")


def _hooks(shown: ProgressBar) -> Hooks:
    return Hooks(on_retry=lambda event: shown.note(f"waiting {event.wait:.0f} s: {event.reason}"))


async def _to_stdout(
    connection: ConnectionOptions,
    resource_type: ResourceType,
    listing: Listing,
    arguments: dict[str, str],
    options: ExportOptions,
) -> None:
    flow: FlowRetail
    unwritten = Unwritten(listing.key)
    async with connect(connection) as flow:
        pager = resource_type.of(flow).list(
            **arguments, page_size=options.page_size, prefetch=options.prefetch
        )
        async with pager.pages() as pages:
            async for page in pages:
                write_out(b"".join(unwritten.lines(page.items)))
        _report_deviations(flow)
    unwritten.check(missing=missing_records(pager))
