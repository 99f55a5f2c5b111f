"""Records as rows of Arrow, which Parquet and Spark share: nested, and each value exactly or not at all.

The columns follow from what the models say of their fields, so that a page of the reference vendored tomorrow
has columns with no line written for it. The one room that needs pyarrow, which an extra brings.
"""

import datetime
import decimal
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import orjson
import pyarrow as pa
from attrs import frozen

from flow_retail_core.models.decoders import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NUMBER,
    STRING,
    EnumDecoder,
)
from flow_retail_core.models.model import Model
from flow_retail_records.fields import item_of, known_values, model_of, readers_of
from flow_retail_records.intake import RowProblem
from flow_retail_records.leftover import LEFTOVER, merged, read_leftover

_FITS = object()
"""What is left of a value that its column holds whole."""
_LONGEST = 2**63
_WHOLE_SECONDS = re.compile(r".*:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)", re.DOTALL)


class _Column(Protocol):
    """How the values of one field are kept."""

    @property
    def type(self) -> pa.DataType:
        """Its type."""
        ...

    def split(self, value: Any) -> tuple[Any, Any]:
        """Divide a value of JSON, not null, into its cell and what is left of it, which may be `_FITS`."""
        ...


class _Text:
    type = pa.string()

    def split(self, value: Any) -> tuple[Any, Any]:
        return (value, _FITS) if type(value) is str else (None, value)


class _Whole:
    type = pa.int64()

    def split(self, value: Any) -> tuple[Any, Any]:
        fits = type(value) is int and -_LONGEST <= value < _LONGEST
        return (value, _FITS) if fits else (None, value)


class _Number:
    type = pa.float64()

    def split(self, value: Any) -> tuple[Any, Any]:
        fits = type(value) in {int, float} and float(value) == value
        return (float(value), _FITS) if fits else (None, value)


class _Truth:
    type = pa.bool_()

    def split(self, value: Any) -> tuple[Any, Any]:
        return (value, _FITS) if type(value) is bool else (None, value)


class _Day:
    type = pa.date32()

    def split(self, value: Any) -> tuple[Any, Any]:
        try:
            return datetime.date.fromisoformat(value), _FITS
        except (TypeError, ValueError):
            return None, value


class _Moment:
    type = pa.timestamp("us", tz="UTC")

    def split(self, value: Any) -> tuple[Any, Any]:
        # A moment without an offset would silently become UTC; one with nanoseconds would lose them.
        if type(value) is str and _WHOLE_SECONDS.fullmatch(value):
            try:
                # In UTC, where the first and the last hours that there are may lie outside of Python's years.
                return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC), _FITS
            except (ValueError, OverflowError):
                pass
        return None, value


class _Nothing:
    """A field of several kinds, of any kind, or that holds its own class: all of it is left over."""

    type = pa.string()

    def split(self, value: Any) -> tuple[Any, Any]:
        return None, value


class _List:
    def __init__(self, item: _Column) -> None:
        self._item = item
        # Spark's name for it, without which a schema is another one there.
        self.type = pa.list_(pa.field("element", item.type))

    def split(self, value: Any) -> tuple[Any, Any]:
        if type(value) is not list:
            return None, value
        split = self._item.split
        cells: list[Any] = []
        rests: list[Any] = []
        for item in _items(value):
            cell, rest = (None, _FITS) if item is None else split(item)
            cells.append(cell)
            rests.append(rest)
        if all(rest is _FITS for rest in rests):
            return cells, _FITS
        # A null for each item that fits, so that places tell what belongs to which.
        return cells, [None if rest is _FITS else rest for rest in rests]


class _Struct:
    def __init__(self, readers: Mapping[str, Any], within: tuple[type[Model], ...]) -> None:
        self.columns = {name: _column(reader, within) for name, reader in readers.items()}
        self.fields = [pa.field(name, column.type) for name, column in self.columns.items()]
        self.type = pa.struct(self.fields)

    def split(self, value: Any) -> tuple[Any, Any]:
        if type(value) is not dict:
            return None, value
        cells: dict[str, Any] = {}
        rests: dict[str, Any] = {}
        for name, content in cast("dict[str, Any]", value).items():
            if content is None:
                continue
            column = self.columns.get(name)
            if column is None:
                rests[name] = content
                continue
            cells[name], rest = column.split(content)
            if rest is not _FITS:
                rests[name] = rest
        return cells, rests or _FITS


def _column(reader: Any, around: tuple[type[Model], ...]) -> _Column:
    item, inner = item_of(reader), model_of(reader)
    if item is not None:
        return _List(_column(item, around))
    if inner is not None:
        # A class that holds itself would be a type without end, and one without fields is none.
        fields = readers_of(inner)
        return _Nothing() if inner in around or not fields else _Struct(fields, (*around, inner))
    if isinstance(reader, EnumDecoder):
        texts = all(isinstance(value, str) for value in known_values(reader))
        return _Text() if texts else _Whole()
    columns: dict[int, _Column] = {
        id(STRING): _Text(),
        id(INTEGER): _Whole(),
        id(NUMBER): _Number(),
        id(BOOLEAN): _Truth(),
        id(DATE): _Day(),
        id(DATE_TIME): _Moment(),
    }
    return columns.get(id(reader), _Nothing())


class ArrowRows:
    """The rows of one class of records.

    Args:
        record: The class.
    """

    def __init__(self, record: type[Model]) -> None:
        # A field of the very name is left over as well.
        fields = {name: reader for name, reader in readers_of(record).items() if name != LEFTOVER}
        self._record = _Struct(fields, (record,))
        self.schema = pa.schema([*self._record.fields, pa.field(LEFTOVER, pa.string())])
        """A column each field, and one for what fits none."""

    def batch(self, records: Iterable[Mapping[str, Any]], schema: pa.Schema | None = None) -> pa.RecordBatch:
        """Make rows of records.

        Args:
            records: The records, as JSON; what is none is left over whole.
            schema: Some of the columns, if not all are wanted.

        Returns:
            A row each.
        """
        rows = [self._row(record) for record in records]
        return pa.RecordBatch.from_pylist(rows, schema=self.schema if schema is None else schema)

    def _row(self, record: Any) -> dict[str, Any]:
        row, rest = (None, _FITS) if record is None else self._record.split(record)
        return {**(row or {}), LEFTOVER: None if rest is _FITS else orjson.dumps(rest).decode()}


@frozen
class Unreadable:
    """Stands for a cell that Python has no value for, such as a time after the year 9999.

    Attributes:
        type: Its type, as Arrow names it.
    """

    type: str


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of a batch, each its cells by column, as `to_json` takes them.

    Args:
        batch: The batch, whose times may be in any zone; the cells' are in UTC.
    """
    # A time of the year 1 in UTC is one of the year 0 in half of all zones, and Python has no such year.
    cells = batch.cast(pa.schema(_in_utc(field) for field in _items(batch.schema)))
    try:
        return cells.to_pylist()
    except (ValueError, OverflowError):
        columns = {name: [_cell(cell) for cell in _items(cells.column(name))] for name in cells.schema.names}
        return [{name: column[row] for name, column in columns.items()} for row in range(cells.num_rows)]


def _cell(cell: Any) -> Any:
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        return Unreadable(str(cell.type))


def _in_utc(field: Any) -> Any:
    kind = field.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        kind = pa.timestamp(kind.unit, tz="UTC")
    elif pa.types.is_list(kind):
        kind = pa.list_(_in_utc(kind.value_field))
    elif pa.types.is_struct(kind):
        kind = pa.struct([_in_utc(inner) for inner in _items(kind)])
    return field.with_type(kind)


def to_json(row: Mapping[str, Any], *, nulls: bool = False) -> dict[str, Any]:
    """Write a row as JSON: the other way round.

    Args:
        row: Its cells by column, as Arrow gives them.
        nulls: Whether a null is JSON's; if not, it is a field that is not given.

    Returns:
        The row, with what `LEFTOVER` holds laid over it.

    Raises:
        RowProblem: A cell has no JSON form.
    """
    cells = dict(row)
    leftover: str | None = cells.pop(LEFTOVER, None)
    written = _object(cells, "", nulls)
    if leftover is None:
        return written
    return cast("dict[str, Any]", merged(written, read_leftover(leftover)))


def _object(cells: Mapping[str, Any], trail: str, nulls: bool) -> dict[str, Any]:
    return {
        name: None if cell is None else _value(cell, trail + name, nulls)
        for name, cell in cells.items()
        if cell is not None or nulls
    }


def _value(cell: Any, column: str, nulls: bool) -> Any:
    if isinstance(cell, float) and not math.isfinite(cell):
        raise RowProblem(column, "is not a finite number; JSON knows no other")
    if isinstance(cell, str | bool | int | float):
        return cell
    if isinstance(cell, dict):
        return _object(cast("dict[str, Any]", cell), f"{column}.", nulls)
    if isinstance(cell, list):
        return [None if item is None else _value(item, column, nulls) for item in _items(cell)]
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()
    if isinstance(cell, decimal.Decimal) and cell.is_finite():
        if cell != cell.to_integral_value():
            return float(cell)
        if abs(cell) < _LONGEST:
            return int(cell)
        raise RowProblem(column, "is a whole number of more than 64 bits; cast it to text")
    if isinstance(cell, Unreadable):
        raise RowProblem(column, f"is a {cell.type} out of range; correct it, or cast it to text")
    raise RowProblem(column, f"{type(cell).__name__} has no JSON form; cast it to text")


def _items(value: Any) -> list[Any]:
    # Seen as a list of anything by both type checkers.
    return list(value)
