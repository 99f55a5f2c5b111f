"""CSV as people and spreadsheets write it: any delimiter and encoding, with or without a BOM."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from attrs import define, field

from flow_retail_cli.columns import finish, from_cell, put, to_cells
from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Refuse, Rejects, Row, Scan, read_row
from flow_retail_cli.files.text import check_encoding, digest
from flow_retail_cli.output import join_names
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import decode
from flow_retail_records.fields import Column, resolve
from flow_retail_records.item_builder import REJECT, suggestion
from flow_retail_records.leftover import LEFTOVER, merged, read_leftover

_DELIMITERS = (";", ",", "\t", "|")
_LONGEST_HEADER = 1 << 20
_LONGEST_CELL = 1 << 26
"""Characters; bounds the memory for a quote that is not closed."""
_NOTHING: tuple[int, list[str]] = (0, [])
_REASON = ("location", "code", "message")


def check_delimiter(delimiter: str | None) -> str | None:
    r"""Check a delimiter as it was typed; `\t` and `tab` are a tab."""
    if delimiter in {"tab", r"\t"}:
        return "\t"
    try:
        usable = delimiter is None or (delimiter not in '"\r\n' and csv.reader((), delimiter=delimiter))
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise CommandError(
            f"The delimiter {delimiter!r} is not one character.",
            "Such as --delimiter ';' or --delimiter tab.",
        )
    return delimiter


def _encoding(name: str | None) -> str:
    return check_encoding(name or "utf-8-sig")


@define(eq=False)
class CsvSource:
    """Rows of a CSV file; a delimiter that is not given is found out."""

    path: Path
    model: type[Model]
    record: type[Model] | None
    given_delimiter: str | None = field(alias="delimiter", converter=check_delimiter, kw_only=True)
    encoding: str = field(converter=_encoding, kw_only=True)
    ignore_unknown: bool = field(kw_only=True)
    delimiter: str = field(default=",", init=False)
    header: list[str] = field(factory=list[str], init=False)
    columns: list[Column | None] = field(factory=list[Column | None], init=False)

    def scan(self) -> Scan:
        """See `Source`."""
        summary = digest(self.path, self.encoding)
        self._read_header()
        return Scan(sum(1 for _ in self._cells()), summary)

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        for index, (number, cells) in enumerate(self._cells()):
            yield read_row(index, f"line {number}", cells, partial(self._data, cells))

    def rejects(self, word: str) -> "CsvRejects":
        """See `Source`."""
        path = self.path.with_name(f"{self.path.name}.{word}.csv")
        return CsvRejects(path, self.header, self.delimiter)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not empty, each with the number of its first line."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield from _lines(file, self.delimiter, self.path, skip=1)

    def _read_header(self) -> None:
        with self.path.open(encoding=self.encoding, newline="") as file:
            start = file.read(_LONGEST_HEADER)
        self.delimiter = self.given_delimiter or self._sniff(start)
        header = next(_lines(io.StringIO(start), self.delimiter, self.path, whole=False), _NOTHING)[1]
        self.header = [name.strip() for name in header]
        if not any(self.header):
            raise CommandError(
                f"{self.path} is empty.", "The first line names the columns, such as customerUid;firstname."
            )
        self.columns = [self._column(name) for name in self.header]
        self._check_header()

    def _sniff(self, start: str) -> str:
        """The delimiter under which the first line has the most fields, then the most columns."""

        def fields(delimiter: str) -> tuple[int, int]:
            names = next(_lines(io.StringIO(start), delimiter, self.path, whole=False), _NOTHING)[1]
            return sum(self._column(name.strip()) is not None for name in names), len(names)

        return max(_DELIMITERS, key=fields)

    def _column(self, name: str) -> Column | None:
        column = resolve(self.model, name)
        if column is None and self.record is not None:
            column = resolve(self.record, name)
        return column

    def _check_header(self) -> None:
        unknown = [
            name
            for name, column in zip(self.header, self.columns, strict=True)
            if name and column is None and name != LEFTOVER and name.partition(".")[0] != REJECT
        ]
        if unknown and not self.ignore_unknown:
            fields = [field.name for field in fields_of(self.model)]
            shown = join_names(
                f"{name!r}{suggestion(name, fields).rstrip('?').replace(';', ':')}" for name in unknown
            )
            raise CommandError(
                f"{self.path} has columns that the API does not know: {shown}.",
                f"Rename them, or pass --ignore-unknown-columns. Fields: {', '.join(fields)}.",
            )
        named = [name for name in self.header if name]
        twice = sorted({name for name in named if named.count(name) > 1})
        # Such as both `credit` and `credit.limit`.
        inside = sorted(name for name in named if any(name.startswith(f"{other}.") for other in named))
        if twice or inside:
            raise CommandError(
                f"{self.path} has several columns for the same field: {join_names(twice or inside)}.",
                "Leave one column for each field.",
            )

    def _data(self, cells: list[str]) -> dict[str, Any]:
        if len(cells) > len(self.header) and any(cells[len(self.header) :]):
            raise ValueError(
                f"there are {len(cells)} cells under {len(self.header)} columns; put cells that hold "
                f"{self.delimiter!r} in double quotes"
            )
        row: dict[str, Any] = {}
        leftover: Any = {}
        for name, column, cell in zip(self.header, self.columns, cells, strict=False):
            if cell == "":
                continue
            if name == LEFTOVER and column is None:
                leftover = read_leftover(cell)
            elif not name:
                raise ValueError("there is a cell under a column without a name; name the column")
            elif column is not None:
                try:
                    value = from_cell(cell, column.reader, decimal_comma=self.delimiter != ",")
                except ValueError as error:
                    raise ValueError(f"column {name}: can't be read; {error}") from None
                put(row, column.path, value)
        return dict(merged(finish(row), leftover))


def _lines(
    file: Iterable[str], delimiter: str, path: Path, *, skip: int = 0, whole: bool = True
) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_LONGEST_CELL)
    # Strict, or a quote that is not closed would silently swallow the rest of the file.
    reader = csv.reader(file, delimiter=delimiter, strict=whole)
    first_line = 1
    try:
        for cells in reader:
            number, first_line = first_line, reader.line_num + 1
            if any(cells):
                if skip:
                    skip -= 1
                    continue
                yield number, cells
    except csv.Error as error:
        raise CommandError(
            f"{path} can't be read as CSV from line {first_line} on: {error}.",
            "Check the double quotes there: inside a quoted cell, write them twice.",
        ) from None


class CsvRejects(Rejects):
    """Rejected rows as CSV: the columns of the reason, then those of the source."""

    def __init__(self, path: Path, header: list[str], delimiter: str) -> None:
        self._delimiter = delimiter
        kept = [location for location, name in enumerate(header) if name.partition(".")[0] != REJECT]
        self._kept = kept if len(kept) < len(header) else None
        names = [*(f"{REJECT}.{name}" for name in _REASON), *(header[location] for location in kept)]
        super().__init__(path, "\ufeff" + _line(names, delimiter))

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """See `Rejects`."""
        cells: list[str] = row.raw
        if self._kept is not None:
            cells = [cells[location] for location in self._kept if location < len(cells)]
        self.write(_line([*(str(reason.get(name) or "") for name in _REASON), *cells], self._delimiter))


def _line(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


@define(eq=False)
class CsvWriter:
    """Writes records as CSV; `refuse` takes those that can't be written."""

    file: io.RawIOBase | BinaryIO
    columns: tuple[Column, ...]
    delimiter: str = field(kw_only=True)
    encoding: str = field(kw_only=True)
    refuse: Refuse = field(kw_only=True)
    leftover: bool = field(default=True, kw_only=True)
    text: io.TextIOWrapper = field(init=False)
    writer: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        file: Any = self.file
        self.text = io.TextIOWrapper(file, encoding=self.encoding, newline="", write_through=True)
        self.writer = csv.writer(self.text, delimiter=self.delimiter, lineterminator="\r\n")
        names = [column.name for column in self.columns]
        self.writer.writerow([*names, LEFTOVER] if self.leftover else names)

    def write(self, lines: Iterable[bytes]) -> None:
        """Write records, each given as JSON."""
        for line in lines:
            record: Any = None
            try:
                record = decode(line)
                cells = to_cells(record, self.columns)
            except Exception as error:  # noqa: BLE001  # any error concerns this record only
                self.refuse(record, error)
                continue
            try:
                self.writer.writerow(cells if self.leftover else cells[:-1])
            except UnicodeEncodeError:
                raise CommandError(
                    f"A record holds a character that {self.encoding} lacks.",
                    "Use --encoding utf-8-sig, which Excel reads.",
                ) from None

    def close(self) -> None:
        """Leave the file to whoever opened it."""
        self.text.detach()
