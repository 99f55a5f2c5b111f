"""Whatever else a document describes: answered as it promises, the same way for the same request."""

from random import Random
from typing import Any, Final

import orjson

from flow_retail_sandbox.operations.call import Call, Handler, Result, result
from flow_retail_sandbox.spec.collections import Collection, Model, segments
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.spec.validators import Validators, first_error
from flow_retail_sandbox.store.table import Table

_FILES: Final = {
    "application/pdf": b"%PDF-1.4\n%%EOF\n",
    "application/zip": b"PK\x05\x06" + bytes(18),
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xd9",
    "application/xml": b"<?xml version='1.0' encoding='UTF-8'?><result/>",
    "text/xml": b"<?xml version='1.0' encoding='UTF-8'?><result/>",
    "text/html": b"<!DOCTYPE html><title>Sandbox</title>",
}
"""The least that is a file of a type; of any other it is a line of text."""


class Actions:
    """Answers operations about which nothing but their schemas is known."""

    def __init__(self, model: Model, validators: Validators) -> None:
        self._model = model
        self._validators = validators

    def handler(self, operation: SpecOperation) -> Handler:
        """Give what answers an operation."""
        known = self._model.along(operation.path)
        place = "/".join(segments(operation.path))

        def respond(call: Call) -> Result:
            found = self._records(call, known)
            media_type = operation.media_types.get(str(operation.status))
            if operation.method in {"PUT", "PATCH"} and found:
                self._keep(call, *next(reversed(found.values())))
            if operation.result is None:
                if media_type is None or operation.status == 204:
                    return Result(operation.status)
                return Result(operation.status, _FILES.get(media_type, b"Sandbox\n"), media_type)
            for collection, (table, uid) in reversed(found.items()):
                if self._model.spec.same(operation.result, self._model.collections[collection].schema):
                    return result(operation, table.records.find(uid)[1])  # type: ignore[index]  # it was found
            chance = Random(f"{operation.method} {place} {sorted(call.path.items())}")  # noqa: S311  # repeatable
            made = self._made(call, operation, operation.result, chance, found)
            return Result(operation.status, orjson.dumps(made))

        return respond

    def _records(self, call: Call, known: dict[str, Collection]) -> dict[str, tuple[Table, str]]:
        """Find the records that a path names; one that does not exist is refused."""
        found: dict[str, tuple[Table, str]] = {}
        for name, collection in known.items():
            if not all(owner in call.path for owner in collection.owners):
                continue
            table = call.store.table(collection)
            uid = table.uid_of(call.path[name], "/".join(call.path[owner] for owner in collection.owners))
            if table.records.find(uid) is None:
                raise table.problem("RECORD_NOT_FOUND", call.path[name])
            found[collection.name] = (table, uid)
        return found

    def _keep(self, call: Call, table: Table, uid: str) -> None:
        """Store what a record can hold of what was sent."""
        owner, _, own = uid.rpartition("/")
        known = {name: value for name, value in call.fields.items() if name in table.collection.properties}
        if known:
            table.update(own, known, owner)

    def _made(
        self,
        call: Call,
        operation: SpecOperation,
        schema: Json,
        chance: Random,
        found: dict[str, tuple[Table, str]],
    ) -> Any:
        spec, samples = self._model.spec, call.store.samples
        made = samples.sample(schema, chance, refer=call.store.some_uid)
        if not is_object(made):
            return [] if made is OMIT else made
        validator = self._validators.response(operation, operation.status)
        known: Json = {**call.fields, **call.path}
        for name, part in spec.properties(schema).items():
            value = next((known[key] for key in (name,) if key in known), OMIT)
            for collection, (table, uid) in found.items():
                if self._same(part, self._model.collections[collection]):
                    record = table.records.find(uid)
                    value = OMIT if record is None else orjson.loads(record[1])
            if value is not OMIT:
                tried = {**made, name: value}
                if validator is None or first_error(validator, tried) is None:
                    made = tried
        return made

    def _same(self, schema: Json, collection: Collection) -> bool:
        return self._model.spec.same(schema, collection.schema)
