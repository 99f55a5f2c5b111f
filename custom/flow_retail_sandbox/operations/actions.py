"""Operations of which only the schemas are known: the same request always gets the same response."""

from random import Random
from typing import Any, Final

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.spec.validators import first_error
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


def act(call: Call) -> Result:
    """Respond as documented, about the records that the path names."""
    operation, found = call.operation, _records(call)
    if operation.method in {"PUT", "PATCH"} and found:
        _keep(call, *found[-1])
    if operation.result is None:
        media_type = operation.media_types.get(str(operation.status))
        if media_type is None or operation.status == 204:
            return Result(operation.status)
        return Result(operation.status, _FILES.get(media_type, b"Sandbox\n"), media_type)
    records = {id(table.collection.schema): table.records.find(uid) for table, uid in found}
    for table, _ in reversed(found):
        record = records[id(table.collection.schema)]
        if record is not None and call.spec.same(operation.result, table.collection.schema):
            return call.result(record.document)
    chance = Random(f"{operation.method} {operation.path.strip('/')} {sorted(call.path.items())}")
    made = call.store.state.samples.sample(operation.result, chance, refer=call.store.some_uid)
    if made is OMIT:
        made = []
    if is_object(made):
        known: Json = {**call.fields, **call.path}
        for name, part in call.spec.properties(operation.result).items():
            for table, _ in found:
                record = records[id(table.collection.schema)]
                if record is not None and call.spec.same(part, table.collection.schema):
                    known[name] = record.read()
        made = keep_fitting(call, operation, made, known)
    return Result(operation.status, orjson.dumps(made))


def keep_object(call: Call) -> Result:
    """Read the one object at a path, or change it by what was sent."""
    call.owner()
    read = call.spec.operations["GET", call.operation.path]
    assert read.result is not None  # noqa: S101  # the handler was chosen for it
    notes, uid = call.store.notes(call.operation.path), "/".join(call.path.values())
    found = notes.find(uid)
    if found is None:
        chance = Random(f"{call.operation.path} {uid}")
        value: Any = call.store.state.samples.sample(read.result, chance, refer=call.store.some_uid)
    else:
        value = found.read()
    if call.operation.method != "GET" and is_object(value):
        value = keep_fitting(call, read, value, call.fields)
        if found is None:
            notes.insert(uid, value)
        else:
            notes.replace(found, value)
    return call.result(orjson.dumps(value))


def keep_fitting(call: Call, operation: SpecOperation, made: Json, values: Json) -> Json:
    """Take those values over that an operation may respond with."""
    validator = call.store.state.validators.response(operation, operation.status)
    for name in call.spec.properties(operation.result or {}):
        tried = {**made, name: values.get(name)}
        if name in values and (validator is None or first_error(validator, tried) is None):
            made = tried
    return made


def _records(call: Call) -> list[tuple[Table, str]]:
    """Find the records that a path names; one that does not exist is refused."""
    found: list[tuple[Table, str]] = []
    for name, collection in call.model.along(call.operation.path).items():
        if all(owner in call.path for owner in collection.owners):
            table, owner = call.store.table(collection), call.owner_of(collection)
            table.find(call.path[name], owner)
            found.append((table, table.uid_of(call.path[name], owner)))
    return found


def _keep(call: Call, table: Table, uid: str) -> None:
    """Store what a record can hold of what was sent."""
    owner, _, own = uid.rpartition("/")
    known = {name: value for name, value in call.fields.items() if name in table.collection.properties}
    if known:
        table.update(own, known, owner)
