"""Validators compiled from the document's schemas, one for each body, parameter, record and response."""

from typing import Any

from jsonschema_rs import Draft4, Draft4Validator, Registry, ValidationError

from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object

LARGEST_INTEGER = 2**53 - 1
"""Beyond this a JSON number is no longer the same integer in every client, so it is refused."""

LONGEST_STRING = 65_535
LONGEST_UID = 255
"""In characters. The document sets no limits; a database behind an API does."""

_DOCUMENT = "urn:openapi"
"""What the document's components are called where its parts refer to them."""


def _convert(node: Any, *, strict: bool) -> Any:
    """Turn an OpenAPI 3.0 schema into the JSON Schema (draft 4) that it means."""
    if is_list(node):
        return [_convert(part, strict=strict) for part in node]
    if not is_object(node):
        return node
    schema: Json = {key: _convert(value, strict=strict) for key, value in node.items()}
    type_name = schema.get("type")
    if isinstance(schema.get("$ref"), str):
        schema["$ref"] = _DOCUMENT + schema["$ref"]
    if schema.get("required") == []:
        del schema["required"]  # which draft 4 does not allow
    if schema.get("nullable") is True:
        del schema["nullable"]
        if isinstance(type_name, str):
            schema["type"] = [type_name, "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        if type_name is None:
            # Beside a reference there is no type that null could join.
            schema = {"anyOf": [schema, {"type": "null"}]}
    if strict and type_name == "integer":
        schema.setdefault("minimum", -LARGEST_INTEGER)
        schema.setdefault("maximum", LARGEST_INTEGER)
    if strict and type_name == "string" and "enum" not in schema:
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and not pattern.endswith("$"):
            # The reference's UID pattern lacks its end, so that "a/../b" would pass as a UID.
            schema["pattern"] = pattern + "$"
        schema.setdefault("maxLength", LONGEST_STRING if pattern is None else LONGEST_UID)
    return schema


class Validators:
    """Compiled validators of a document's schemas."""

    def __init__(self, spec: Spec) -> None:
        self._registries = {strict: _registry(spec, strict=strict) for strict in (True, False)}
        self._returned: dict[int, tuple[Json, Draft4Validator]] = {}  # by the id of a schema, which it keeps

    def _compile(self, schema: Json, *, strict: bool) -> Draft4Validator:
        registry = self._registries[strict]
        return Draft4Validator(_convert(schema, strict=strict), registry=registry, validate_formats=True)

    def sent(self, schema: Json) -> Draft4Validator:
        """Compile the validator of what a client sends: a body or a parameter."""
        return self._compile(schema, strict=True)

    def returned(self, schema: Json) -> Draft4Validator:
        """Return the validator of what a response may hold: a record, or a value in one."""
        if id(schema) not in self._returned:
            self._returned[id(schema)] = (schema, self._compile(schema, strict=False))
        return self._returned[id(schema)][1]

    def response(self, operation: SpecOperation, status: int) -> Draft4Validator | None:
        """Return the validator of a response, None if the document describes no JSON for its status."""
        schema = operation.responses.get(str(status)) or operation.responses.get(f"{status // 100}XX")
        return None if schema is None else self.returned(schema)


def _registry(spec: Spec, *, strict: bool) -> Registry:
    schemas = _convert(spec.schemas, strict=strict)
    return Registry([(_DOCUMENT, {"components": {"schemas": schemas}})], draft=Draft4)


def first_error(validator: Draft4Validator, instance: Any) -> tuple[str, str] | None:
    """Find the first thing that is wrong with a value: where, and the keyword that refuses it.

    The message of the validator is not used: it quotes the value, which may be personal data.
    """
    if validator.is_valid(instance):
        return None
    error: ValidationError = next(iter(validator.iter_errors(instance)))
    place = "/".join(str(part) for part in error.instance_path)
    if error.kind.name == "required":
        missing = str(error.kind.as_dict().get("property", "")).strip('"')
        place = f"{place}/{missing}".strip("/")
    return place, error.kind.name
