"""Operations of which only the schemas are known: the same request always gets the same response."""

from random import Random
from typing import Any, Final

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.spec.validators import first_error

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
    operation, found = call.operation, call.find_all(call.model.along(call.operation.path))
    if operation.method in {"PUT", "PATCH"} and found:
        table, stored = found.pop()
        owner, _, uid = stored.uid.rpartition("/")
        sent = {name: value for name, value in call.fields.items() if name in table.collection.properties}
        found.append((table, table.update(uid, sent, owner) if sent else stored))
    if operation.result is None:
        media_type = operation.media_types.get(str(operation.status))
        if media_type is None or operation.status == 204:
            return Result(operation.status)
        return Result(operation.status, _FILES.get(media_type, b"Sandbox\n"), media_type)
    for table, stored in reversed(found):
        if call.spec.same(operation.result, table.collection.schema):
            return call.result(stored.document)
    chance = Random(f"{operation.method} {operation.path.strip('/')} {sorted(call.path.items())}")
    made = call.store.state.samples.sample(operation.result, chance, refer=call.store.some_uid)
    if is_object(made):
        known: Json = {**call.fields, **call.path}
        for name, part in call.spec.properties(operation.result).items():
            for table, stored in found:
                if call.spec.same(part, table.collection.schema):
                    known[name] = stored.read()
        made = keep_fitting(call, operation, made, known)
    return Result(operation.status, orjson.dumps([] if made is OMIT else made))


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
        notes.put(uid, value)
    return call.result(orjson.dumps(value))


def keep_fitting(call: Call, operation: SpecOperation, made: Json, values: Json) -> Json:
    """Take those values over that an operation may respond with."""
    validator = call.store.state.validators.response(operation, operation.status)
    for name in call.spec.properties(operation.result or {}):
        tried = {**made, name: values.get(name)}
        if name in values and (validator is None or first_error(validator, tried) is None):
            made = tried
    return made
