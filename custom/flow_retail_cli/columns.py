"""A record as a row of a table: columns are named by the path to each field, cells are text."""

import math
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, cast

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
from flow_retail_records.exact_json import decode, encode, has_utf_8
from flow_retail_records.fields import Column, known_values, map_of, model_of, readers_of, remedy

NULL = r"\N"
"""A cell that means null; an empty cell means that the field is not set."""

EMPTY = r"\E"
"""A cell that means an empty string."""

_MARKED = re.compile(r"\\+[NE]")
_TYPES: dict[int, Any] = {id(BOOLEAN): bool, id(INTEGER): int, id(NUMBER): int | float}
_TRUE = frozenset({"true", "1", "yes", "ja", "sann"})
_FALSE = frozenset({"false", "0", "no", "nei", "usann"})


def columns_of(model: type[Model]) -> tuple[Column, ...]:
    """One column for each field: nested objects are flattened, lists and maps are one JSON cell."""
    return tuple(_columns(model, (), (model,)))


def _columns(model: type[Model], trail: tuple[str, ...], around: tuple[type[Model], ...]) -> Iterable[Column]:
    for name, reader in readers_of(model).items():
        path = (*trail, name)
        inner = model_of(reader)
        # A model may contain itself; the cycle ends as a JSON column.
        if inner is not None and inner not in around and map_of(reader) is None:
            yield from _columns(inner, path, (*around, inner))
            continue
        yield Column(".".join(path), path, reader)


def to_cells(record: Any, columns: Iterable[Column]) -> list[str]:
    """Write a record as cells, that of `LEFTOVER` last; anything but an object is left over whole.

    Null, an empty string, list or object, and a missing field are all an empty cell: a spreadsheet
    has no other.
    """
    rest: Any = decode(encode(record))
    if not isinstance(rest, dict):
        return [*("" for _ in columns), encode(rest).decode()]
    cells = [_take(cast("dict[str, Any]", rest), column) for column in columns]
    _drop_empty(cast("dict[str, Any]", rest))
    return [*cells, encode(rest).decode() if rest else ""]


def _take(rest: dict[str, Any], column: Column) -> str:
    """Remove a column's value from the record and return its cell; a value that does not fit stays."""
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
    """A value as text; None if reading that text back would return another value."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, str) and not has_utf_8(value):
        return None
    if isinstance(reader, EnumDecoder):
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if _is_text(reader):
        return _marked(value) if isinstance(value, str) else None
    types = _TYPES.get(id(reader)) or (
        list if isinstance(reader, ListDecoder) else dict if isinstance(reader, ModelDecoder) else object
    )
    if not isinstance(value, types) or (isinstance(value, bool) and reader in (INTEGER, NUMBER)):
        return None
    return encode(value).decode()


def _is_text(reader: Any) -> bool:
    return reader in (STRING, DATE, DATE_TIME) or isinstance(reader, EnumDecoder)


def _marked(text: str) -> str:
    return "\\" + text if _MARKED.fullmatch(text) else text


def _drop_empty(record: dict[str, Any]) -> None:
    """Drop nulls and emptied objects; without recursion, since records may be deep."""
    objects: list[tuple[dict[str, Any], str, dict[str, Any]]] = [({}, "", record)]
    for _, _, inside in objects:
        for name, value in list(inside.items()):
            if value is None:
                del inside[name]
            elif isinstance(value, dict):
                objects.append((inside, name, cast("dict[str, Any]", value)))
    for around, name, inside in reversed(objects):
        if not inside:
            around.pop(name, None)


def from_cell(cell: str, reader: Any, *, decimal_comma: bool = False) -> Any:
    """Read a cell that is not empty; the `ValueError` says how to write one."""
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
    if reader == INTEGER and re.fullmatch(r"[+-]?[0-9]{1,40}([.]0+)?", text):
        return int(text.partition(".")[0])
    if reader == NUMBER and re.fullmatch(r"[+-]?[0-9]{1,40}", text):
        return int(text)
    if reader == NUMBER and re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?", text):
        number = float(text)
        if math.isfinite(number):
            return number
    if reader not in (BOOLEAN, INTEGER, NUMBER):
        try:
            return decode(text)
        except ValueError:
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
    """A list under construction, by position."""


def put(row: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Put a value into a row under construction; `finish` completes its lists."""
    inner: dict[Any, Any] = row
    for step, following in pairwise(path):
        inner = inner.setdefault(step, _Items() if isinstance(following, int) else {})
    inner[path[-1]] = value


def finish(value: Any) -> Any:
    """Turn what `put` built into JSON: list items in order, without gaps."""
    if isinstance(value, _Items):
        return [finish(value[position]) for position in sorted(value)]
    if isinstance(value, dict):
        return {key: finish(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return value
