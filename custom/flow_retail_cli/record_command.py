"""`flow-retail get`, `create`, `update` and `delete`: one record."""

from pathlib import Path
from typing import Any, cast

from attrs import field, frozen

from flow_retail_cli.arguments import read_arguments, read_text
from flow_retail_cli.body import read_body
from flow_retail_cli.connection import ConnectionOptions, connect
from flow_retail_cli.errors import CommandError
from flow_retail_cli.output import print_message, write_json, write_out
from flow_retail_cli.output_format import OutputFormat
from flow_retail_cli.record_output import Presentation, output_of, read_fields, write_record
from flow_retail_core.models.model import Model
from flow_retail_records.resources import ResourceType, find
from flow_retail_records.writing import is_model


@frozen
class RecordOptions:
    """The options of the commands.

    Attributes:
        output: The format.
        fields: The fields to show, as typed; None for all.
        params: Arguments of the method, as typed.
        file: A file with the body; `-` for standard input.
        set: Fields of the body, as typed.
    """

    output: OutputFormat
    fields: str | None
    params: list[str]
    file: Path | None = None
    set: list[str] = field(factory=list[str])


async def run(
    connection: ConnectionOptions, command: str, resource: str, uids: list[str], options: RecordOptions
) -> None:
    """Call a method and show what it returns."""
    resource_type = find(resource, command)
    method = resource_type.methods[command]
    operation = method.operation
    if len(uids) != len(method.arguments):
        raise CommandError(
            f"{operation.name} takes {len(method.arguments)} UIDs, not {len(uids)}.",
            f"flow-retail {command} {' '.join([resource_type.name, *map(str.upper, method.arguments)])}",
        )
    path = [read_text(uid, name) for uid, name in zip(uids, method.arguments, strict=True)]
    keywords = read_arguments(method, options.params, operation.required)
    body = read_body(operation, options.file, options.set)
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
    if isinstance(found, list):
        output = output_of(shown)
        output.write(records)
        output.close(more=False)
    else:
        write_record(found, shown)
