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

from flow_retail_core.model import Model
from flow_retail_core.readers import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NUMBER,
    STRING,
    EnumReader,
)
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
                return datetime.datetime.fromisoformat(value), _FITS
            except ValueError:
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
    def __init__(self, model: type[Model], around: tuple[type[Model], ...]) -> None:
        within = (*around, model)
        self.columns = {name: _column(reader, within) for name, reader in readers_of(model).items()}
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
        return _Nothing() if inner in around or not readers_of(inner) else _Struct(inner, around)
    if isinstance(reader, EnumReader):
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
        self._record = _Struct(record, ())
        self.schema = pa.schema([*self._record.fields, pa.field(LEFTOVER, pa.string())])
        """A column each field, and one for what fits none."""

    def batch(self, records: Iterable[Mapping[str, Any]], schema: pa.Schema | None = None) -> pa.RecordBatch:
        """Make rows of records.

        Args:
            records: The records, as JSON.
            schema: Some of the columns, if not all are wanted.

        Returns:
            A row each.
        """
        rows = [self._row(record) for record in records]
        return pa.RecordBatch.from_pylist(rows, schema=self.schema if schema is None else schema)

    def _row(self, record: Mapping[str, Any]) -> dict[str, Any]:
        row, rest = self._record.split(record)
        row[LEFTOVER] = None if rest is _FITS else orjson.dumps(rest).decode()
        return cast("dict[str, Any]", row)


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
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    raise RowProblem(column, f"{type(cell).__name__} has no JSON form; cast it to text")


def _items(value: Any) -> list[Any]:
    # Seen as a list of anything by both type checkers.
    return list(value)
