"""From a row of a table to an item of a batch: checked, without what the API does not take."""

import difflib
import uuid
from typing import Any, cast

import orjson

from flow_retail_core import defaults
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.model import Model
from flow_retail_records.fields import item_of, model_of, readers_of, remedy, resolve
from flow_retail_records.resources import Batch

REJECT = "_reject"
"""The field under which a file of rejects keeps the reason; left out when that file is imported."""

_REFERRING = frozenset({"update", "delete"})
_ENVELOPE_BYTES = 1024


class RowProblem(ValueError):  # noqa: N818  # a problem is not yet an error
    """A row can't be an item.

    Args:
        column: Where it is, with dots; empty if it is the row as a whole.
        problem: What is the matter and what to do, without the value.
    """

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(column, problem)
        self.column = column
        self.problem = problem

    def __str__(self) -> str:
        return f"column {self.column}: {self.problem}" if self.column else self.problem


class Intake:
    """Makes items.

    Args:
        batch: The batch operation.
        record: The class of records that are read back; what only it knows is read-only. None if unknown.
        mode: create, update, upsert or delete.
        ignore_unknown: Whether fields that nobody knows are left out rather than refused.
        file_hash: Of the file, for uids to be given.
        give_uids: Whether rows without a uid are given one.
    """

    def __init__(
        self,
        batch: Batch,
        record: type[Model] | None,
        mode: str,
        *,
        ignore_unknown: bool,
        give_uids: bool,
        file_hash: str,
    ) -> None:
        self._uid_key = batch.shape.uid_key
        self._mode = mode
        self.model: type[Model] = batch.shape.models[mode]
        self.record = record
        self._ignore_unknown = ignore_unknown
        self._give_uids = give_uids
        self._namespace = uuid.uuid5(uuid.NAMESPACE_OID, file_hash)
        self._references = _references(self.model, record)
        self._referred = {outer for outer, _ in self._references.values()}
        self.left_out: set[str] = set()
        """Read-only fields that rows had."""

    def item(self, row: dict[str, Any], index: int) -> Model:
        """Make the item of a row.

        Args:
            row: The row, as JSON.
            index: Its place in the file, from 0.

        Returns:
            The item.

        Raises:
            RowProblem: It is not one that the API takes.
        """
        data = self._pruned(row, self.model, self.record, "")
        for name, (outer, inner) in self._references.items():
            referred = row.get(outer)
            if name not in data and isinstance(referred, dict) and inner in referred:
                data[name] = referred[inner]
        if self._give_uids and not data.get(self._uid_key):
            # From file and row: a row that is sent a second time has the same uid, so it can't be made twice.
            data[self._uid_key] = str(uuid.uuid5(self._namespace, str(index)))
        if self._mode in _REFERRING and not data.get(self._uid_key):
            raise RowProblem(self._uid_key, f"is empty; there is nothing that could be {self._mode}d")
        try:
            item = self.model.from_dict_strict(data)
        except DecodeError as error:
            raise self._problem(error) from None
        if len(orjson.dumps(data)) > defaults.BATCH_CHUNK_BYTES - _ENVELOPE_BYTES:
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
        """The fields that are taken; those that only come back are noted, those that nobody knows refused."""
        taken = readers_of(model)
        given = {} if record is None else readers_of(record)
        kept: dict[str, Any] = {}
        for key, value in data.items():
            if key == REJECT and not trail:
                continue
            if key in taken:
                kept[key] = self._pruned_value(value, taken[key], given.get(key), f"{trail}{key}.")
            elif key in given:
                if trail or key not in self._referred:
                    self.left_out.add(trail + key)
            elif not self._ignore_unknown:
                raise RowProblem(trail + key, f"the API knows no such field{near(key, taken)}")
        return kept

    def _pruned_value(self, value: Any, reader: Any, counterpart: Any, trail: str) -> Any:
        item, model = item_of(reader), model_of(reader)
        if isinstance(value, list) and item is not None:
            other = item_of(counterpart)
            return [self._pruned_value(inner, item, other, trail) for inner in _list(value)]
        if isinstance(value, dict) and model is not None:
            return self._pruned(cast("dict[str, Any]", value), model, model_of(counterpart), trail)
        return cast("object", value)


def _list(value: Any) -> list[Any]:
    return list(value)


def near(name: str, known: Any) -> str:
    """Name the fields that were probably meant, as the end of a sentence.

    Args:
        name: What was written.
        known: The names that there are.
    """
    plain = {_plain(other): other for other in known}
    if _plain(name) in plain:
        return f"; did you mean {plain[_plain(name)]}?"
    found = difflib.get_close_matches(_plain(name), plain, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(plain[match] for match in found)}?" if found else ""


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum() or character == ".")


def _references(model: type[Model], record: type[Model] | None) -> dict[str, tuple[str, str]]:
    """Fields sent as a uid that come back as objects: `defaultStoreUid` as `defaultStore.storeUid`."""
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
