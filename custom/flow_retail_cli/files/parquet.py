"""Parquet through pyarrow: columns with types, nested as the records are."""

import datetime
import decimal
import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeGuard, cast

import orjson

from flow_retail_cli.columns import LEFTOVER, merged
from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Row, Scan, pyarrow
from flow_retail_cli.files.ndjson import NdjsonRejects
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

_ROWS = 5_000
_OTHER = object()
_WHOLE_SECONDS = re.compile(r".*:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)", re.DOTALL)


class ParquetSource:
    """Rows of a Parquet file. Parquet has one null: a null is a field that is not given.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        (self._parquet,) = pyarrow("parquet")

    def scan(self) -> Scan:
        """See `Source`."""
        with self.path.open("rb") as file:
            summary = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            with self._parquet.ParquetFile(self.path) as table:
                return Scan(table.metadata.num_rows, summary)
        except (ValueError, OSError) as error:  # pyarrow's own errors are of these kinds
            raise CommandError(
                f"{self.path} can't be read as Parquet ({type(error).__name__}).", "Make the file anew."
            ) from None

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        index = 0
        with self._parquet.ParquetFile(self.path) as table:
            for batch in table.iter_batches(batch_size=_ROWS):
                for found in batch.to_pylist():
                    yield _row(index, found)
                    index += 1

    def rejects(self, path: Path) -> NdjsonRejects:
        """See `Source`."""
        return NdjsonRejects(path.with_name(path.name + ".ndjson"))


def _row(index: int, found: dict[str, Any]) -> Row:
    place = f"row {index + 1}"
    data = cast("dict[str, Any]", _as_json(found))
    rest = data.pop(LEFTOVER, "{}")
    try:
        leftover = orjson.loads(rest)
    except orjson.JSONDecodeError:
        leftover = None
    if not isinstance(leftover, dict):
        return Row(index, place, data, None, f"column {LEFTOVER}: write a JSON object, or nothing")
    whole = dict(merged(data, leftover))
    return Row(index, place, whole, whole)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _as_json(item) for key, item in cast("dict[str, Any]", value).items()}
        return {key: item for key, item in inner.items() if item is not None}
    if isinstance(value, list):
        return [_as_json(item) for item in _list(value)]
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _list(value: Any) -> list[Any]:
    return list(value)


def write_parquet(lines: Iterable[bytes], path: Path, model: type[Model]) -> None:
    """Write records as Parquet.

    Args:
        lines: Each record as JSON.
        path: Where to.
        model: The class of the records; its fields are the columns.
    """
    arrow, parquet = pyarrow("", "parquet")
    fields = _arrow_fields(arrow, model, (model,))
    schema = arrow.schema([*fields, arrow.field(LEFTOVER, arrow.string())])
    records = (orjson.loads(line) for line in lines)
    with parquet.ParquetWriter(path, schema) as writer:
        while portion := list(islice(records, _ROWS)):
            rows = [_fitted_record(record, model) for record in portion]
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))


def _fitted_record(record: dict[str, Any], model: type[Model]) -> dict[str, Any]:
    fitted, rest = _fit_fields(record, model, (model,))
    return {**fitted, LEFTOVER: orjson.dumps(rest).decode() if rest else None}


def _arrow_fields(arrow: Any, model: type[Model], around: tuple[type[Model], ...]) -> list[Any]:
    return [
        arrow.field(name, _arrow_type(arrow, reader, around)) for name, reader in readers_of(model).items()
    ]


def _arrow_type(arrow: Any, reader: Any, around: tuple[type[Model], ...]) -> Any:
    item, inner = item_of(reader), model_of(reader)
    if item is not None:
        return arrow.list_(_arrow_type(arrow, item, around))
    if _is_struct(inner, around):
        return arrow.struct(_arrow_fields(arrow, inner, (*around, inner)))
    if isinstance(reader, EnumReader):
        return arrow.string() if _is_text_enum(reader) else arrow.int64()
    return {
        id(INTEGER): arrow.int64(),
        id(NUMBER): arrow.float64(),
        id(BOOLEAN): arrow.bool_(),
        id(DATE): arrow.date32(),
        id(DATE_TIME): arrow.timestamp("us", tz="UTC"),
    }.get(id(reader), arrow.string())


def _is_struct(model: type[Model] | None, around: tuple[type[Model], ...]) -> TypeGuard[type[Model]]:
    """Whether objects of a class have columns: not where models hold themselves, nor without any fields."""
    return model is not None and model not in around and bool(readers_of(model))


def _is_text_enum(reader: Any) -> bool:
    return all(isinstance(value, str) for value in known_values(reader))


def _fit_fields(
    record: dict[str, Any], model: type[Model], around: tuple[type[Model], ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that fit their columns, and all others, nested as they were."""
    readers = readers_of(model)
    fitted: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in record.items():
        if value is None:
            continue
        reader = readers.get(key)
        inner = model_of(reader)
        if _is_struct(inner, around) and isinstance(value, dict):
            fitted[key], over = _fit_fields(cast("dict[str, Any]", value), inner, (*around, inner))
            if over:
                rest[key] = over
            continue
        fit = _OTHER if reader is None else _fit(value, reader, around)
        if fit is _OTHER:
            rest[key] = value
        else:
            fitted[key] = fit
    return fitted, rest


def _fit(value: Any, reader: Any, around: tuple[type[Model], ...]) -> Any:
    """The value as its column holds it; `_OTHER` if reading it back would not give the same."""
    item, inner = item_of(reader), model_of(reader)
    if item is not None:
        return _fit_list(value, item, around)
    if inner is not None:
        if not _is_struct(inner, around) or not isinstance(value, dict):
            return _OTHER
        fitted, rest = _fit_fields(cast("dict[str, Any]", value), inner, (*around, inner))
        return _OTHER if rest else fitted
    if isinstance(reader, EnumReader):
        return value if type(value) is (str if _is_text_enum(reader) else int) else _OTHER
    if reader in (DATE, DATE_TIME):
        return _fit_time(value, reader)
    if reader == INTEGER:
        return value if type(value) is int and -(2**63) <= value < 2**63 else _OTHER
    if reader == NUMBER:
        return float(value) if type(value) in {int, float} and float(value) == value else _OTHER
    kinds = {id(BOOLEAN): bool, id(STRING): str}
    return value if type(value) is kinds.get(id(reader)) else _OTHER


def _fit_list(value: Any, item: Any, around: tuple[type[Model], ...]) -> Any:
    if not isinstance(value, list):
        return _OTHER
    fitted = [_fit(inner, item, around) for inner in _list(value)]
    return _OTHER if any(inner is _OTHER for inner in fitted) else fitted


def _fit_time(value: Any, reader: Any) -> Any:
    if not isinstance(value, str):
        return _OTHER
    try:
        if reader == DATE:
            return datetime.date.fromisoformat(value)
        # A moment without an offset would silently become UTC; one with nanoseconds would lose them.
        return datetime.datetime.fromisoformat(value) if _WHOLE_SECONDS.fullmatch(value) else _OTHER
    except ValueError:
        return _OTHER
