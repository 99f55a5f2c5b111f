"""`flow-retail get` and `flow-retail search`: records for people as tables, for programs as JSON."""

import re
from typing import Any, cast

from rich.table import Column, Table
from rich.text import Text

from flow_retail_cli.columns import columns_of, to_cells
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError
from flow_retail_cli.export_run import read_arguments
from flow_retail_cli.output import print_message, print_table, write_json, write_out
from flow_retail_cli.unwritten import Unwritten
from flow_retail_core.models.model import Model
from flow_retail_records.leftover import LEFTOVER
from flow_retail_records.resources import Listing, ResourceType, find

_SHOWN_COLUMNS = 6
_TABLE_LIMIT = 50

_DISPLAYED = re.compile(r"displayName|name|title")
_NAMES = re.compile(r"\w*[nN]ame")
_RECOGNISED_BY = (
    _DISPLAYED,
    re.compile(r"\w*(Type|State|Status)|type|state|status"),
    _NAMES,
    re.compile(r"email"),
    re.compile(r"mobile|phone"),
    re.compile(r"city"),
)
"""Fields that people recognise records by, the best first."""


async def get(connection: ConnectionOptions, resource: str, uids: list[str], *, as_json: bool) -> None:
    """Show all fields of one record."""
    resource_type = find(resource, lambda resource_type: resource_type.get is not None, "got")
    names = resource_type.get or ()
    if len(uids) != len(names):
        raise CommandError(
            f"{resource_type.name} are identified by {len(names)} values, not {len(uids)}.",
            f"flow-retail get {resource_type.name} {' '.join(name.upper() for name in names)}",
        )
    async with connect(connection) as flow:
        try:
            record: Model = await resource_type.of(flow).get(*uids)
        except ValueError as error:
            raise CommandError(f"{error}.", "Check the UID.") from None
    if as_json:
        write_json(record.to_dict())
        return
    columns = columns_of(type(record))
    table = Table("field", Column("value", overflow="fold"), title=resource_type.name)
    for name, cell in zip(
        [*(c.name for c in columns), LEFTOVER], to_cells(record.to_dict(), columns), strict=True
    ):
        if cell:
            table.add_row(name, Text(cell))
    print_table(table)


async def search(
    connection: ConnectionOptions,
    resource: str,
    query: str,
    params: list[str],
    *,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show the records that a search finds."""
    resource_type = find(resource, lambda resource_type: resource_type.search, "searched")
    listing, body = cast("Listing", resource_type.search), cast("Any", resource_type.search_body)
    arguments: dict[str, str] = read_arguments(listing, params)
    search_body = body.from_dict({"query": query})
    limit = (None if as_json else _TABLE_LIMIT) if limit is None else limit
    async with connect(connection) as flow:
        pager = resource_type.of(flow).search(
            **{**arguments, "body": search_body}, page_size=min(limit or 200, 200)
        )
        if as_json:
            left = limit
            unwritten = Unwritten(listing.key)
            async with pager.pages() as pages:
                async for page in pages:
                    items = page.items if left is None else page.items[:left]
                    write_out(b"".join(unwritten.lines(items)))
                    left = None if left is None else left - len(items)
                    if left == 0:
                        break
            unwritten.check(missing=0)
            return
        # One more than shown, to know whether there are more.
        records = await pager.collect(limit=(limit or _TABLE_LIMIT) + 1)
    _show(resource_type, listing, records, limit or _TABLE_LIMIT)


def _show(resource_type: ResourceType, listing: Listing, records: list[Model], limit: int) -> None:
    if not records:
        print_message("Nothing was found.")
        return
    columns = columns_of(listing.record)
    names = [column.name for column in columns]
    rows = [to_cells(record.to_dict(), columns) for record in records[:limit]]
    shown = _columns_to_show(names, rows, listing.key_name or "")
    table = Table(
        # UIDs are copied, so they are never wrapped.
        *(Column(names[position], no_wrap=position == shown[0], overflow="fold") for position in shown),
        title=resource_type.name,
    )
    for row in rows:
        table.add_row(*(Text(row[position]) for position in shown))
    print_table(table)
    if len(records) > limit:
        print_message(f"These are the first {limit:,}; --limit shows more, --json all of them.")


def _columns_to_show(names: list[str], rows: list[list[str]], key: str) -> list[int]:
    """The positions of the columns to show: the key, then the fields that people recognise records by."""
    filled = [at for at, name in enumerate(names) if any(row[at] for row in rows) and "." not in name]
    ranked = [at for at in filled if names[at] == key]
    for pattern in (*_RECOGNISED_BY, re.compile(r".*")):
        if pattern is _NAMES and any(_DISPLAYED.fullmatch(names[at]) for at in ranked):
            continue
        ranked += [at for at in filled if pattern.fullmatch(names[at]) and at not in ranked]
    return ranked[:_SHOWN_COLUMNS]
