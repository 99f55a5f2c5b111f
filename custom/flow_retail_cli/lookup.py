"""`flow-retail list` and `search`: records on standard output."""

from typing import Any, cast

from attrs import frozen

from flow_retail_cli.arguments import read_arguments, read_text
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.output_format import OutputFormat
from flow_retail_cli.record_command import RecordOptions
from flow_retail_cli.record_command import run as show_record
from flow_retail_cli.record_output import Presentation, RecordOutput, output_of, read_fields
from flow_retail_client import Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Listing, find, find_list, lists

_TABLE_LIMIT = 50
_PAGE_SIZE = 200


@frozen
class LookupOptions:
    """The options of the commands.

    Attributes:
        output: The format.
        fields: The fields to show, as typed; None for all.
        params: Arguments of the list, as typed.
        limit: How many records at most; None for 50 in a table, and all in other formats.
    """

    output: OutputFormat
    fields: str | None
    params: list[str]
    limit: int | None


async def show_list(connection: ConnectionOptions, resource: str, options: LookupOptions) -> None:
    """Show the records of a list."""
    name = resource.replace("_", "-")
    if name not in lists() and find(name, "list"):
        # What lists no records, such as a map, is shown as one.
        await show_record(
            connection, "list", name, [], RecordOptions(options.output, options.fields, options.params)
        )
        return
    listing = find_list(name, "list")
    arguments = read_arguments(listing, options.params, listing.required)
    await _show(connection, name, listing, arguments, options)


async def search(connection: ConnectionOptions, resource: str, query: str, options: LookupOptions) -> None:
    """Show the records that a search finds."""
    resource_type = find(resource, "search")
    search = cast("Listing", resource_type.search)
    arguments: dict[str, Any] = dict(read_arguments(search, options.params, search.required))
    arguments["body"] = search.operation.body.from_dict({"query": read_text(query, "The query")})
    await _show(connection, resource_type.name, search, arguments, options)


async def _show(
    connection: ConnectionOptions,
    title: str,
    listing: Listing,
    arguments: dict[str, Any],
    options: LookupOptions,
) -> None:
    fields = read_fields(listing.record, options.fields)
    limit = _TABLE_LIMIT if options.limit is None and options.output is OutputFormat.TABLE else options.limit
    shown = Presentation(title, listing.record, listing.key, options.output, fields)
    async with connect(connection, listing.operation) as flow:
        # One more than shown, to know whether there are more.
        size = _PAGE_SIZE if limit is None else min(limit + 1, _PAGE_SIZE)
        output = output_of(shown)
        more = await _write(listing.pager(flow, arguments, page_size=size), output, limit)
    output.close(more=more)


async def _write(pager: Pager[Model], output: RecordOutput, limit: int | None) -> bool:
    """Write records up to the limit, and return whether there are more."""
    written = 0
    async with pager.pages() as pages:
        async for page in pages:
            items = page.items if limit is None else page.items[: limit - written]
            output.write(items)
            written += len(items)
            if len(items) < len(page.items):
                return True
    return False
