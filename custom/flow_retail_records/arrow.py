"""Records as Arrow rows, for Parquet and Spark: nested, and each value kept exactly or left over.

The columns follow from what the models say of their fields, so that a page of the reference vendored
later has columns without any new code. The only module that needs pyarrow, which an extra installs.
"""

import datetime
import decimal
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

import pyarrow as pa
from attrs import field, frozen

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
from flow_retail_records.exact_json import encode, has_utf_8
from flow_retail_records.fields import item_of, known_values, map_of, model_of, readers_of
from flow_retail_records.item_builder import RowProblem
from flow_retail_records.leftover import LEFTOVER, merged, read_leftover

_FITS = object()
"""Marks a value that its column holds entirely."""
_LONGEST = 2**63
_WHOLE_SECONDS = re.compile(r".*:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)", re.DOTALL)


class _Column(Protocol):
    """How the values of one field are stored."""

    @property
    def type(self) -> pa.DataType:
        """The Arrow type."""
        ...

    def split(self, value: Any) -> tuple[Any, Any]:
        """Split a JSON value, not null, into its cell and what is left over, which may be `_FITS`."""
        ...


@frozen
class _Scalar:
    """A column of values that fit or not; `cell_of` returns None for those that do not."""

    type: pa.DataType
    cell_of: Callable[[Any], Any]

    def split(self, value: Any) -> tuple[Any, Any]:
        cell = self.cell_of(value)
        return (None, value) if cell is None else (cell, _FITS)


def _text(value: Any) -> Any:
    return value if type(value) is str and has_utf_8(value) else None


def _integer(value: Any) -> Any:
    return value if type(value) is int and -_LONGEST <= value < _LONGEST else None


def _number(value: Any) -> Any:
    try:
        number = float(value) if type(value) in {int, float} else None
    except OverflowError:
        return None
    return number if number == value else None


def _date(value: Any) -> Any:
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _date_time(value: Any) -> Any:
    # A time without an offset would silently become UTC; nanoseconds would be lost.
    if type(value) is not str or not _WHOLE_SECONDS.fullmatch(value):
        return None
    try:
        # In UTC, the first and last hours of Python's calendar may be out of range.
        return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


_TEXT = _Scalar(pa.string(), _text)
_INTEGER = _Scalar(pa.int64(), _integer)
_SCALARS = {
    id(STRING): _TEXT,
    id(INTEGER): _INTEGER,
    id(NUMBER): _Scalar(pa.float64(), _number),
    id(BOOLEAN): _Scalar(pa.bool_(), lambda value: value if type(value) is bool else None),
    id(DATE): _Scalar(pa.date32(), _date),
    id(DATE_TIME): _Scalar(pa.timestamp("us", tz="UTC"), _date_time),
}
_UNMAPPED = _Scalar(pa.string(), lambda _: None)
"""A field of several or unknown types, or of its own class: left over as a whole."""


class _List:
    def __init__(self, item: _Column) -> None:
        self._item = item
        # Spark's own name; with another, the schemas would differ.
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
        # A null for each item that fits, so that positions match.
        return cells, [None if rest is _FITS else rest for rest in rests]


class _Map:
    """An object whose keys the spec does not name."""

    def __init__(self, value: _Column) -> None:
        self._value = value
        self.type = pa.map_(pa.string(), value.type)

    def split(self, value: Any) -> tuple[Any, Any]:
        if type(value) is not dict:
            return None, value
        cells: dict[str, Any] = {}
        rests: dict[str, Any] = {}
        for name, content in cast("dict[str, Any]", value).items():
            cell, rest = (None, _FITS) if content is None else self._value.split(content)
            if rest is _FITS and has_utf_8(name):
                cells[name] = cell
            else:
                rests[name] = content
        return list(cells.items()), rests or _FITS


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
    item, value, inner = item_of(reader), map_of(reader), model_of(reader)
    if item is not None:
        return _List(_column(item, around))
    if value is not None:
        values = _column(value, around)
        return values if values is _UNMAPPED else _Map(values)
    if inner is not None:
        # A class that contains itself would be an infinite type.
        return _UNMAPPED if inner in around else _Struct(readers_of(inner), (*around, inner))
    if isinstance(reader, EnumDecoder):
        return _TEXT if all(isinstance(value, str) for value in known_values(reader)) else _INTEGER
    return _SCALARS.get(id(reader), _UNMAPPED)


class ArrowRows:
    """Converts the records of one class."""

    def __init__(self, record: type[Model]) -> None:
        # A field of that name is left over, too.
        fields = {name: reader for name, reader in readers_of(record).items() if name != LEFTOVER}
        self._record = _Struct(fields, (record,))
        self.schema = pa.schema([*self._record.fields, pa.field(LEFTOVER, pa.string())])
        """One column for each field, and one for what is left over."""

    def batch(self, records: Iterable[Mapping[str, Any]], schema: pa.Schema | None = None) -> pa.RecordBatch:
        """Convert records; anything but an object is left over as a whole."""
        rows = [self._row(record) for record in records]
        return pa.RecordBatch.from_pylist(rows, schema=self.schema if schema is None else schema)

    def _row(self, record: Any) -> dict[str, Any]:
        row, rest = (None, _FITS) if record is None else self._record.split(record)
        return {**(row or {}), LEFTOVER: None if rest is _FITS else encode(rest).decode()}


@frozen
class Unreadable:
    """A cell that Python has no value for, such as a time after the year 9999.

    Attributes:
        type: Its type, as Arrow names it.
        text: Its value, as Arrow writes it; empty where it can't.
    """

    type: str
    text: str = field(default="", repr=False, eq=False)

    def __str__(self) -> str:
        return self.text


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of a batch as dictionaries, for `to_json`; times are in UTC."""
    names = batch.schema.names
    columns = [_cells(column) for column in _items(cast("Any", batch).columns)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cells(column: Any) -> list[Any]:
    # In UTC and microseconds: other zones may need the year 0, and nanoseconds would need pandas.
    data_type = _for_python(column.type)
    try:
        cells = _items((column if data_type == column.type else column.cast(data_type)).to_pylist())
        return [_with_maps(cell, data_type) for cell in cells] if "map<" in str(data_type) else cells
    except Exception:  # noqa: BLE001  # any error concerns one row only
        return [_cell(cell, data_type) for cell in _items(column)]


def _cell(cell: Any, data_type: Any) -> Any:
    for type_ in (data_type, pa.string()):
        try:
            value = _with_maps(cell.cast(type_).as_py(), type_)
        except Exception:  # noqa: BLE001, S112  # as above
            continue
        return value if type_ == data_type else Unreadable(str(cell.type), str(value))
    return Unreadable(str(cell.type))


def _with_maps(cell: Any, data_type: Any) -> Any:
    """A cell with a dictionary for each map; pyarrow returns lists of pairs."""
    if cell is None:
        return None
    if pa.types.is_map(data_type):
        return {key: _with_maps(value, data_type.item_type) for key, value in cell}
    if pa.types.is_list(data_type):
        return [_with_maps(item, data_type.value_type) for item in cell]
    if pa.types.is_struct(data_type):
        return {inner.name: _with_maps(cell[inner.name], inner.type) for inner in _items(data_type)}
    return cell


def _for_python(data_type: Any) -> Any:
    if pa.types.is_timestamp(data_type):
        unit = "us" if data_type.unit == "ns" else data_type.unit
        return pa.timestamp(unit) if data_type.tz is None else pa.timestamp(unit, tz="UTC")
    if pa.types.is_list(data_type):
        return pa.list_(data_type.value_field.with_type(_for_python(data_type.value_type)))
    if pa.types.is_map(data_type):
        return pa.map_(data_type.key_type, _for_python(data_type.item_type))
    if pa.types.is_struct(data_type):
        return pa.struct([inner.with_type(_for_python(inner.type)) for inner in _items(data_type)])
    return data_type


def to_json(row: Mapping[str, Any], *, nulls: bool = False) -> dict[str, Any]:
    """Convert a row back to JSON; a null is kept only with `nulls`."""
    cells = dict(row)
    leftover = cells.pop(LEFTOVER, None)
    try:
        written = _object(cells, "", nulls)
        return written if leftover is None else dict(merged(written, read_leftover(leftover)))
    except RecursionError:
        pass
    raise RowProblem("", "is nested too deeply")


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
            if decimal.Decimal(repr(float(cell))) != cell:
                raise RowProblem(column, "has more digits than a JSON number keeps; cast it to text")
            return float(cell)
        if abs(cell) < _LONGEST:
            return int(cell)
        raise RowProblem(column, "is a whole number of more than 64 bits; cast it to text")
    if isinstance(cell, Unreadable):
        raise RowProblem(
            column, f"is a {cell.type} that can't be kept exactly; correct it, or cast it to text"
        )
    raise RowProblem(column, f"{type(cell).__name__} has no JSON form; cast it to text")


def _items(value: Any) -> list[Any]:
    # Both type checkers see a list of Any.
    return list(value)
