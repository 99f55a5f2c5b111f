"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class OutputFormat(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


class Mode(StrEnum):
    """What the API does with the rows of a file."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"


def _complete_resource(context: typer.Context, incomplete: str) -> list[str]:
    from flow_retail_records.resources import possible

    return [name for name in possible(context.info_name or "list") if name.startswith(incomplete)]


Resource = Annotated[
    str,
    typer.Argument(
        metavar="RESOURCE",
        help="Which records, such as customers.",
        show_default=False,
        autocompletion=_complete_resource,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output, for programs.")]
Restart = Annotated[bool, typer.Option("--restart", help="Discard an interrupted run and start again.")]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="NAME=VALUE", help="Further argument, such as sort_by=createdAt; repeatable."
    ),
]
Output = Annotated[
    OutputFormat,
    typer.Option("--output", "-o", metavar="FORMAT", help="table, json, ndjson or csv."),
]
Fields = Annotated[
    str | None,
    typer.Option(
        "--fields", metavar="NAME,NAME", help="Only these fields, such as customerUid,credit.limit."
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        min=1,
        metavar="N",
        help="Records at most. Default: 50 in a table, all in other formats.",
    ),
]
Uids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="UID", help="UID of the record, after those of what it belongs to.", show_default=False
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A field, such as firstname=Kari or credit.limit=5000; repeatable.",
    ),
]
BodyFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="JSON with the fields; - reads standard input."),
]


def connection(metavar: str, text: str) -> Any:
    """An option of the connection."""
    panel = "Connection (also accepted after the command)"
    return typer.Option(metavar=metavar, help=text, rich_help_panel=panel)


def tuning(text: str) -> Any:
    """An option that most users never need: a number from 1."""
    return typer.Option(min=1, metavar="N", help=text, rich_help_panel="Fine tuning")
