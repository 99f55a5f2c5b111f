"""The spec as the generator takes it: without what it would refuse and nothing is generated from."""

import copy
from collections.abc import Iterator
from typing import Any

from pipeline.document.operations import FORMS, is_json, media_type, operations
from pipeline.document.traversal import walk


def readable(document: dict[str, Any]) -> dict[str, Any]:
    """A copy without defaults, which are the server's to fill in, and with media types that it knows."""
    result = copy.deepcopy(document)
    for part in ("paths", "components"):
        for _, schema in walk(result[part]):
            schema.pop("default", None)
    for _, _, operation in operations(result):
        for owner, sent in _owners(operation):
            if "content" in owner:
                owner["content"] = dict(_known(*each, sent=sent) for each in owner["content"].items())
    return result


def _owners(operation: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    yield operation.get("requestBody", {}), True
    for response in operation["responses"].values():
        yield response, False


def _known(key: str, media: dict[str, Any], *, sent: bool) -> tuple[str, dict[str, Any]]:
    name = media_type(key)
    if is_json(name):
        return "application/json", media
    if name in FORMS and sent:
        return name, media
    if name.startswith("text/") and not sent:
        return "text/plain", {"schema": {"type": "string"}}
    return "application/octet-stream", {"schema": {"type": "string", "format": "binary"}}
