"""What the published operations leave out or get wrong everywhere, corrected by rule.

Corrections of a single place belong to the overlay; a rule here holds for pages never seen. Rules for schemas
are in schemas.py.
"""

import copy
import re
from typing import Any

from pipeline.document.operations import FORMS, is_json, media_type, media_types, operations
from pipeline.document.references import SCHEMAS, resolve
from pipeline.document.shapes import REMARKS

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

_ANYTHING = frozenset({"*/*", "application/*"})


def apply_rules(document: dict[str, Any]) -> None:
    """Apply every rule for operations to a merged document, in place."""
    for path, method, operation in operations(document):
        _inline(document, operation)
        _declare_path_parameters(document, path, operation)
        _require_body(document, method, operation)
        _document_errors(operation)
    components = document["components"]
    components.pop("requestBodies", None)
    schemas = components.setdefault("schemas", {})
    key = ERROR
    while schemas.get(key, ERROR_SCHEMA) != ERROR_SCHEMA:
        key = f"Api{key}"
    schemas[key] = copy.deepcopy(ERROR_SCHEMA)
    components["responses"] = {
        ERROR: {
            "description": "The operation failed.",
            "content": {"application/json": {"schema": {"$ref": SCHEMAS + key}}},
        }
    }


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
            or (parameter["in"] == "query" and not set(schema) - REMARKS)
        ):
            said = {"description": schema["description"]} if "description" in schema else {}
            parameter["schema"] = {"type": "string"} | said


def _inline(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Write out referenced bodies, responses and path parameters, so that each can be corrected alone."""
    if "requestBody" in operation:
        operation["requestBody"] = _written_out(document, operation["requestBody"])
    operation["responses"] = {
        status: _written_out(document, response)
        for status, response in operation["responses"].items()
        if not status.startswith("x-")
    }
    operation["parameters"] = [
        copy.deepcopy(found) if (found := resolve(document, parameter))["in"] == "path" else parameter
        for parameter in operation.get("parameters", [])
    ]


def _written_out(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A copy of a body or a response with one media type, JSON if offered, and the key to name it by."""
    owner: dict[str, Any] = copy.deepcopy(resolve(document, part))
    content = owner.get("content")
    if not content:
        return owner
    known = [key for key in content if is_json(key) or key in _ANYTHING]
    key = next(iter(known or content))
    media = content[key]
    if known:
        # JSON of which nothing is said is any JSON; without a schema it would not be read at all.
        key, media = (
            "application/json" if "*" in key else key.partition(";")[0].strip(),
            {"schema": {}} | media,
        )
    elif media_type(key) in FORMS:
        key = media_type(key)
    else:
        # A file: whatever it is, it is read as the bytes that it is; a text as one.
        file = {} if key.lower().startswith("text/") else {"format": "binary"}
        media = {"schema": {"type": "string"} | file}
    named = {"x-key": part["$ref"].rpartition("/")[2]} if "$ref" in part else {}
    owner["content"] = {key: media | named}
    return owner


def _declare_path_parameters(document: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    """Declare each parameter of the path template that the fragment does not declare itself."""
    parameters = operation["parameters"]
    declared = {parameter.get("name") for parameter in parameters if parameter.get("in") == "path"}
    missing = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(document, name)}
        for name in dict.fromkeys(re.findall(r"\{([^{}]+)\}", path))
        if name not in declared
    ]
    operation["parameters"] = [*missing, *parameters]
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
    schemas = [media.get("schema", {}) for part, _, media in media_types(operation) if part == "requestBody"]
    if "requestBody" in operation and (method == "put" or any(_requires(document, each) for each in schemas)):
        operation["requestBody"]["required"] = True


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
