"""Builds items of a batch from rows of a table: checked, without read-only fields."""

import difflib
import uuid
from typing import Any, cast

import orjson
from attrs import define, field

from flow_retail_core import constants
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import has_utf_8
from flow_retail_records.fields import item_of, map_of, model_of, readers_of, remedy, resolve

REJECT = "_reject"
"""The field that holds the reason in a reject file; ignored when that file is imported."""

_REFERRING = frozenset({"update", "delete"})
_ENVELOPE_BYTES = 1024
_CONTAINERS = (dict, list)
_DEEPEST = 250
"""Levels of nesting that the client can write."""
_TOO_DEEP = f"is nested too deeply (more than {_DEEPEST} levels)"


class RowProblem(ValueError):  # noqa: N818  # it describes a row, not a failure of the program
    """A row can't become an item."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(column, problem)
        self.column = column
        self.problem = problem

    def __str__(self) -> str:
        return f"column {self.column}: {self.problem}" if self.column else self.problem


@define(eq=False)
class ItemBuilder:
    """Builds the items of one mode, such as create."""

    model: type[Model]
    record: type[Model] | None
    mode: str = field(default="create", kw_only=True)
    uid_key: str = field(default="", kw_only=True)
    ignore_unknown: bool = field(default=False, kw_only=True)
    give_uids: bool = field(default=False, kw_only=True)
    file_hash: str = field(default="", kw_only=True)
    left_out: set[str] = field(factory=set[str], init=False)
    """Read-only fields that rows had."""
    references: dict[str, tuple[str, str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.references = _references(self.model, self.record)

    def build(self, row: dict[str, Any], index: int) -> Model:
        """Build the item of a row."""
        try:
            return self._build(row, index)
        except RowProblem:
            raise
        except RecursionError:
            problem = _TOO_DEEP
        except Exception as error:  # noqa: BLE001  # any error concerns this row only
            # The message may hold values of the row.
            problem = f"can't be sent ({type(error).__name__})"
        raise RowProblem("", problem)

    def _build(self, row: dict[str, Any], index: int) -> Model:
        data = self._pruned(row, self.model, self.record, "")
        for name, (outer, inner) in self.references.items():
            referred = row.get(outer)
            if name not in data and isinstance(referred, dict) and inner in referred:
                data[name] = referred[inner]
        if self.give_uids and not data.get(self.uid_key):
            # Derived from file and row, so that a row that is sent again has the same UID.
            file = uuid.uuid5(uuid.NAMESPACE_OID, self.file_hash)
            data[self.uid_key] = str(uuid.uuid5(file, str(index)))
        if self.mode in _REFERRING and not data.get(self.uid_key):
            raise RowProblem(self.uid_key, f"is empty; there is nothing that could be {self.mode}d")
        try:
            item = self.model.from_dict_strict(data)
        except DecodeError as error:
            raise self._problem(error) from None
        try:
            # As the client will encode it: an error there would end the whole batch.
            size = len(orjson.dumps(item.to_dict()))
        except orjson.JSONEncodeError:
            raise unsendable(data) from None
        if size > constants.BATCH_CHUNK_BYTES - _ENVELOPE_BYTES:
            raise RowProblem("", "the row is larger than a request may be (1 MiB); shorten it")
        return item

    def _problem(self, error: DecodeError) -> RowProblem:
        name = error.path.removeprefix("$.").replace("[", ".").replace("]", "")
        if error.reason == "missing":
            return RowProblem(name, "is missing, and the API requires it")
        column = resolve(self.model, name)
        return RowProblem(name, f"is {error.reason}; {remedy(column.reader) if column else 'correct it'}")

    def _pruned(
        self, data: dict[str, Any], model: type[Model], record: type[Model] | None, trail: str
    ) -> dict[str, Any]:
        """Keep the fields that the API takes, note read-only ones, and refuse unknown ones."""
        taken = readers_of(model)
        given = {} if record is None else readers_of(record)
        kept: dict[str, Any] = {}
        for key, value in data.items():
            if key == REJECT and not trail:
                continue
            if key in taken:
                kept[key] = (
                    self._pruned_value(value, taken[key], given.get(key), f"{trail}{key}.")
                    if type(value) in _CONTAINERS
                    else value
                )
            elif key in given:
                if trail or all(outer != key for outer, _ in self.references.values()):
                    self.left_out.add(trail + key)
            elif not self.ignore_unknown:
                raise RowProblem(trail + key, f"the API knows no such field{suggestion(key, taken)}")
        return kept

    def _pruned_value(self, value: Any, reader: Any, counterpart: Any, trail: str) -> Any:
        item, model, inside = item_of(reader), model_of(reader), map_of(reader)
        if isinstance(value, list) and item is not None:
            other = item_of(counterpart)
            return [self._pruned_value(inner, item, other, trail) for inner in _list(value)]
        if isinstance(value, dict) and inside is not None:
            other = map_of(counterpart)
            return {
                key: self._pruned_value(one, inside, other, f"{trail}{key}.")
                for key, one in cast("dict[str, Any]", value).items()
            }
        if isinstance(value, dict) and model is not None:
            return self._pruned(cast("dict[str, Any]", value), model, model_of(counterpart), trail)
        return cast("object", value)


def unsendable(data: dict[str, Any]) -> RowProblem:
    """Find the value that can't be encoded."""
    pending: list[tuple[str, Any, int]] = [("", data, 0)]
    while pending:
        column, value, depth = pending.pop()
        if depth > _DEEPEST:
            return RowProblem(column.partition(".")[0], _TOO_DEEP)
        if isinstance(value, dict):
            inside = cast("dict[str, Any]", value).items()
            pending += [(f"{column}.{name}" if column else name, inner, depth + 1) for name, inner in inside]
        elif isinstance(value, list):
            pending += [
                (f"{column}.{position}", inner, depth + 1) for position, inner in enumerate(_list(value))
            ]
        elif isinstance(value, int) and not -(2**63) <= value < 2**64:
            return RowProblem(column, "is a whole number of more than 64 bits; shorten it")
        elif isinstance(value, str) and not has_utf_8(value):
            return RowProblem(column, "holds half of a character (a lone surrogate); correct the text")
    return RowProblem("", "has no JSON form")


def _list(value: Any) -> list[Any]:
    return list(value)


def suggestion(name: str, known: Any) -> str:
    """Suggest the fields that were probably meant, as the end of a sentence."""
    plain = {_plain(other): other for other in known}
    if _plain(name) in plain:
        return f"; did you mean {plain[_plain(name)]}?"
    found = difflib.get_close_matches(_plain(name), plain, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(plain[match] for match in found)}?" if found else ""


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum() or character == ".")


def _references(model: type[Model], record: type[Model] | None) -> dict[str, tuple[str, str]]:
    """Fields that are sent as a UID and returned as objects: `defaultStoreUid`, `defaultStore.storeUid`."""
    found: dict[str, tuple[str, str]] = {}
    if record is None:
        return found
    given = readers_of(record)
    for name in readers_of(model):
        outer = name.removesuffix("Uid")
        inner = model_of(given.get(outer))
        if name in given or outer == name or inner is None:
            continue
        for key in readers_of(inner):
            if key.endswith("Uid") and name.lower().endswith(key.lower()):
                found[name] = (outer, key)
    return found
