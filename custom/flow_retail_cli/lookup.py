"""`flow-retail get` and `flow-retail search`: records for people as tables, for programs as JSON."""

import re
from typing import Any, cast

from rich.table import Column, Table
from rich.text import Text

from flow_retail_cli.columns import columns_of, to_cells
from flow_retail_cli.connection import Options, connect
from flow_retail_cli.errors import CommandError
from flow_retail_cli.export_command import write_records
from flow_retail_cli.exporting import read_arguments
from flow_retail_cli.output import print_table, say, write_json
from flow_retail_core.models.model import Model
from flow_retail_records.leftover import LEFTOVER
from flow_retail_records.resources import Kind, Listing, find

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
"""What people tell records apart by, the most telling first; fields of every resource are named so."""


async def get(connection: Options, resource: str, uids: list[str], *, as_json: bool) -> None:
    """Read one record and show it whole.

    Args:
        connection: Where the API is.
        resource: The resource's name.
        uids: What identifies the record.
        as_json: Whether to write JSON instead of a table.

    Raises:
        CommandError: It can't be asked for so.
        FlowRetailError: It could not be read.
    """
    kind = find(resource, lambda kind: kind.get is not None, "got")
    names = kind.get or ()
    if len(uids) != len(names):
        raise CommandError(
            f"{kind.name} are told apart by {len(names)} values, not {len(uids)}.",
            f"flow-retail get {kind.name} {' '.join(name.upper() for name in names)}",
        )
    async with connect(connection) as flow:
        try:
            record: Model = await kind.of(flow).get(*uids)
        except ValueError as error:
            raise CommandError(f"{error}.", "Check the UID.") from None
    if as_json:
        write_json(record.to_dict())
        return
    columns = columns_of(type(record))
    table = Table("field", Column("value", overflow="fold"), title=kind.name)
    for name, cell in zip(
        [*(c.name for c in columns), LEFTOVER], to_cells(record.to_dict(), columns), strict=True
    ):
        if cell:
            table.add_row(name, Text(cell))
    print_table(table)


async def search(
    connection: Options, resource: str, query: str, params: list[str], *, limit: int | None, as_json: bool
) -> None:
    """Search records and show what tells them apart.

    Args:
        connection: Where the API is.
        resource: The resource's name.
        query: What to look for.
        params: Further arguments of the search, as they were typed.
        limit: How many records at most; None for 50 in a table and all as JSON.
        as_json: Whether to write NDJSON instead of a table.

    Raises:
        CommandError: It can't be searched so.
        FlowRetailError: The search failed.
    """
    kind = find(resource, lambda kind: kind.search, "searched")
    listing, body = cast("Listing", kind.search), cast("Any", kind.search_body)
    arguments: dict[str, str] = read_arguments(listing, params)
    asked = body.from_dict({"query": query})
    limit = (None if as_json else _TABLE_LIMIT) if limit is None else limit
    async with connect(connection) as flow:
        pager = kind.of(flow).search(**{**arguments, "body": asked}, page_size=min(limit or 200, 200))
        if as_json:
            left = limit
            async with pager.pages() as pages:
                async for page in pages:
                    items = page.items if left is None else page.items[:left]
                    write_records(items)
                    left = None if left is None else left - len(items)
                    if left == 0:
                        break
            return
        # One more tells whether there are more.
        records = await pager.collect(limit=(limit or _TABLE_LIMIT) + 1)
    _show(kind, listing, records, limit or _TABLE_LIMIT)


def _show(kind: Kind, listing: Listing, records: list[Model], limit: int) -> None:
    if not records:
        say("Nothing was found.")
        return
    columns = columns_of(listing.record)
    names = [column.name for column in columns]
    rows = [to_cells(record.to_dict(), columns) for record in records[:limit]]
    shown = _telling(names, rows, listing.key_name or "")
    table = Table(
        # A UID is copied, so it stays whole.
        *(Column(names[place], no_wrap=place == shown[0], overflow="fold") for place in shown),
        title=kind.name,
    )
    for row in rows:
        table.add_row(*(Text(row[place]) for place in shown))
    print_table(table)
    if len(records) > limit:
        say(f"These are the first {limit:,}; --limit shows more, --json all of them.")


def _telling(names: list[str], rows: list[list[str]], key: str) -> list[int]:
    """The places of the columns that are shown: the key, then what people know records by."""
    filled = [
        place for place, name in enumerate(names) if any(row[place] for row in rows) and "." not in name
    ]
    ranked = [place for place in filled if names[place] == key]
    for pattern in (*_RECOGNISED_BY, re.compile(r".*")):
        if pattern is _NAMES and any(_DISPLAYED.fullmatch(names[place]) for place in ranked):
            continue
        ranked += [place for place in filled if pattern.fullmatch(names[place]) and place not in ranked]
    return ranked[:_SHOWN_COLUMNS]
