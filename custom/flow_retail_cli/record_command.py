"""`flow-retail get`, `create`, `update` and `delete` of one record; `list` and `search`."""

from pathlib import Path
from typing import Any, cast

from attrs import frozen

from flow_retail_cli.arguments import read_arguments, read_text
from flow_retail_cli.body import read_body
from flow_retail_cli.command_options import OutputFormat
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError
from flow_retail_cli.output import print_message, write_json, write_out
from flow_retail_cli.record_output import Presentation, RecordOutput, output_of, read_fields
from flow_retail_client import Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Listing, ResourceType, find, find_list, lists
from flow_retail_records.writing import is_model

_TABLE_LIMIT = 50
_PAGE_SIZE = 200


@frozen
class RecordOptions:
    """The options of the commands; the limit is 50 in a table by default, and none in other formats."""

    output: OutputFormat
    fields: str | None
    params: list[str] | None
    limit: int | None = None
    file: Path | None = None
    set: list[str] | None = None


async def run(
    connection: ConnectionOptions, command: str, resource: str, uids: list[str], options: RecordOptions
) -> None:
    """Call a method and show what it returns."""
    resource_type = find(resource, command)
    method = resource_type.methods[command]
    operation = method.operation
    if len(uids) != len(operation.arguments):
        raise CommandError(
            f"{operation.name} takes {len(operation.arguments)} UIDs, not {len(uids)}.",
            f"flow-retail {command} {' '.join([resource_type.name, *map(str.upper, operation.arguments)])}",
        )
    path = [read_text(uid, name) for uid, name in zip(uids, operation.arguments, strict=True)]
    keywords = read_arguments(method, options.params, operation.required)
    body = read_body(operation, options.file, options.set or [])
    if is_model(operation.returns):
        read_fields(operation.returns, options.fields)
    async with connect(connection, operation) as flow:
        try:
            found = await method.of(flow)(*path, *([] if body is None else [body]), **keywords)
        except ValueError as error:
            raise CommandError(f"{error}.", "Check the UID.") from None
    if found is None:
        done = {"create": "created", "update": "updated", "delete": "deleted"}.get(command, "done")
        print_message(f"{' '.join([resource_type.name, *uids])}: {done}.", style="green")
    else:
        _show(found, resource_type, options)


def _show(found: Any, resource_type: ResourceType, options: RecordOptions) -> None:
    if isinstance(found, bytes):
        write_out(found)
        return
    given: list[Any] = cast("Any", found) if isinstance(found, list) else [found]
    records = [record for record in given if isinstance(record, Model)]
    if not records or len(records) < len(given):
        write_json(given if isinstance(found, list) else found)
        return
    model = type(records[0])
    # A record may be of another class than the operation says.
    fields = read_fields(model, options.fields)
    key = resource_type.listing.key if resource_type.listing else None
    shown = Presentation(resource_type.name, model, key, options.output, fields)
    output = output_of(shown, single=not isinstance(found, list))
    output.write(records)
    output.close(more=False)


async def show_list(connection: ConnectionOptions, resource: str, options: RecordOptions) -> None:
    """Show the records of a list."""
    name = resource.replace("_", "-")
    if name not in lists() and find(name, "list"):
        # What lists no records, such as a map, is shown as one.
        await run(connection, "list", name, [], options)
        return
    listing = find_list(name, "list")
    arguments = read_arguments(listing, options.params, listing.required)
    await _show_list(connection, name, listing, arguments, options)


async def search(connection: ConnectionOptions, resource: str, query: str, options: RecordOptions) -> None:
    """Show the records that a search finds."""
    resource_type = find(resource, "search")
    search = cast("Listing", resource_type.search)
    arguments: dict[str, Any] = dict(read_arguments(search, options.params, search.required))
    arguments["body"] = search.operation.body.from_dict({"query": read_text(query, "The query")})
    await _show_list(connection, resource_type.name, search, arguments, options)


async def _show_list(
    connection: ConnectionOptions,
    title: str,
    listing: Listing,
    arguments: dict[str, Any],
    options: RecordOptions,
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
