"""Records on standard output, in the format of `--output`."""

import io
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import orjson
from attrs import frozen
from rich.table import Column as TableColumn
from rich.table import Table
from rich.text import Text

from flow_retail_cli.arguments import find_field
from flow_retail_cli.columns import columns_of, finish, put, to_cells
from flow_retail_cli.command_options import OutputFormat
from flow_retail_cli.errors import CommandError
from flow_retail_cli.files.csv import CsvWriter
from flow_retail_cli.output import print_message, print_table, write_out
from flow_retail_cli.unwritten import Unwritten
from flow_retail_core.models.decoders import ANYTHING
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import decode, encode
from flow_retail_records.fields import Column, json_name
from flow_retail_records.leftover import LEFTOVER

_SHOWN_COLUMNS = 6
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


@frozen
class Presentation:
    """What is shown of records, and how: all fields if none are given."""

    title: str
    model: type[Model]
    key: str | None
    format: OutputFormat
    fields: tuple[Column, ...] | None


def read_fields(model: type[Model], given: str | None) -> tuple[Column, ...] | None:
    """Read `--fields NAME,NAME`; None for all fields."""
    if given is None:
        return None
    names = filter(None, (part.strip() for part in given.split(",")))
    columns = tuple(find_field(model, name) for name in names)
    if not columns:
        raise CommandError("--fields names no field.", "Such as --fields customerUid,displayName.")
    return columns


class _StandardOutput(io.RawIOBase):
    """Standard output as a file of bytes."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        write_out(bytes(data))
        return len(data)


class RecordOutput:
    """Writes records to standard output: one JSON object per line."""

    def __init__(self, shown: Presentation) -> None:
        self._shown = shown
        self._unwritten = Unwritten(shown.key)

    def lines(self, records: Iterable[Model]) -> list[bytes]:
        """The records as JSON, with the selected fields."""
        lines, fields = self._unwritten.lines(records), self._shown.fields
        return lines if fields is None else [_selected(line, fields) for line in lines]

    def write(self, records: Iterable[Model]) -> None:
        """Write some records."""
        write_out(b"".join(self.lines(records)))

    def close(self, *, more: bool) -> None:
        """Complete the output; `more` says whether there are further records."""
        self._unwritten.check(missing=0)


def _selected(line: bytes, fields: tuple[Column, ...]) -> bytes:
    record = decode(line)
    row: dict[str, Any] = {}
    for column in fields:
        with suppress(KeyError, IndexError, TypeError):
            put(row, column.path, _value_at(record, column.path))
    return encode(finish(row)) + b"\n"


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(value, str):
            raise KeyError(step)
        value = value[step]
    return value


class _Array(RecordOutput):
    """A JSON array, indented on a terminal."""

    _written = False

    def write(self, records: Iterable[Model]) -> None:
        for line in self.lines(records):
            write_out((b"," if self._written else b"[") + _BREAK[is_terminal()] + indented(line, by=2))
            self._written = True

    def close(self, *, more: bool) -> None:
        write_out((_BREAK[is_terminal()] + b"]\n") if self._written else b"[]\n")
        super().close(more=more)


_BREAK = {True: b"\n", False: b""}


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    stream: Any = sys.stdout
    return stream is not None and bool(stream.isatty())


def indented(line: bytes, *, by: int = 0) -> bytes:
    """JSON without its line break: indented on a terminal, compact elsewhere."""
    if not is_terminal():
        return line.rstrip(b"\n")
    try:
        text = orjson.dumps(decode(line), option=orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:
        text = line.rstrip(b"\n")
    margin = b" " * by
    return margin + text.replace(b"\n", b"\n" + margin)


class _Csv(RecordOutput):
    """A header and one row per record."""

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self._writer = CsvWriter(
            _StandardOutput(),
            shown.fields or columns_of(shown.model),
            delimiter=",",
            encoding="utf-8",
            refuse=lambda record, error: self._unwritten.add(None, error),
            leftover=shown.fields is None,
        )

    def write(self, records: Iterable[Model]) -> None:
        self._writer.write(self._unwritten.lines(records))

    def close(self, *, more: bool) -> None:
        self._writer.close()
        super().close(more=more)


class _Table(RecordOutput):
    """A table of the fields that identify records best, or of the selected ones."""

    def __init__(self, shown: Presentation) -> None:
        super().__init__(shown)
        self._columns = shown.fields or columns_of(shown.model)
        self._rows: list[list[str]] = []

    def write(self, records: Iterable[Model]) -> None:
        self._rows += [to_cells(decode(line), self._columns) for line in self._unwritten.lines(records)]

    def close(self, *, more: bool) -> None:
        if not self._rows:
            print_message("Nothing was found.")
        else:
            self._print()
        if more:
            print_message(
                f"These are the first {len(self._rows):,}; --limit shows more, --output ndjson all of them."
            )
        super().close(more=more)

    def _print(self) -> None:
        names = [column.name for column in self._columns]
        key = json_name(self._shown.model, self._shown.key) or ""
        at = [*range(len(names))] if self._shown.fields else _columns_to_show(names, self._rows, key)
        table = Table(
            # UIDs are copied, so they are never wrapped.
            *(TableColumn(names[i], no_wrap=names[i] == key, overflow="fold") for i in at),
            title=self._shown.title,
        )
        for row in self._rows:
            table.add_row(*(Text(row[i]) for i in at))
        print_table(table)


def _columns_to_show(names: list[str], rows: list[list[str]], key: str) -> list[int]:
    """The positions of the columns to show: the key, then the fields that people recognise records by."""
    filled = [at for at, name in enumerate(names) if any(row[at] for row in rows) and "." not in name]
    ranked = [at for at in filled if names[at] == key]
    for pattern in (*_RECOGNISED_BY, re.compile(r".*")):
        if pattern is _NAMES and any(_DISPLAYED.fullmatch(names[at]) for at in ranked):
            continue
        ranked += [at for at in filled if pattern.fullmatch(names[at]) and at not in ranked]
    return ranked[:_SHOWN_COLUMNS]


class _Object(RecordOutput):
    """A JSON object for one record, indented on a terminal."""

    def write(self, records: Iterable[Model]) -> None:
        write_out(b"".join(indented(line) + b"\n" for line in self.lines(records)))


class _Fields(RecordOutput):
    """A table with a line for each field of one record."""

    def write(self, records: Iterable[Model]) -> None:
        shown = self._shown
        for record in records:
            data = record.to_dict()
            # The fields of a map are its keys.
            columns = (
                shown.fields or columns_of(shown.model) or [Column(key, (key,), ANYTHING) for key in data]
            )
            names = [*(column.name for column in columns), *([] if shown.fields else [LEFTOVER])]
            table = Table("field", TableColumn("value", overflow="fold"), title=shown.title)
            for name, cell in zip(names, to_cells(data, columns), strict=False):
                if cell or shown.fields:
                    table.add_row(name, Text(cell))
            print_table(table)


def output_of(shown: Presentation, *, single: bool = False) -> RecordOutput:
    """The output of records, or of a single one."""
    outputs: dict[OutputFormat, type[RecordOutput]] = {
        OutputFormat.TABLE: _Fields if single else _Table,
        OutputFormat.JSON: _Object if single else _Array,
        OutputFormat.NDJSON: RecordOutput,
        OutputFormat.CSV: _Csv,
    }
    return outputs[shown.format](shown)
