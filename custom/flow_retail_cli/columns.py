"""A record as a row of a table: columns named by the path to each field, and values as texts of cells."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, cast

import orjson

from flow_retail_core.models.decoders import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
)
from flow_retail_core.models.model import Model
from flow_retail_records.fields import Column, known_values, model_of, readers_of, remedy

NULL = r"\N"
"""A cell that is JSON's null; an empty cell is a field that is not given."""

EMPTY = r"\E"
"""A cell that is a text without characters."""

_MARKED = re.compile(r"\\+[NE]")
_KINDS: dict[int, Any] = {id(BOOLEAN): bool, id(INTEGER): int, id(NUMBER): int | float}
_TRUE = frozenset({"true", "1", "yes", "ja", "sann"})
_FALSE = frozenset({"false", "0", "no", "nei", "usann"})


def columns_of(model: type[Model]) -> tuple[Column, ...]:
    """The columns of a table of records: a column each field, nested objects spread out, lists whole.

    Args:
        model: The class of the records.
    """
    return tuple(_columns(model, (), (model,)))


def _columns(model: type[Model], trail: tuple[str, ...], around: tuple[type[Model], ...]) -> Iterable[Column]:
    for name, reader in readers_of(model).items():
        path = (*trail, name)
        inner = model_of(reader)
        # Models may hold themselves; the circle ends as a column of JSON.
        if inner is not None and inner not in around:
            yield from _columns(inner, path, (*around, inner))
            continue
        yield Column(".".join(path), path, reader)


def to_cells(record: Mapping[str, Any], columns: Iterable[Column]) -> list[str]:
    """Write a record as cells.

    A null, an empty text, list or object and a field that is not there are all an empty cell: a spreadsheet
    knows no difference.

    Args:
        record: The record, as JSON.
        columns: The columns.

    Returns:
        The cells, that of `LEFTOVER` last.
    """
    rest = cast("dict[str, Any]", orjson.loads(orjson.dumps(record)))
    cells = [_take(rest, column) for column in columns]
    rest = _without_empty(rest)
    return [*cells, orjson.dumps(rest).decode() if rest else ""]


def _take(rest: dict[str, Any], column: Column) -> str:
    """The cell of a column; what it holds is taken out of the record, what does not fit stays."""
    *trail, last = cast("tuple[str, ...]", column.path)
    inner = rest
    for step in trail:
        found = inner.get(step)
        if not isinstance(found, dict):
            return ""
        inner = cast("dict[str, Any]", found)
    value = inner.get(last)
    cell = _cell(value, column.reader)
    if cell is None:
        return ""
    inner.pop(last, None)
    return cell


def _cell(value: Any, reader: Any) -> str | None:
    """A value as text; None if reading that text as this field would give something else."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(reader, EnumDecoder):
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if _is_text(reader):
        return _marked(value) if isinstance(value, str) else None
    kinds = _KINDS.get(id(reader)) or (
        list if isinstance(reader, ListDecoder) else dict if isinstance(reader, ModelDecoder) else object
    )
    if not isinstance(value, kinds) or (isinstance(value, bool) and reader in (INTEGER, NUMBER)):
        return None
    return orjson.dumps(value).decode()


def _is_text(reader: Any) -> bool:
    return reader in (STRING, DATE, DATE_TIME) or isinstance(reader, EnumDecoder)


def _marked(text: str) -> str:
    return "\\" + text if _MARKED.fullmatch(text) else text


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """The object without objects that everything was taken out of."""
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            inner = _without_empty(cast("dict[str, Any]", inner))  # noqa: PLW2901  # the same, smaller
            if not inner:
                continue
        if inner is not None:
            kept[key] = inner
    return kept


def from_cell(cell: str, reader: Any, *, decimal_comma: bool = False) -> Any:
    """Read a cell that is not empty.

    Args:
        cell: Its text.
        reader: What the spec says of the field.
        decimal_comma: Whether `1,5` is a number.

    Returns:
        The value as JSON.

    Raises:
        ValueError: It is no such value; the message says how to write one.
    """
    if cell == NULL:
        return None
    if cell == EMPTY:
        return ""
    if _is_text(reader) and _MARKED.fullmatch(cell):
        return cell[1:]
    if isinstance(reader, EnumDecoder):
        return _enum_value(cell, reader)
    if _is_text(reader):
        return cell
    text = cell.strip()
    if reader == BOOLEAN and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    if reader in (INTEGER, NUMBER) and decimal_comma:
        text = text.replace(",", ".", 1)
    if reader == INTEGER and re.fullmatch(r"[+-]?[0-9]+([.]0+)?", text):
        return int(text.partition(".")[0])
    if reader == NUMBER and re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?", text):
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    if reader not in (BOOLEAN, INTEGER, NUMBER):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            if reader is ANYTHING:
                return cell
    raise ValueError(remedy(reader))


def _enum_value(cell: str, reader: Any) -> str | int:
    values = known_values(reader)
    folded = [value for value in values if str(value).lower() == cell.strip().lower()]
    if len(folded) != 1:
        raise ValueError(remedy(reader))
    return folded[0]


class _Items(dict[int, Any]):
    """A list whose items come one by one."""


def put(row: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Put a value into a row under construction; `finish` makes its lists.

    Args:
        row: The row.
        path: Where to.
        value: What.
    """
    inner: dict[Any, Any] = row
    for step, following in pairwise(path):
        inner = inner.setdefault(step, _Items() if isinstance(following, int) else {})
    inner[path[-1]] = value


def finish(value: Any) -> Any:
    """Turn what `put` built into JSON: items in the order of their places, without gaps.

    Args:
        value: A row, or a part of one.
    """
    if isinstance(value, _Items):
        return [finish(value[place]) for place in sorted(value)]
    if isinstance(value, dict):
        return {key: finish(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return value
