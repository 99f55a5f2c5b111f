"""What `flow-retail import` does with its options."""

import asyncio
from pathlib import Path
from typing import Any

from attrs import frozen

from flow_retail_cli.arguments import read_arguments
from flow_retail_cli.checkpoint import (
    check_same_job,
    discard,
    exclusive_lock,
    invalid_checkpoint,
    load,
    temporary_checkpoint,
)
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.files import Scan, Source, format_of
from flow_retail_cli.files.csv import CsvSource
from flow_retail_cli.files.ndjson import NdjsonSource
from flow_retail_cli.files.parquet import ParquetSource
from flow_retail_cli.import_journal import ImportJournal
from flow_retail_cli.import_run import ImportRun, reject_base
from flow_retail_cli.output import plural, print_left_out, print_message, write_json
from flow_retail_cli.progress import meter
from flow_retail_cli.work_files import check_work_files, special_type
from flow_retail_records.fields import readers_of
from flow_retail_records.item_builder import ItemBuilder, RowProblem
from flow_retail_records.resources import Method, find_writing
from flow_retail_records.writing import Writing

_SHOWN_PROBLEMS = 20


@frozen
class ImportOptions:
    """The options of the command.

    Attributes:
        mode: create, update, upsert or delete.
        resource: The resource's name.
        params: Path values that all rows share, as typed.
        delimiter: Of CSV; None to detect it.
        encoding: Of CSV; None for UTF-8.
        ignore_unknown: Whether unknown columns are left out.
        give_uids: Whether rows without a UID get one.
        chunk_size: Rows in a request.
        concurrency: Requests in flight.
        dry_run: Whether rows are checked only.
        restart: Whether to discard an earlier run.
        json: Whether to print the result as JSON.
    """

    mode: str
    resource: str
    params: list[str]
    delimiter: str | None
    encoding: str | None
    ignore_unknown: bool
    give_uids: bool
    chunk_size: int
    concurrency: int
    dry_run: bool
    restart: bool
    json: bool


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
        builder = ItemBuilder(
            model,
            writing.record,
            mode=options.mode,
            uid_key=spec.uid_key,
            ignore_unknown=options.ignore_unknown,
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
            ignore_unknown=options.ignore_unknown,
        )
    return NdjsonSource(path) if file_format == "ndjson" else ParquetSource(path)


def _check(source: Source, builder: ItemBuilder, scan: Scan, *, as_json: bool) -> ExitCode:
    problems = 0
    for row in source.rows():
        try:
            if row.data is None:
                raise RowProblem("", row.problem)
            builder.build(row.data, row.index)
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
    checkpoint = path.with_name(f"{path.name}.checkpoint")
    rejects = source.rejects(reject_base(path, "rejects"))
    unknown = source.rejects(reject_base(path, "unknown"))
    check_work_files(checkpoint, temporary_checkpoint(checkpoint), rejects.path, unknown.path)
    if options.restart:
        discard(checkpoint)
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
        state = load(checkpoint)
        if state is not None:
            check_same_job(checkpoint, state, job)
        try:
            journal = ImportJournal(checkpoint, job, state, block=options.chunk_size)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise invalid_checkpoint(checkpoint) from None
        if state is not None:
            print_message(f"Resuming after {plural(journal.done, 'row')} (--restart starts again).")
        rejects.resume(journal.file_length("failed"))
        unknown.resume(journal.file_length("unknown"))
        with meter(f"Importing {path.name}", total=scan.rows, done=journal.done) as shown:
            run = ImportRun(
                flow,
                writing,
                options.mode,
                tuple(owners.values()),
                source,
                builder,
                journal,
                rejects,
                unknown,
                shown,
                chunk_size=options.chunk_size,
                concurrency=options.concurrency,
            )
            try:
                stopped = await run.run()
            finally:
                rejects.close()
                unknown.close()
    if stopped is None:
        discard(checkpoint)
    print_left_out(builder.left_out)
    files = {"rejects": rejects.path, "unknown": unknown.path}
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
    return read_arguments(
        Method(operation, {}, frozenset()), options.params, writing.owners(options.mode), ()
    )


def _report(
    journal: ImportJournal,
    scan: Scan,
    files: dict[str, Path],
    options: ImportOptions,
    stopped: CommandError | None,
) -> None:
    counts = journal.counts
    ambiguous = len(journal.ambiguous()) if stopped is not None else 0
    waiting = scan.rows - journal.done - ambiguous
    kept = {name: path for name, path in files.items() if path.exists()}
    print_message(
        f"{plural(scan.rows, 'row')}: {counts['succeeded']:,} succeeded, {counts['failed']:,} failed, "
        f"{counts['unknown']:,} unknown"
        + (f", {ambiguous:,} ambiguous, {waiting:,} not sent." if stopped else "."),
        style="green" if journal.done == counts["succeeded"] and not stopped else "yellow",
    )
    if counts["failed"]:
        print_message(
            f"Failed rows and why: {kept.get('rejects')}. Correct them there, then import that file."
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
                **{f"{name}_file": str(kept[name]) if name in kept else None for name in files},
            }
        )
