"""Many items in one request: each succeeds or is refused on its own."""

import re
from uuid import uuid4

import orjson

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.table import Table

VERBS = ("create", "update", "upsert", "delete")
"""The lists of a batch, in the order in which they are worked through."""


def run_batch(call: Call) -> Result:
    """Work through the items of a batch, each on its own."""
    table, owner, parts = call.table, call.owner(), call.spec.properties(call.operation.result or {})
    response: Json = {}
    for verb in sorted(parts, key=lambda name: VERBS.index(name) if name in VERBS else len(VERBS)):
        items: list[Json] = call.fields.get(verb) or []
        errors: list[Json] = []
        for item in items:
            refusal = _apply(table, owner, verb, item)
            if refusal is not None:
                errors.append(_error(call, parts[verb], item, refusal))
        response[verb] = {"success": len(items) - len(errors), "errors": errors}
    refused = any(part["errors"] for part in response.values())
    status = 207 if refused and "207" in call.operation.responses else call.operation.status
    return Result(status, orjson.dumps(response))


def _apply(table: Table, owner: str, verb: str, item: Json) -> ApiError | None:
    """Do what is asked with one item; return why it is refused."""
    key = table.collection.key or ""
    uid = str(item.get(key) or "")
    try:
        if verb in {"update", "delete"} and not uid:
            constant = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper()
            raise ApiError("UID_REQUIRED", code=f"{constant}_REQUIRED", uid=key)
        if verb == "delete":
            table.delete(uid, owner)
        elif verb == "update" or (verb == "upsert" and uid and table.has(uid, owner)):
            table.update(uid, item, owner)
        else:
            table.create(item, owner)
    except ApiError as error:
        return error
    return None


def _error(call: Call, part: Json, item: Json, error: ApiError) -> Json:
    """Write an item's refusal in the form of the document.

    An item without a UID had been given one before it was refused, which its sender cannot know.
    """
    spec, uid = call.spec, item.get(call.table.collection.key or "")
    written: Json = {}
    for name in spec.properties(spec.resolve(spec.properties(part)["errors"])["items"]):
        if name.endswith(("Uid", "Id")):
            written[name] = uid or str(uuid4())
        else:
            written[name] = error.code if name.lower().endswith("code") else error.message(call.language)
    return written
