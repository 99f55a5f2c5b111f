"""CSV as people and spreadsheets write it: any usual delimiter and encoding, with or without a BOM."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from flow_retail_cli.columns import finish, from_cell, put, to_cells
from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Row, Scan
from flow_retail_cli.files.text import TextRejects, check_encoding, digest
from flow_retail_cli.output import listed
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_records.fields import Column, resolve
from flow_retail_records.intake import REJECT, near
from flow_retail_records.leftover import LEFTOVER, merged, read_leftover

_DELIMITERS = (";", ",", "\t", "|")
_LONGEST_CELL = 1 << 20
_NOTHING: tuple[int, list[str]] = (0, [])
_REASON = ("place", "code", "message")


class CsvSource:
    """Rows of a CSV file.

    Args:
        path: The file.
        model: The class that the columns are fields of.
        record: The class of records that are read back, whose fields may stand there too; None if unknown.
        delimiter: What separates cells; None to find out.
        encoding: The encoding; None for UTF-8.
        ignore_unknown: Whether columns that are no fields are left out rather than refused.
    """

    def __init__(
        self,
        path: Path,
        model: type[Model],
        record: type[Model] | None,
        *,
        delimiter: str | None,
        encoding: str | None,
        ignore_unknown: bool,
    ) -> None:
        self.path = path
        self._model = model
        self._record = record
        self._encoding = check_encoding(encoding or "utf-8-sig")
        self._given_delimiter = check_delimiter(delimiter)
        self._ignore_unknown = ignore_unknown
        self._delimiter = ","
        self._header: list[str] = []
        self._columns: list[Column | None] = []

    def scan(self) -> Scan:
        """See `Source`."""
        summary = digest(self.path, self._encoding)
        self._read_header()
        return Scan(sum(1 for _ in self._cells()), summary)

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        for index, (number, cells) in enumerate(self._cells()):
            place = f"line {number}"
            try:
                yield Row(index, place, cells, self._data(cells))
            except ValueError as error:
                yield Row(index, place, cells, None, str(error))

    def rejects(self, path: Path) -> "CsvRejects":
        """See `Source`."""
        return CsvRejects(path.with_name(path.name + ".csv"), self._header, self._delimiter)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """The lines with anything in them, and the number of the line that each begins on."""
        with self.path.open(encoding=self._encoding, newline="") as file:
            yield from _lines(file, self._delimiter, self.path, skip=1)

    def _read_header(self) -> None:
        with self.path.open(encoding=self._encoding, newline="") as file:
            begin = file.read(_LONGEST_CELL)
        self._delimiter = self._given_delimiter or self._sniff(begin)
        header = next(_lines(io.StringIO(begin), self._delimiter, self.path, whole=False), _NOTHING)[1]
        self._header = [name.strip() for name in header]
        if not any(self._header):
            raise CommandError(
                f"{self.path} is empty.", "The first line names the columns, such as customerUid;firstname."
            )
        self._columns = [self._column(name) for name in self._header]
        self._check_header()

    def _sniff(self, begin: str) -> str:
        """The delimiter under which the first line has the most fields, then the most columns."""

        def fields(delimiter: str) -> tuple[int, int]:
            names = next(_lines(io.StringIO(begin), delimiter, self.path, whole=False), _NOTHING)[1]
            return sum(self._column(name.strip()) is not None for name in names), len(names)

        return max(_DELIMITERS, key=fields)

    def _column(self, name: str) -> Column | None:
        column = resolve(self._model, name)
        if column is None and self._record is not None:
            column = resolve(self._record, name)
        return column

    def _check_header(self) -> None:
        unknown = [
            name
            for name, column in zip(self._header, self._columns, strict=True)
            if name and column is None and name != LEFTOVER and name.partition(".")[0] != REJECT
        ]
        if unknown and not self._ignore_unknown:
            fields = [field.name for field in fields_of(self._model)]
            told = listed(f"{name!r}{near(name, fields).rstrip('?').replace(';', ':')}" for name in unknown)
            raise CommandError(
                f"{self.path} has columns that the API does not know: {told}.",
                f"Rename them, or pass --ignore-unknown-columns. Fields: {', '.join(fields)}.",
            )
        named = [name for name in self._header if name]
        twice = sorted({name for name in named if named.count(name) > 1})
        # Such as both `credit` and `credit.limit`.
        inside = sorted(name for name in named if any(name.startswith(f"{other}.") for other in named))
        if twice or inside:
            raise CommandError(
                f"{self.path} gives the same field in several columns: {listed(twice or inside)}.",
                "Leave one column for each field.",
            )

    def _data(self, cells: list[str]) -> dict[str, Any]:
        if len(cells) > len(self._header) and any(cells[len(self._header) :]):
            raise ValueError(
                f"there are {len(cells)} cells under {len(self._header)} columns; put cells that hold "
                f"{self._delimiter!r} in double quotes"
            )
        row: dict[str, Any] = {}
        leftover: Any = {}
        for name, column, cell in zip(self._header, self._columns, cells, strict=False):
            if cell == "":
                continue
            if name == LEFTOVER and column is None:
                leftover = read_leftover(cell)
            elif not name:
                raise ValueError("there is a cell under a column without a name; name the column")
            elif column is not None:
                try:
                    value = from_cell(cell, column.reader, decimal_comma=self._delimiter != ",")
                except ValueError as error:
                    raise ValueError(f"column {name}: can't be read; {error}") from None
                put(row, column.path, value)
        return dict(merged(finish(row), leftover))


def _lines(
    file: Iterable[str], delimiter: str, path: Path, *, skip: int = 0, whole: bool = True
) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_LONGEST_CELL)
    # Strict: a quote that is not closed would otherwise swallow the rest of the file unnoticed.
    reader = csv.reader(file, delimiter=delimiter, strict=whole)
    begins = 1
    try:
        for cells in reader:
            number, begins = begins, reader.line_num + 1
            if any(cells):
                if skip:
                    skip -= 1
                    continue
                yield number, cells
    except csv.Error as error:
        raise CommandError(
            f"{path} can't be read as CSV from line {begins} on: {error}.",
            "Check the double quotes there: one inside a quoted cell is written twice.",
        ) from None


def check_delimiter(delimiter: str | None) -> str | None:
    r"""Check a delimiter as it was typed; `\t` and `tab` are a tabulator.

    Args:
        delimiter: As it was typed; None for none.

    Raises:
        CommandError: It is not one character that can separate cells.
    """
    if delimiter in {"tab", r"\t"}:
        return "\t"
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise CommandError(
            f"The delimiter {delimiter!r} is not one character.",
            "Such as --delimiter ';' or --delimiter tab.",
        )
    return delimiter


class CsvRejects(TextRejects):
    """Rows with their reasons as CSV; the columns as in the file they came from, behind the reason's.

    Args:
        path: The file.
        header: The columns.
        delimiter: What separates cells.
    """

    def __init__(self, path: Path, header: list[str], delimiter: str) -> None:
        self._delimiter = delimiter
        kept = [place for place, name in enumerate(header) if name.partition(".")[0] != REJECT]
        self._kept = kept if len(kept) < len(header) else None
        names = [*(f"{REJECT}.{name}" for name in _REASON), *(header[place] for place in kept)]
        super().__init__(path, "\ufeff" + _line(names, delimiter))

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """See `Rejects`."""
        cells: list[str] = row.raw
        if self._kept is not None:
            cells = [cells[place] for place in self._kept if place < len(cells)]
        self.write(_line([*(str(reason.get(name) or "") for name in _REASON), *cells], self._delimiter))


def _line(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def write_csv(
    lines: Iterable[bytes], path: Path, columns: tuple[Column, ...], *, delimiter: str, encoding: str
) -> None:
    """Write records as CSV.

    Args:
        lines: Each record as JSON.
        path: Where to.
        columns: The columns.
        delimiter: What separates cells.
        encoding: The encoding.

    Raises:
        CommandError: A record holds a character that the encoding lacks.
    """
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([*(column.name for column in columns), LEFTOVER])
        try:
            writer.writerows(to_cells(orjson.loads(line), columns) for line in lines)
        except UnicodeEncodeError:
            raise CommandError(
                f"A record holds a character that {encoding} lacks.",
                "Use --encoding utf-8-sig, which Excel reads.",
            ) from None
