"""Many items in one request: each succeeds or is refused on its own."""

import re
from uuid import uuid4

import orjson

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Handler, Result
from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.table import Table

VERBS = ("create", "update", "upsert", "delete")
"""The lists of a batch, in the order in which they are worked through."""


def batching(collection: Collection, operation: SpecOperation, spec: Spec) -> Handler:
    """Work through the items of a batch, each of which succeeds or is refused on its own."""
    parts = spec.properties(operation.result or {})
    refused_status = 207 if "207" in operation.responses else operation.status

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        owner = call.owner(table)
        answered: Json = {}
        refused = False
        for verb in (*VERBS, *(name for name in parts if name not in VERBS)):
            if verb in parts:
                errors = _run_list(table, owner, verb, call.fields.get(verb) or [], call.language)
                problems = [batch_error(spec, parts[verb], *error) for error in errors]
                sent = len(call.fields.get(verb) or [])
                answered[verb] = {"success": sent - len(errors), "errors": problems}
                refused = refused or bool(errors)
        return Result(refused_status if refused else operation.status, orjson.dumps(answered))

    return respond


def _run_list(
    table: Table, owner: str, verb: str, items: list[Json], language: str
) -> list[tuple[str | None, str, str]]:
    key = table.collection.key or ""
    errors: list[tuple[str | None, str, str]] = []
    for item in items:
        uid = item.get(key)
        try:
            if verb in {"update", "delete"} and not uid:
                raise ApiError("UID_REQUIRED", code=f"{_constant(key)}_REQUIRED", uid=key)
            if verb == "delete":
                table.delete(str(uid), owner)
            elif verb == "update" or (verb == "upsert" and uid and table.has(str(uid), owner)):
                table.update(str(uid), item, owner)
            else:
                table.create(item, owner)
        except ApiError as error:
            errors.append((uid, error.code, error.message(language)))
    return errors


def _constant(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def batch_error(spec: Spec, part: Json, uid: str | None, code: str, message: str) -> Json:
    """Write an item's refusal in the form of the document.

    An item without a UID had been given one before it was refused, which its sender cannot know.
    """
    schema = spec.resolve(spec.properties(part)["errors"])["items"]
    written: Json = {}
    for name in spec.properties(schema):
        if name.endswith(("Uid", "Id")):
            written[name] = uid or str(uuid4())
        elif name.lower().endswith("code"):
            written[name] = code
        else:
            written[name] = message
    return written
