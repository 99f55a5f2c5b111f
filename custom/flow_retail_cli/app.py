"""The command line: its commands and their options."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer
from attrs import fields_dict

from flow_retail_cli.command_options import (
    BodyFile,
    Fields,
    Json,
    Limit,
    Mode,
    Output,
    OutputFormat,
    Params,
    Resource,
    Restart,
    Set,
    Uids,
    connection,
    tuning,
)
from flow_retail_cli.errors import ExitCode
from flow_retail_cli.shell import Command, CommandGroup, P, handle_errors

_EXIT_CODES = (
    "Exit codes: 0 all done, 1 something failed or is unknown, 2 wrong usage or settings, "
    "3 nothing reachable, 70 internal error, 130 stopped by Ctrl-C, 143 stopped by SIGTERM."
)
_EPILOG = (
    "Settings: options, then the profile (--profile or FLOW_RETAIL_PROFILE), then FLOW_RETAIL_TENANT, "
    f"FLOW_RETAIL_TOKEN and FLOW_RETAIL_BASE_URL. {_EXIT_CODES}"
)

T = TypeVar("T")


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from flow_retail_core import __version__

        typer.echo(f"flow-retail {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    profile: Annotated[
        str | None,
        connection("NAME", "Profile of the configuration file: tenant, environment, token command."),
    ] = None,
    tenant: Annotated[str | None, connection("UID", "UID of the tenant.")] = None,
    token_file: Annotated[
        Path | None,
        connection("FILE", "File that holds the token. There is no --token: process lists show arguments."),
    ] = None,
    base_url: Annotated[
        str | None, connection("URL", "Base URL of the API, instead of an environment.")
    ] = None,
    environment: Annotated[str | None, connection("NAME", "production (default) or stage.")] = None,
    timeout: Annotated[float | None, connection("SECONDS", "Limit for each step of a request.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Move, find and check the records of Flow Retail: customers, their contacts, their groups."""
    if context.invoked_subcommand == "sandbox":
        return
    from flow_retail_cli.connection import ConnectionOptions

    context.obj = _options(ConnectionOptions, locals())


def _options(type_: type[T], arguments: dict[str, Any]) -> T:
    """The options of a command, which have the names of its arguments."""
    return type_(**{name: arguments[name] for name in fields_dict(cast("Any", type_))})


def _command(
    name: str | None = None, text: str | None = None, *, panel: str = "Records"
) -> Callable[[Callable[P, ExitCode | None]], Callable[P, None]]:
    """Register a command whose errors end it with a sentence and an exit code."""
    register = app.command(name, cls=Command, help=text, rich_help_panel=panel, epilog=_EXIT_CODES)
    return lambda command: register(handle_errors(command))


@_command()
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
    delimiter: Annotated[str, typer.Option(metavar="CHAR", help="Of CSV; `tab` for a tab.")] = ",",
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of CSV; utf-8-sig for Excel.")] = "utf-8",
    restart: Restart = False,
    json: Json = False,
    page_size: Annotated[int, tuning("Records per page.")] = 500,
    prefetch: Annotated[int, tuning("Pages in flight at once.")] = 4,
) -> None:
    """Write all records of a resource to a file.

    The file appears when it is complete. After an interruption the same command resumes.
    """
    from flow_retail_cli.export_command import ExportOptions
    from flow_retail_cli.export_command import export as run

    out = out or Path(f"{resource}.ndjson")
    run(context.obj, resource, _options(ExportOptions, locals()))


@_command("import")
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
        typer.Option(metavar="CHAR", help="Of CSV; detected by default.", show_default=False),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of CSV, such as cp1252; UTF-8 by default."),
    ] = None,
    restart: Restart = False,
    json: Json = False,
    chunk_size: Annotated[int, tuning("Rows per request.")] = 500,
    concurrency: Annotated[int, tuning("Requests in flight at once.")] = 4,
) -> ExitCode:
    """Create, update, upsert or delete the records of a file.

    Rows that fail go to FILE.rejects with their reasons. After an interruption the same command resumes.
    """
    from flow_retail_cli.import_command import import_file
    from flow_retail_cli.import_run import ImportOptions

    return import_file(context.obj, file, _options(ImportOptions, locals()))


@_command()
def get(
    context: typer.Context,
    resource: Resource,
    uid: Uids = None,
    param: Params = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Show one record."""
    _run("get", context, resource, uid, params=param, output=output, fields=fields)


def _command_with_body(command: str, text: str) -> None:
    @_command(command, text)
    def call(
        context: typer.Context,
        resource: Resource,
        uid: Uids = None,
        set_: Set = None,
        file: BodyFile = None,
        param: Params = None,
        output: Output = OutputFormat.TABLE,
        fields: Fields = None,
    ) -> None:
        options = {"params": param, "set": set_, "output": output, "fields": fields, "file": file}
        _run(command, context, resource, uid, **options)


_command_with_body("create", "Create one record and show it; `import` creates many.")
_command_with_body("update", "Update one record and show it; `import` updates many.")


@_command()
def delete(context: typer.Context, resource: Resource, uid: Uids = None, param: Params = None) -> None:
    """Delete one record; `import --mode delete` deletes many."""
    _run("delete", context, resource, uid, params=param, output=OutputFormat.TABLE, fields=None)


def _run(command: str, context: typer.Context, resource: str, uid: list[str] | None, **options: Any) -> None:
    from flow_retail_cli.record_command import RecordOptions, run

    asyncio.run(run(context.obj, command, resource, uid or [], RecordOptions(**options)))


@_command("list")
def list_(
    context: typer.Context,
    resource: Resource,
    param: Params = None,
    limit: Limit = None,
    output: Output = OutputFormat.TABLE,
    fields: Fields = None,
) -> None:
    """Show the records of a list; `export` writes them to a file."""
    from flow_retail_cli.record_command import RecordOptions, show_list

    asyncio.run(show_list(context.obj, resource, RecordOptions(output, fields, param, limit)))


@_command()
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
    from flow_retail_cli.record_command import RecordOptions
    from flow_retail_cli.record_command import search as run

    asyncio.run(run(context.obj, resource, query, RecordOptions(output, fields, param, limit)))


@_command(panel="Around")
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
    from flow_retail_sandbox.__main__ import main as run

    run(list(context.args), prog=context.command_path)
