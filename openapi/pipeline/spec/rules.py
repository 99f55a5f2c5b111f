"""What the published operations leave out or get wrong everywhere, corrected by rule.

Corrections of a single place belong to the overlay; a rule here holds for pages never seen. Rules for schemas
are in schemas.py.
"""

import copy
import re
from typing import Any

from pipeline.document.operations import FORMS, is_json, media_type, operations
from pipeline.document.references import SCHEMAS, resolve

UID_PATTERN = "^[A-Za-z0-9-_]+"
ERROR = "Error"
ERROR_SCHEMA = {
    "type": "object",
    "description": "What every 4xx and 5xx answer carries.",
    "properties": {
        "code": {"type": "string", "description": "The error code."},
        "message": {
            "type": "string",
            "description": "The error message, in the locale of the Accept-Language header or of the user.",
        },
        "logId": {
            "type": "string",
            "description": "Names the log entry when reporting errors to Flow Retail.",
        },
    },
}

TEXT_PATTERNS = {"integer": "^[0-9-]+$", "number": "^[0-9.-]+$", "boolean": "^[a-z]+$"}
"""What a value of another type looks like as a text."""

_REMARKS = frozenset({"title", "description", "nullable", "deprecated", "example", "default"})

_ANYTHING = frozenset({"*/*", "application/*"})


def ensure_ids(document: dict[str, Any]) -> None:
    """Give an operation that was published without an id one made of its method and path, in place."""
    for path, method, operation in operations(document):
        if not operation.get("operationId"):
            operation["operationId"] = f"{method}{re.sub(r'[^A-Za-z0-9]+', '-', path)}".rstrip("-")


def apply_rules(document: dict[str, Any]) -> None:
    """Apply every rule for operations to a merged document, in place."""
    for path, method, operation in operations(document):
        _inline(document, operation)
        _declare_path_parameters(document, path, operation)
        _require_body(document, method, operation)
        _document_errors(operation)
    components = document["components"]
    # All inlined above, so that one operation can be corrected without another.
    components.pop("requestBodies", None)
    components["responses"] = {
        ERROR: {
            "description": "The operation failed.",
            "content": {"application/json": {"schema": {"$ref": SCHEMAS + _error_key(document)}}},
        }
    }
    components.setdefault("schemas", {})[_error_key(document)] = copy.deepcopy(ERROR_SCHEMA)


def values_as_text(document: dict[str, Any]) -> None:
    """Declare what is a text on the wire as one, in place: in a path, in a header, of no type in a query."""
    found = [each for _, _, operation in operations(document) for each in operation.get("parameters", [])]
    for parameter in [*found, *document["components"].get("parameters", {}).values()]:
        if "schema" not in parameter:
            continue
        schema = resolve(document, parameter["schema"])
        kind = schema.get("type")
        if parameter["in"] == "path" and kind in TEXT_PATTERNS and "enum" not in schema:
            parameter["schema"] = {"type": "string", "pattern": TEXT_PATTERNS[kind]}
        elif (
            (parameter["in"] == "path" and kind != "string" and "enum" not in schema)
            or (parameter["in"] in {"path", "header"} and schema.get("format") in {"date", "date-time"})
            or (parameter["in"] == "header" and kind in {"array", "object", None})
            or (parameter["in"] == "query" and not set(schema) - _REMARKS)
        ):
            said = {"description": schema["description"]} if "description" in schema else {}
            parameter["schema"] = {"type": "string"} | said


def _error_key(document: dict[str, Any]) -> str:
    schemas = document["components"].get("schemas", {})
    key = ERROR
    while schemas.get(key, ERROR_SCHEMA) != ERROR_SCHEMA:
        key = f"Api{key}"
    return key


def _inline(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Write out referenced bodies, answers and path parameters; keep one media type each, JSON if offered."""
    if "requestBody" in operation:
        operation["requestBody"] = copy.deepcopy(resolve(document, operation["requestBody"]))
        _one_media_type(operation["requestBody"])
    operation["responses"] = {
        status: copy.deepcopy(resolve(document, response))
        for status, response in operation["responses"].items()
        if not status.startswith("x-")
    }
    for response in operation["responses"].values():
        _one_media_type(response)
    operation["parameters"] = [
        copy.deepcopy(found) if (found := resolve(document, parameter))["in"] == "path" else parameter
        for parameter in operation.get("parameters", [])
    ]


def _one_media_type(owner: dict[str, Any]) -> None:
    content = owner.get("content")
    if not content:
        return
    known = [key for key in content if is_json(key) or key in _ANYTHING]
    chosen = next(iter(known or content))
    media = content[chosen]
    if known:
        # JSON of which nothing is said is any JSON; without a schema it would not be read at all.
        key = "application/json" if "*" in chosen else chosen.partition(";")[0].strip()
        owner["content"] = {key: {"schema": {}} | media}
    elif media_type(chosen) in FORMS:
        owner["content"] = {media_type(chosen): media}
    else:
        # A file: whatever it is, it is read as the bytes that it is; a text as one.
        file = {} if chosen.lower().startswith("text/") else {"format": "binary"}
        owner["content"] = {chosen: {"schema": {"type": "string"} | file}}


def _declare_path_parameters(document: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    """Declare each parameter of the path template that the fragment does not declare itself."""
    parameters = operation["parameters"]
    declared = {parameter.get("name") for parameter in parameters if parameter.get("in") == "path"}
    missing = [name for name in dict.fromkeys(re.findall(r"\{([^{}]+)\}", path)) if name not in declared]
    operation["parameters"] = [
        *(
            {"name": name, "in": "path", "required": True, "schema": _path_schema(document, name)}
            for name in missing
        ),
        *parameters,
    ]
    if not operation["parameters"]:
        del operation["parameters"]


def _path_schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An enum component named like the parameter, a UID if it is named like one, or any text."""
    schemas = document["components"].get("schemas", {})
    for key, schema in schemas.items():
        stem = re.sub(r"(ENUM|Enum|Schema)$", "", key)
        if "enum" in schema and stem.lower() == name.lower():
            return {"$ref": SCHEMAS + key}
    if not name.endswith(("Uid", "uid", "UID")):
        return {"type": "string"}
    if schemas.get("UID", {}).get("pattern") == UID_PATTERN:
        return {"$ref": f"{SCHEMAS}UID"}
    return {"type": "string", "pattern": UID_PATTERN}


def _require_body(document: dict[str, Any], method: str, operation: dict[str, Any]) -> None:
    """A body is required if its schema requires a property, and for every PUT."""
    body = operation.get("requestBody")
    if body is not None:
        schemas = [media.get("schema", {}) for media in body.get("content", {}).values()]
        if method == "put" or any(_requires(document, schema) for schema in schemas):
            body["required"] = True


def _requires(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    schema = resolve(document, schema)
    return bool(schema.get("required")) or any(_requires(document, part) for part in schema.get("allOf", []))


def _document_errors(operation: dict[str, Any]) -> None:
    """Only successes are documented, but every operation can fail, always in the same shape."""
    answers = operation["responses"]
    successes = {status: answer for status, answer in answers.items() if status.startswith("2")}
    if not successes and "default" in answers:
        # The reference tool's way to say "whatever comes when it works".
        successes = {"2XX": answers["default"]}
    failure = f"#/components/responses/{ERROR}"
    operation["responses"] = {**successes, "4XX": {"$ref": failure}, "5XX": {"$ref": failure}}
