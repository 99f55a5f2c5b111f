"""What `flow-retail import` does with its options."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flow_retail_cli.arguments import read_arguments
from flow_retail_cli.checkpoint import Checkpoint, exclusive_lock
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.files import Rejects, Scan, Source, format_of, parquet_files
from flow_retail_cli.files.csv import CsvSource
from flow_retail_cli.files.ndjson import NdjsonSource
from flow_retail_cli.import_journal import ImportJournal, RowStatus
from flow_retail_cli.import_run import ImportOptions, ImportRun
from flow_retail_cli.output import plural, print_left_out, print_message, write_json
from flow_retail_cli.progress import meter
from flow_retail_cli.work_files import check_work_files, special_type
from flow_retail_records.fields import readers_of
from flow_retail_records.item_builder import ItemBuilder, RowProblem
from flow_retail_records.resources import Method, find_writing
from flow_retail_records.writing import Writing

_SHOWN_PROBLEMS = 20


def import_file(connection: ConnectionOptions, path: Path, options: ImportOptions) -> ExitCode:
    """Import a file."""
    writing = find_writing(options.resource, "import")
    spec = writing.spec
    if options.mode not in spec.models:
        raise CommandError(
            f"{writing.name} have no mode {options.mode!r}.", f"Choose one of: {', '.join(spec.models)}."
        )
    model = spec.models[options.mode]
    if options.give_uids and spec.uid_key not in readers_of(model):
        raise CommandError(
            f"The API gives {writing.name} their UIDs itself.", "Run the command without --give-uids."
        )
    _owners(writing, options)
    try:
        special = special_type(path.stat().st_mode)
    except FileNotFoundError:
        raise CommandError(f"There is no file {path}.", "Check the name.") from None
    if special is not None:
        raise CommandError(f"{path} is {special}; an import reads it more than once.", "Pass a regular file.")
    source = _source(path, model, writing.record, options)
    with exclusive_lock(path, path.open("rb")):
        with meter(f"Checking {path.name}"):
            scan = source.scan()
        builder = writing.builder(
            options.mode,
            ignore_unknown=options.ignore_unknown_columns,
            give_uids=options.give_uids,
            file_hash=scan.digest,
        )
        if options.dry_run:
            return _check(source, builder, scan, as_json=options.json)
        return asyncio.run(_send(connection, writing, source, builder, scan, options))


def _source(path: Path, model: Any, record: Any, options: ImportOptions) -> Source:
    file_format = format_of(path)
    if file_format == "csv":
        return CsvSource(
            path,
            model,
            record,
            delimiter=options.delimiter,
            encoding=options.encoding,
            ignore_unknown=options.ignore_unknown_columns,
        )
    source: Source = NdjsonSource(path) if file_format == "ndjson" else parquet_files().ParquetSource(path)
    return source


def _check(source: Source, builder: ItemBuilder, scan: Scan, *, as_json: bool) -> ExitCode:
    problems = 0
    for row in source.rows():
        try:
            row.item(builder)
        except RowProblem as problem:
            problems += 1
            if problems <= _SHOWN_PROBLEMS:
                print_message(f"{source.path}, {row.location}: {problem}", style="yellow")
    print_left_out(builder.left_out)
    print_message(f"{plural(scan.rows, 'row')}, {problems:,} of them with problems. Nothing was sent.")
    if as_json:
        write_json({"rows": scan.rows, "problems": problems, "sent": False})
    return ExitCode.SOME_FAILED if problems else ExitCode.DONE


async def _send(
    connection: ConnectionOptions,
    writing: Writing,
    source: Source,
    builder: ItemBuilder,
    scan: Scan,
    options: ImportOptions,
) -> ExitCode:
    owners = _owners(writing, options)
    path = source.path
    checkpoint = Checkpoint.beside(path)
    files: dict[RowStatus, Rejects] = {
        "failed": source.rejects("rejects"),
        "unknown": source.rejects("unknown"),
    }
    check_work_files(checkpoint.path, checkpoint.fresh, *(file.path for file in files.values()))
    if options.restart:
        checkpoint.discard()
    async with connect(connection, writing.operations[options.mode]) as flow:
        job: dict[str, Any] = {
            "content": scan.digest,
            "resource": writing.name,
            "mode": options.mode,
            "tenant": flow.tenant,
            "base_url": flow.base_url,
            "delimiter": options.delimiter,
            "encoding": options.encoding,
            "uids given": options.give_uids,
            "params": dict(owners),
        }
        make = partial(ImportJournal, checkpoint, job, options.chunk_size)
        resumed = checkpoint.load(job, make)
        journal = make({}) if resumed is None else resumed
        if resumed is not None:
            print_message(f"Resuming after {plural(journal.done, 'row')} (--restart starts again).")
        for status, file in files.items():
            file.resume(journal.file_length(status))
        with meter(f"Importing {path.name}", total=scan.rows, done=journal.done) as shown:
            run = ImportRun(
                flow, writing, tuple(owners.values()), source, builder, journal, files, shown, options
            )
            try:
                stopped = await run.run()
            finally:
                for file in files.values():
                    file.close()
    if stopped is None:
        checkpoint.discard()
    print_left_out(builder.left_out)
    _report(journal, scan, files, options, stopped)
    if stopped is not None:
        raise CommandError(
            stopped.sentence,
            f"{stopped.remedy} Run the same command again to resume.".strip(),
            code=stopped.code,
        )
    return ExitCode.DONE if journal.done == journal.counts["succeeded"] else ExitCode.SOME_FAILED


def _owners(writing: Writing, options: ImportOptions) -> dict[str, str]:
    """The path values that all rows share, such as the store whose orders they are."""
    operation = writing.operations[options.mode]
    return read_arguments(Method(operation, {}, frozenset()), options.param, writing.owners(options.mode), ())


def _report(
    journal: ImportJournal,
    scan: Scan,
    files: Mapping[RowStatus, Rejects],
    options: ImportOptions,
    stopped: CommandError | None,
) -> None:
    counts = journal.counts
    ambiguous = len(journal.ambiguous()) if stopped is not None else 0
    waiting = scan.rows - journal.done - ambiguous
    kept = {status: str(file.path) for status, file in files.items() if file.path.exists()}
    print_message(
        f"{plural(scan.rows, 'row')}: {counts['succeeded']:,} succeeded, {counts['failed']:,} failed, "
        f"{counts['unknown']:,} unknown"
        + (f", {ambiguous:,} ambiguous, {waiting:,} not sent." if stopped else "."),
        style="green" if journal.done == counts["succeeded"] and not stopped else "yellow",
    )
    if counts["failed"]:
        print_message(
            f"Failed rows and why: {kept.get('failed')}. Correct them there, then import that file."
        )
    if counts["unknown"]:
        advice = (
            "Import that file again: that changes nothing twice."
            if options.mode in {"update", "upsert"}
            else "Look these up before you import that file: they may have been applied."
        )
        print_message(f"Rows that may or may not have been applied: {kept.get('unknown')}. {advice}")
    if ambiguous:
        print_message(
            "Ambiguous rows were in flight; the next run resolves them, or reports them as unknown."
        )
    if options.json:
        write_json(
            {
                "rows": scan.rows,
                **counts,
                "ambiguous": ambiguous,
                "not_sent": waiting,
                "rejects_file": kept.get("failed"),
                "unknown_file": kept.get("unknown"),
            }
        )
