"""The command line: its commands and their options."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from flow_retail_cli.command_options import (
    TUNING,
    BodyFile,
    Fields,
    Json,
    Limit,
    Mode,
    Output,
    Params,
    Resource,
    Restart,
    Set,
    Uids,
)
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.output_format import OutputFormat
from flow_retail_cli.shell import Command, CommandGroup, handle_errors

_CONNECTION = "Connection (also accepted after the command)"

_EXIT_CODES = (
    "Exit codes: 0 all done, 1 something failed or is unknown, 2 wrong usage or settings, "
    "3 nothing reachable, 70 internal error, 130 stopped by Ctrl-C, 143 stopped by SIGTERM."
)
_EPILOG = (
    "Settings: options, then the profile (--profile or FLOW_RETAIL_PROFILE), then FLOW_RETAIL_TENANT, "
    f"FLOW_RETAIL_TOKEN and FLOW_RETAIL_BASE_URL. {_EXIT_CODES}"
)


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from flow_retail_cli.versions import installed

        typer.echo(f"flow-retail {installed('flow-retail-client')}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Profile of the configuration file: tenant, environment, token command.",
            rich_help_panel=_CONNECTION,
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(metavar="UID", help="UID of the tenant.", rich_help_panel=_CONNECTION)
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File that holds the token. There is no --token: process lists show arguments.",
            rich_help_panel=_CONNECTION,
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Base URL of the API, instead of an environment.",
            rich_help_panel=_CONNECTION,
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="production (default) or stage.", rich_help_panel=_CONNECTION),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="Limit for each step of a request.", rich_help_panel=_CONNECTION
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Move, find and check the records of Flow Retail: customers, their contacts, their groups."""
    if context.invoked_subcommand == "sandbox":
        return
    from flow_retail_cli.connection import ConnectionOptions

    context.obj = ConnectionOptions(
        profile=profile,
        tenant=tenant,
        token_file=token_file,
        base_url=base_url,
        environment=environment,
        timeout=timeout,
        debug=debug,
    )


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def export(
    context: typer.Context,
    resource: Resource,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=".ndjson, .csv or .parquet; - writes NDJSON to standard output. Default: RESOURCE.ndjson.",
            show_default=False,
        ),
    ] = None,
    param: Params = None,
    delimiter: Annotated[
        str, typer.Option("--delimiter", metavar="CHAR", help="Of CSV; `tab` for a tab.")
    ] = ",",
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="Of CSV; utf-8-sig for Excel.")
    ] = "utf-8",
    restart: Restart = False,
    json: Json = False,
    page_size: Annotated[
        int,
        typer.Option("--page-size", min=1, metavar="N", help="Records per page.", rich_help_panel=TUNING),
    ] = 500,
    prefetch: Annotated[
        int,
        typer.Option(
            "--prefetch", min=1, metavar="N", help="Pages in flight at once.", rich_help_panel=TUNING
        ),
    ] = 4,
) -> None:
    """Write all records of a resource to a file.

    The file appears when it is complete. After an interruption the same command resumes.
    """
    from flow_retail_cli.export_command import ExportOptions
    from flow_retail_cli.export_command import export as run

    options = ExportOptions(
        out=Path(f"{resource}.ndjson") if out is None else out,
        params=param or [],
        page_size=page_size,
        prefetch=prefetch,
        delimiter=delimiter,
        encoding=encoding,
        restart=restart,
        json=json,
    )
    run(context.obj, resource, options)


@app.command("import", cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def import_(
    context: typer.Context,
    resource: Resource,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".csv, .ndjson or .parquet.", show_default=False)
    ],
    mode: Annotated[
        Mode,
        typer.Option("--mode", metavar="MODE", help="create, update, upsert or delete.", show_default=False),
    ],
    param: Params = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the rows and send nothing.")] = False,
    give_uids: Annotated[
        bool,
        typer.Option("--give-uids", help="Add a UID to rows without one, so that none can be created twice."),
    ] = False,
    ignore_unknown_columns: Annotated[
        bool, typer.Option("--ignore-unknown-columns", help="Leave out columns that the API does not know.")
    ] = False,
    delimiter: Annotated[
        str | None,
        typer.Option("--delimiter", metavar="CHAR", help="Of CSV; detected by default.", show_default=False),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="Of CSV, such as cp1252; UTF-8 by default."),
    ] = None,
    restart: Restart = False,
    json: Json = False,
    chunk_size: Annotated[
        int,
        typer.Option("--chunk-size", min=1, metavar="N", help="Rows per request.", rich_help_panel=TUNING),
    ] = 500,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            min=1,
            metavar="N",
            help="Requests in flight at once.",
            rich_help_panel=TUNING,
        ),
    ] = 4,
) -> ExitCode:
    """Create, update, upsert or delete the records of a file.

    Rows that fail go to FILE.rejects with their reasons. After an interruption the same command resumes.
    """
    from flow_retail_cli.import_command import ImportOptions, import_file

    options = ImportOptions(
        mode=mode.value,
        resource=resource,
        params=param or [],
        delimiter=delimiter,
        encoding=encoding,
        ignore_unknown=ignore_unknown_columns,
        give_uids=give_uids,
        chunk_size=chunk_size,
        concurrency=concurrency,
        dry_run=dry_run,
        restart=restart,
        json=json,
    )
    return import_file(context.obj, file, options)


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def get(
    context: typer.Context,
    resource: Resource,
    uid: Uids = None,
    param: Params = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Show one record."""
    _run("get", context, resource, uid, param, output=output, fields=fields)


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def create(
    context: typer.Context,
    resource: Resource,
    uid: Uids = None,
    set_: Set = None,
    file: BodyFile = None,
    param: Params = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Create one record and show it; `import` creates many."""
    _run("create", context, resource, uid, param, set_, output=output, fields=fields, file=file)


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def update(
    context: typer.Context,
    resource: Resource,
    uid: Uids = None,
    set_: Set = None,
    file: BodyFile = None,
    param: Params = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Update one record and show it; `import` updates many."""
    _run("update", context, resource, uid, param, set_, output=output, fields=fields, file=file)


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def delete(context: typer.Context, resource: Resource, uid: Uids = None, param: Params = None) -> None:
    """Delete one record; `import --mode delete` deletes many."""
    _run("delete", context, resource, uid, param, output=OutputFormat.TABLE, fields=None)


def _run(
    command: str,
    context: typer.Context,
    resource: str,
    uid: list[str] | None,
    param: list[str] | None,
    set_: list[str] | None = None,
    **options: Any,
) -> None:
    from flow_retail_cli.record_command import RecordOptions, run

    asyncio.run(
        run(
            context.obj,
            command,
            resource,
            uid or [],
            RecordOptions(params=param or [], set=set_ or [], **options),
        )
    )


@app.command("list", cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def list_(
    context: typer.Context,
    resource: Resource,
    param: Params = None,
    limit: Limit = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Show the records of a list; `export` writes them to a file."""
    from flow_retail_cli.lookup import LookupOptions, show_list

    asyncio.run(show_list(context.obj, resource, LookupOptions(output, fields, param or [], limit)))


@app.command(cls=Command, rich_help_panel="Records", epilog=_EXIT_CODES)
@handle_errors
def search(
    context: typer.Context,
    resource: Resource,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="The text to find.", show_default=False)],
    param: Params = None,
    limit: Limit = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Find records by their text."""
    from flow_retail_cli.lookup import LookupOptions
    from flow_retail_cli.lookup import search as run

    options = LookupOptions(output, fields, param or [], limit)
    asyncio.run(run(context.obj, resource, query, options))


@app.command(cls=Command, rich_help_panel="Around", epilog=_EXIT_CODES)
@handle_errors
def doctor(context: typer.Context, json: Json = False) -> ExitCode:
    """Show settings, reachability, token, clock and versions; no secrets."""
    from flow_retail_cli.doctor import doctor as run

    return asyncio.run(run(context.obj, as_json=json))


@app.command(
    rich_help_panel="Around",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@handle_errors
def sandbox(context: typer.Context) -> None:
    """Run a local server with the same API and invented data; `sandbox --help` shows its options."""
    try:
        from flow_retail_sandbox.__main__ import main as run
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The sandbox needs {error.name}, which is not installed.",
            "pip install 'flow-retail-client[cli,sandbox]'",
        ) from None
    run(list(context.args), prog=context.command_path)
