"""`flow-retail get`, `list` and `search`: records on standard output."""

from typing import Any, cast

from attrs import frozen

from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError
from flow_retail_cli.list_arguments import read_arguments, read_text
from flow_retail_cli.output_format import OutputFormat
from flow_retail_cli.record_output import (
    Presentation,
    RecordOutput,
    output_of,
    read_fields,
    write_record,
)
from flow_retail_client import Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Listing, ResourceType, find

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


async def get(connection: ConnectionOptions, resource: str, uids: list[str], options: LookupOptions) -> None:
    """Show one record."""
    resource_type = find(resource, lambda resource_type: resource_type.get is not None, "got")
    names = resource_type.get or ()
    if len(uids) != len(names):
        raise CommandError(
            f"{resource_type.name} are identified by {len(names)} values, not {len(uids)}.",
            f"flow-retail get {resource_type.name} {' '.join(name.upper() for name in names)}",
        )
    record = resource_type.record
    fields = None if record is None else read_fields(record, options.fields)
    async with connect(connection) as flow:
        try:
            found: Model = await resource_type.of(flow).get(*uids)
        except ValueError as error:
            raise CommandError(f"{error}.", "Check the UID.") from None
    # A record may be of another class than those of the list.
    fields = read_fields(type(found), options.fields) if fields is None else fields
    key = resource_type.listing.key if resource_type.listing else None
    write_record(found, Presentation(resource_type.name, type(found), key, options.output, fields))


async def show_list(connection: ConnectionOptions, resource: str, options: LookupOptions) -> None:
    """Show the records of a list."""
    resource_type = find(resource, lambda resource_type: resource_type.listing, "listed")
    listing = cast("Listing", resource_type.listing)
    await _show(connection, resource_type, listing, "list", read_arguments(listing, options.params), options)


async def search(connection: ConnectionOptions, resource: str, query: str, options: LookupOptions) -> None:
    """Show the records that a search finds."""
    resource_type = find(resource, lambda resource_type: resource_type.search, "searched")
    listing, body = cast("Listing", resource_type.search), cast("Any", resource_type.search_body)
    arguments: dict[str, Any] = dict(read_arguments(listing, options.params))
    arguments["body"] = body.from_dict({"query": read_text(query, "The query")})
    await _show(connection, resource_type, listing, "search", arguments, options)


async def _show(
    connection: ConnectionOptions,
    resource_type: ResourceType,
    listing: Listing,
    method: str,
    arguments: dict[str, Any],
    options: LookupOptions,
) -> None:
    fields = read_fields(listing.record, options.fields)
    limit = _TABLE_LIMIT if options.limit is None and options.output is OutputFormat.TABLE else options.limit
    shown = Presentation(resource_type.name, listing.record, listing.key, options.output, fields)
    async with connect(connection) as flow:
        # One more than shown, to know whether there are more.
        size = _PAGE_SIZE if limit is None else min(limit + 1, _PAGE_SIZE)
        pager = getattr(resource_type.of(flow), method)(**arguments, page_size=size)
        output = output_of(shown)
        more = await _write(pager, output, limit)
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
