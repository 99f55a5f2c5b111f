"""The body of `create` and `update`: a JSON file, standard input, and single fields."""

import sys
from pathlib import Path
from typing import IO, Any, cast

from flow_retail_cli.arguments import find_field, read_text
from flow_retail_cli.columns import finish, from_cell, put
from flow_retail_cli.errors import CommandError
from flow_retail_cli.output import print_left_out
from flow_retail_client import DecodeError, Operation
from flow_retail_core.models.model import Model
from flow_retail_core.models.schema_drift import DecodingContext
from flow_retail_records.exact_json import decode
from flow_retail_records.fields import readers_of
from flow_retail_records.item_builder import ItemBuilder, RowProblem
from flow_retail_records.leftover import merged
from flow_retail_records.writing import is_model


def read_body(operation: Operation[Any], file: Path | None, fields: list[str]) -> Any:
    """Read the body of an operation; None if it takes none or none is given."""
    if file is None and not fields:
        if operation.body_required:
            raise CommandError(
                f"{operation.name} needs fields.", "Pass --set NAME=VALUE, or --file with a JSON object."
            )
        return None
    if operation.body is None:
        raise CommandError(f"{operation.name} takes no fields.", "Leave out --set and --file.")
    if not operation.takes_json:
        return _file(operation, file)
    document = None if file is None else _read_json(file)
    if is_model(operation.body):
        return _model(operation, {} if file is None else document, fields)
    if fields:
        raise CommandError(f"{operation.name} takes no single fields.", "Pass --file with the JSON.")
    try:
        return operation.body.decode(document, DecodingContext(operation.name, strict=True))
    except DecodeError as error:
        raise CommandError(
            f"{operation.name} does not take this body: {error.path} is {error.reason}.",
            "The reference of the method shows what it takes.",
        ) from None


def _file(operation: Operation[Any], file: Path | None) -> Any:
    """A body that is a file, such as an image."""
    if file is None or is_model(operation.body):
        raise CommandError(
            f"{operation.name} takes {operation.body_type}, and no single fields.",
            "Pass --file with its content." if file is None else "Send it with the Python client.",
        )
    # The client reads it while it is sent.
    opened = _open(file)
    if opened is sys.stdin.buffer:
        return opened
    opened.close()
    return file


def _open(file: Path) -> IO[bytes]:
    try:
        return sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}.", "Check --file.") from None


def _read_json(file: Path) -> Any:
    with _open(file) as opened:
        text = opened.read()
    try:
        return decode(text)
    except ValueError as error:
        problem = str(error)
    raise CommandError(f"{_name(file)} is {problem}.", "Write one JSON object.")


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def _model(operation: Operation[Any], document: Any, fields: list[str]) -> Model:
    body = cast("type[Model]", operation.body)
    if not isinstance(document, dict):
        raise CommandError("The body is not a JSON object.", "Write one JSON object, in braces.")
    record = operation.returns if is_model(operation.returns) else None
    builder = ItemBuilder(body, record)
    try:
        item = builder.build(merged(document, _read_fields(body, fields)), 0)
    except RowProblem as problem:
        where = f"{problem.column}: " if problem.column else ""
        raise CommandError(f"{where}{problem.problem}.", f"Fields: {', '.join(readers_of(body))}.") from None
    print_left_out(builder.left_out)
    return item


def _read_fields(body: type[Model], given: list[str]) -> Any:
    """Read `--set NAME=VALUE`; names and values are those of a column in CSV."""
    row: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"--set {name} has no =.", "Such as --set firstname=Kari.")
        column = find_field(body, name)
        try:
            cell = read_text(value, f"--set {name}")
            put(row, column.path, from_cell(cell, column.reader) if cell else "")
        except ValueError as error:
            raise CommandError(f"--set {name} can't be read.", f"{error}.".capitalize()) from None
    return finish(row)
