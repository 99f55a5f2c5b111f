"""The OpenAPI document that the sandbox serves, and what it says of each operation."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from flow_retail_sandbox.json_values import Json


@dataclass(frozen=True, slots=True)
class SpecOperation:
    """What the document says of one operation.

    Attributes:
        operation_id: Its name in the document.
        method: The HTTP method in capitals.
        path: The path template below the server's base, such as `/tenants/{tenantUid}/customers`.
        body_schema: The JSON body's schema, None when the operation takes no body.
        body_required: Whether a request without a body is refused.
        paged: Whether it takes `pageNumber`.
        answers: The JSON answer's schema by status ("200", "4XX"); None for an answer without a body.
    """

    operation_id: str
    method: str
    path: str
    body_schema: Json | None
    body_required: bool
    paged: bool
    answers: dict[str, Json | None]


@dataclass(frozen=True, slots=True)
class Spec:
    """The document with its references resolved where operations are concerned.

    Attributes:
        schemas: The component schemas as written.
        operations: Every operation by method and path template.
    """

    schemas: Json
    operations: dict[tuple[str, str], SpecOperation]

    def properties(self, schema: Json) -> frozenset[str]:
        """Name the properties that a schema declares, those of what it refers to and is made of included.

        Args:
            schema: An object's schema.

        Returns:
            The names of its properties.
        """
        if "$ref" in schema:
            return self.properties(self.schemas[str(schema["$ref"]).split("/")[-1]])
        parts: list[Json] = [part for how in ("allOf", "anyOf", "oneOf") for part in schema.get(how, [])]
        return frozenset(schema.get("properties", {})).union(*map(self.properties, parts))


ACCOUNT_EXCHANGE = "account.exchange"
"""The exchange of tokens, which is documented in prose only: the document has no such operation."""

ACCOUNT_EXCHANGE_PATH = "POST /tenants/{tenantUid}/account"


def _json_schema(content_owner: Json) -> Json | None:
    media: Json = content_owner.get("content", {}).get("application/json", {})
    return media.get("schema")


def read_spec(document: Json) -> Spec:
    """Read an OpenAPI 3.0 document.

    Args:
        document: The parsed document.

    Returns:
        Its component schemas and operations.
    """
    components: Json = document["components"]

    def resolve(node: Json) -> Json:
        while "$ref" in node:
            section, name = str(node["$ref"]).split("/")[-2:]
            node = components[section][name]
        return node

    operations: dict[tuple[str, str], SpecOperation] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in {"get", "post", "put", "delete", "patch"}:
                continue
            body = resolve(operation.get("requestBody", {}))
            operations[method.upper(), path] = SpecOperation(
                operation_id=operation.get("operationId", f"{method} {path}"),
                method=method.upper(),
                path=path,
                body_schema=_json_schema(body),
                body_required=bool(body.get("required", False)),
                paged=any(resolve(p).get("name") == "pageNumber" for p in operation.get("parameters", [])),
                answers={
                    str(status): _json_schema(resolve(answer))
                    for status, answer in operation["responses"].items()
                },
            )
    return Spec(schemas=components["schemas"], operations=operations)


@cache
def load_spec() -> Spec:
    """Read the document that came with the package, or the repository's in a source tree.

    Returns:
        The document, read once a process.

    Raises:
        FileNotFoundError: If there is neither, with the remedy.
    """
    packaged = files("flow_retail_sandbox") / "openapi.json"
    in_tree = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
    for candidate in (packaged, in_tree):
        if candidate.is_file():
            return read_spec(json.loads(candidate.read_text(encoding="utf-8")))
    raise FileNotFoundError(
        "flow_retail_sandbox has no openapi.json: install the wheel, or run `make generate` in the sources"
    )


@cache
def operation_names() -> frozenset[str]:
    """Name what can be called.

    Returns:
        The operations' names, and their methods with path templates.
    """
    operations = load_spec().operations
    names = {operation.operation_id for operation in operations.values()}
    paths = {f"{method} {path}" for method, path in operations}
    return frozenset({*names, *paths, ACCOUNT_EXCHANGE, ACCOUNT_EXCHANGE_PATH})


def check_operation(operation: str | None) -> None:
    """Refuse a name that no operation has: a fault for it would never happen, and its test prove nothing.

    Args:
        operation: An operation's name, or method and path template; None for every operation.

    Raises:
        ValueError: If there is no such operation.
    """
    if operation is None or operation in operation_names():
        return
    alike = get_close_matches(operation, operation_names(), n=1)
    hint = f"; did you mean {alike[0]!r}?" if alike else ""
    raise ValueError(f"no operation is called {operation!r}{hint}")
