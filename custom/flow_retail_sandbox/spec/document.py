"""The OpenAPI document that the sandbox serves, and what it says of each operation."""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from flow_retail_sandbox.spec.json_values import Json

METHODS = ("get", "post", "put", "patch", "delete")

_INTEGRATIONS = frozenset({"accessToken", "integrationToken"})

_JSON = "application/json"

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

ACCOUNT_EXCHANGE = "account.exchange"
"""The exchange of tokens, which is documented in prose only: the document has no such operation."""

ACCOUNT_EXCHANGE_PATH = "POST /tenants/{tenantUid}/account"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path, a query or a header."""

    name: str
    location: str
    schema: Json
    required: bool


@dataclass(frozen=True, slots=True)
class SpecOperation:
    """What the document says of one operation."""

    operation_id: str
    method: str
    path: str
    body_schema: Json | None  # of a JSON body
    form_schema: Json | None  # of a form's fields, multipart or URL-encoded
    body_types: tuple[str, ...]
    body_required: bool
    parameters: tuple[Parameter, ...]
    responses: dict[str, Json | None]  # the schema by status ("200", "4XX"); None for a response without JSON
    media_types: dict[str, str]  # the first by status, where a response has a body
    security: frozenset[str]  # the names of the schemes of which one is needed; empty if none is
    paged: bool
    status: int  # the first of success
    result: Json | None  # the schema of the response with that status

    @property
    def for_users(self) -> bool:
        """Whether no integration may call it, but people."""
        return bool(self.security) and self.security.isdisjoint(_INTEGRATIONS)


@dataclass(frozen=True, slots=True)
class Spec:
    """The document with its references resolved where operations are concerned."""

    schemas: Json
    operations: dict[tuple[str, str], SpecOperation]
    _known: dict[int, tuple[Json, dict[str, Json]]] = field(
        default_factory=dict[int, "tuple[Json, dict[str, Json]]"], repr=False
    )

    def resolve(self, schema: Json) -> Json:
        """Follow references, and leave out an `allOf` around a single schema."""
        while True:
            if "$ref" in schema:
                schema = self.schemas[str(schema["$ref"]).rsplit("/", 1)[-1]]
            elif len(schema.get("allOf", ())) == 1 and "properties" not in schema:
                schema = schema["allOf"][0]
            else:
                return schema

    def properties(self, schema: Json) -> dict[str, Json]:
        """Return the properties that a schema declares, those of all that it is made of included."""
        schema = self.resolve(schema)
        known = self._known.get(id(schema))
        if known is not None:
            return known[1]
        found = dict[str, Json]()
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            found |= self.properties(part)
        found |= schema.get("properties", {})
        self._known[id(schema)] = (schema, found)  # which also keeps the schema, and so its id
        return found

    def required(self, schema: Json) -> frozenset[str]:
        """Name the properties that a schema requires."""
        schema = self.resolve(schema)
        return frozenset(schema.get("required", ())).union(*map(self.required, schema.get("allOf", ())))

    def type_of(self, schema: Json) -> str:
        """Return a schema's type; an object's where only properties say so, empty if anything goes."""
        schema = self.resolve(schema)
        declared = schema.get("type")
        return str(declared) if declared else "object" if self.properties(schema) else ""

    def is_nullable(self, schema: Json) -> bool:
        """Return whether null is a value of a schema."""
        return bool(schema.get("nullable") or self.resolve(schema).get("nullable"))

    def same(self, one: Json, other: Json) -> bool:
        """Return whether two schemas are one."""
        return self.resolve(one) == self.resolve(other)

    def items_of(self, schema: Json | None) -> "tuple[str, Json] | None":
        """Find the property of a list's envelope that holds its objects, empty for a bare list."""
        if schema is None:
            return None
        resolved = self.resolve(schema)
        if resolved.get("type") == "array":
            return ("", resolved["items"]) if self.type_of(resolved["items"]) == "object" else None
        properties = self.properties(resolved)
        lists = {name for name, part in properties.items() if self.type_of(part) == "array"}
        name = "items" if "items" in lists else next(iter(lists), "") if len(lists) == 1 else ""
        if not name or properties.keys() - {name, "paging"}:
            return None
        items = self.resolve(properties[name])["items"]
        return (name, items) if self.type_of(items) == "object" else None


def _media(owner: Json) -> tuple[Json | None, tuple[str, ...]]:
    """Return the JSON schema and the media types of a body or a response, JSON first."""
    content: Json = owner.get("content", {})
    types = sorted(content, key=lambda name: name.partition(";")[0] != _JSON)
    is_json = types and types[0].partition(";")[0] == _JSON
    return (content[types[0]].get("schema", {}) if is_json else None), tuple(types)


def _operation(document: Json, path: str, item: Json, method: str) -> SpecOperation:
    def resolve(node: Json) -> Json:
        while "$ref" in node:
            section, name = str(node["$ref"]).split("/")[-2:]
            node = document["components"][section][name]
        return node

    operation = item[method]
    body = resolve(operation.get("requestBody", {}))
    body_schema, body_types = _media(body)
    # An operation's own parameters go before those of its path.
    declared = map(resolve, (*item.get("parameters", ()), *operation.get("parameters", ())))
    parameters = {(one["name"], one["in"]): one for one in declared}.values()
    responses = {str(status): _media(resolve(found)) for status, found in operation["responses"].items()}
    status = min((int(status) for status in responses if status.isdigit() and status[0] == "2"), default=200)
    security = operation.get("security", document.get("security", []))
    return SpecOperation(
        operation_id=operation.get("operationId", f"{method} {path}"),
        method=method.upper(),
        path=path,
        body_schema=body_schema,
        form_schema=next(
            (body["content"][name].get("schema", {}) for name in FORMS if name in body_types), None
        ),
        body_types=body_types,
        body_required=bool(body.get("required", False)),
        parameters=tuple(
            Parameter(one["name"], one["in"], one.get("schema", {}), bool(one.get("required", False)))
            for one in parameters
        ),
        responses={status: found for status, (found, _) in responses.items()},
        media_types={status: types[0] for status, (_, types) in responses.items() if types},
        security=frozenset() if {} in security else frozenset(name for one in security for name in one),
        paged=any(one["name"] == "pageNumber" for one in parameters),
        status=status,
        result=responses.get(str(status), (None, ()))[0],
    )


def read_spec(document: Json) -> Spec:
    """Read an OpenAPI 3.0 document."""
    operations = {
        (method.upper(), path): _operation(document, path, item, method)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }
    return Spec(schemas=document.get("components", {}).get("schemas", {}), operations=operations)


@cache
def load_spec() -> Spec:
    """Read the document that came with the package, or the repository's in a source tree, once a process."""
    packaged = Path(str(files("flow_retail_sandbox") / "openapi.json"))
    for candidate in (packaged, Path(__file__).resolve().parents[3] / "openapi" / "openapi.json"):
        if candidate.is_file():
            return read_spec(json.loads(candidate.read_text(encoding="utf-8")))
    raise FileNotFoundError(
        "flow_retail_sandbox has no openapi.json: install the wheel, or run `make generate` in the sources"
    )


def operation_names(spec: Spec) -> frozenset[str]:
    """Name what can be called: the operations' names, and their methods with path templates."""
    names = (operation.operation_id for operation in spec.operations.values())
    paths = (f"{method} {path}" for method, path in spec.operations)
    return frozenset((*names, *paths, ACCOUNT_EXCHANGE, ACCOUNT_EXCHANGE_PATH))
