"""Makes documents of one operation, as the reference publishes them."""

import json
from typing import Any

JSON = dict[str, Any]

SERVERS = [
    {"url": "https://api.example.com/v2", "description": "Example Production"},
    {"url": "https://api.stage.example.com/v2/", "description": "Example Stage"},
]


def ref(key: str, section: str = "schemas") -> JSON:
    return {"$ref": f"#/components/{section}/{key}"}


def obj(properties: JSON, *required: str, **more: Any) -> JSON:
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        **more,
    }


def array(items: JSON) -> JSON:
    return {"type": "array", "items": items}


def content(schema: JSON, media: str = "application/json") -> JSON:
    return {"content": {media: {"schema": schema}}}


def answer(schema: JSON | None = None, media: str = "application/json") -> JSON:
    return {"description": "As asked.", **({} if schema is None else content(schema, media))}


def operation(operation_id: str | None = None, /, **more: Any) -> JSON:
    """An operation; without `responses`, one that answers 204."""
    return {
        **({} if operation_id is None else {"operationId": operation_id}),
        "responses": {"204": answer()},
        **more,
    }


def document(path: str, method: str, op: JSON, /, **sections: JSON) -> JSON:
    """A document of one operation as the reference publishes it; keywords are sections of `components`."""
    return {
        "openapi": "3.0.2",
        "info": {"title": "Example API", "version": "2.0.0"},
        "servers": SERVERS,
        "security": [{"accessToken": []}],
        "tags": [{"name": "Product", "description": "Things to sell"}],
        "paths": {path: {method: op}},
        "components": {"securitySchemes": {"accessToken": {"type": "http", "scheme": "bearer"}}, **sections},
    }


def markdown(*documents: JSON, title: str = "A page") -> str:
    blocks = "\n".join(f"## An operation\n\n```json\n{json.dumps(each)}\n```\n" for each in documents)
    other = "Prose, `code`, and a block that is none of ours:\n\n```bash\ncurl example\n```"
    return f"# {title}\n\n{other}\n\n{blocks}"


UID = {"title": "UID", "type": "string", "pattern": "^[A-Za-z0-9-_]+"}
PAGING = obj(
    {"pageNumber": {"type": "integer"}, "pageSize": {"type": "integer"}, "totalCount": {"type": "integer"}},
    "totalCount",
    title="Paging",
)
PAGE_PARAMETERS = {
    "pageNumberQuery": {"name": "pageNumber", "in": "query", "schema": {"type": "integer"}},
    "pageSizeQuery": {"name": "pageSize", "in": "query", "schema": {"type": "integer", "default": 50}},
}
PAGED = [ref("pageNumberQuery", "parameters"), ref("pageSizeQuery", "parameters")]
FILE = {"type": "string", "format": "binary"}
