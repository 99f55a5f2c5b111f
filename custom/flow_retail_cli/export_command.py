"""What `flow-retail export` does with its options."""

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import orjson
from attrs import frozen

from flow_retail_cli.checkpoint import alone_with, discard
from flow_retail_cli.columns import columns_of
from flow_retail_cli.connection import Options, connect
from flow_retail_cli.errors import CommandError, ExitCode, Interrupted, explain
from flow_retail_cli.exporting import Begun, ExportRun, Staging, begun, check_target, read_arguments
from flow_retail_cli.files import format_of, pyarrow
from flow_retail_cli.files.csv import check_delimiter, write_csv
from flow_retail_cli.files.parquet import write_parquet
from flow_retail_cli.files.text import check_encoding
from flow_retail_cli.output import plural, say, write_json
from flow_retail_cli.progress import Meter, meter
from flow_retail_client import FlowRetail, FlowRetailError, Hooks
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Kind, Listing, find


@frozen
class ExportOptions:
    """The options of the command.

    Attributes:
        out: Where to; `-` for standard output.
        params: Arguments of the list, as they were typed.
        page_size: Records a page.
        prefetch: Page requests in flight.
        delimiter: Of CSV.
        encoding: Of CSV.
        restart: Whether to forget an earlier run.
        json: Whether to tell the result as JSON.
    """

    out: Path
    params: list[str]
    page_size: int
    prefetch: int
    delimiter: str
    encoding: str
    restart: bool
    json: bool


def export(connection: Options, resource: str, options: ExportOptions) -> None:
    """Export a resource.

    Args:
        connection: Where the API is.
        resource: The resource's name.
        options: See `ExportOptions`.

    Raises:
        CommandError: It can't be done, or not now.
    """
    kind = find(resource, lambda kind: kind.listing, "exported")
    listing = cast("Listing", kind.listing)
    arguments = read_arguments(listing, options.params)
    if options.out == Path("-"):
        asyncio.run(_to_stdout(connection, kind, arguments, options))
    else:
        _to_file(connection, kind, listing, arguments, options)


def _to_file(
    connection: Options, kind: Kind, listing: Listing, arguments: dict[str, str], options: ExportOptions
) -> None:
    target = options.out
    if format_of(target) == "parquet":
        pyarrow("parquet")
    check_delimiter(options.delimiter)
    check_encoding(options.encoding)
    check_target(target)
    staging = Staging.beside(target)
    staging.part.touch()
    with alone_with(staging.part):
        if options.restart:
            discard(staging.checkpoint)
        asyncio.run(_collect_and_write(connection, kind, listing, arguments, staging, options))


async def _collect_and_write(
    connection: Options,
    kind: Kind,
    listing: Listing,
    arguments: dict[str, str],
    staging: Staging,
    options: ExportOptions,
) -> None:
    count = await _collect(connection, kind, listing, arguments, staging, options)
    _write(listing, staging, options, count)
    say(f"Wrote {plural(count, 'record')} of {kind.name} to {options.out}.", style="green")
    if options.json:
        write_json({"resource": kind.name, "records": count, "file": str(options.out)})


def _write(listing: Listing, staging: Staging, options: ExportOptions, count: int) -> None:
    """Make the target of the records that were collected, and put it in place whole."""
    target = options.out
    kind = format_of(target)
    if kind == "ndjson":
        staging.part.replace(target)
    else:
        with meter(f"Writing {target.name}", total=count) as shown:
            lines = _counted(staging, shown)
            if kind == "csv":
                delimiter = check_delimiter(options.delimiter) or ","
                columns = columns_of(listing.record)
                write_csv(lines, staging.fresh, columns, delimiter=delimiter, encoding=options.encoding)
            else:
                write_parquet(lines, staging.fresh, listing.record)
        _sync(staging.fresh)
        staging.fresh.replace(target)
    staging.clear()


async def _collect(
    connection: Options,
    kind: Kind,
    listing: Listing,
    arguments: dict[str, str],
    staging: Staging,
    options: ExportOptions,
) -> int:
    with meter(f"Exporting {kind.name}") as shown:
        async with connect(connection, hooks=_hooks(shown)) as flow:
            job: dict[str, Any] = {
                "resource": kind.name,
                "tenant": flow.tenant,
                "base_url": flow.base_url,
                "params": arguments,
            }
            before = begun(staging, job)
            if before is not None:
                say(f"Going on after {plural(before.items, 'record')} (--restart begins anew).")
            run = ExportRun(
                flow,
                kind,
                listing,
                arguments,
                staging,
                job,
                shown,
                page_size=options.page_size,
                prefetch=options.prefetch,
            )
            try:
                await run.run(before)
            except FlowRetailError as error:
                raise _broken_off(staging, explain(error), before, run) from error
            except asyncio.CancelledError:
                stopped = Interrupted("Stopped as asked.", code=ExitCode.INTERRUPTED)
                raise _broken_off(staging, stopped, before, run) from None
            _sync(staging.part)
            return run.items


def _broken_off(staging: Staging, error: CommandError, before: Begun | None, run: ExportRun) -> CommandError:
    if not staging.checkpoint.exists():
        staging.clear()
        return error
    done = plural(run.items or (before.items if before else 0), "record")
    remedy = f"{error.remedy} {done} are kept: the same command goes on after them.".strip()
    return type(error)(error.sentence, remedy, code=error.code)


def _counted(staging: Staging, shown: Meter) -> Any:
    for number, line in enumerate(staging.lines(), 1):
        if not number % 1000:
            shown.update(number)
        yield line


def _sync(path: Path) -> None:
    """Have the file on the disk before its name says that it is whole."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _hooks(shown: Meter) -> Hooks:
    return Hooks(on_retry=lambda event: shown.note(f"waiting {event.wait:.0f} s: {event.reason}"))


async def _to_stdout(
    connection: Options, kind: Kind, arguments: dict[str, str], options: ExportOptions
) -> None:
    flow: FlowRetail
    async with connect(connection) as flow:
        pager = kind.of(flow).list(**arguments, page_size=options.page_size, prefetch=options.prefetch)
        async with pager.pages() as pages:
            async for page in pages:
                write_records(page.items)


def write_records(records: Iterable[Model]) -> None:
    """Write records to standard output as NDJSON.

    Args:
        records: The records.
    """
    for record in records:
        sys.stdout.write(orjson.dumps(record.to_dict()).decode() + "\n")
    sys.stdout.flush()
