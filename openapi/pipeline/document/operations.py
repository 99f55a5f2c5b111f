"""The operations of a document."""

import re
from collections.abc import Iterator
from typing import Any

FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of a document: path template, method, operation object."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def media_types(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every media type of an operation: `requestBody` or the status, its name, and what is said of it."""
    for part, owner in {"requestBody": operation.get("requestBody", {}), **operation["responses"]}.items():
        for key, media in owner.get("content", {}).items():
            yield part, key, media


def media_type(key: str) -> str:
    """A media type without its parameters."""
    return key.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON, such as `application/vnd.example+json`."""
    return re.fullmatch(r"application/([\w.+-]+\+)?json(\s*;.*)?", media_type, re.IGNORECASE) is not None


def needs_token(operation: dict[str, Any]) -> bool:
    """Whether a token is sent with an operation: several schemes at once are one bearer token to us."""
    return any(operation.get("security", ()))


def title_of(path: str, method: str) -> str:
    """An operation as people write it: `GET /path`."""
    return f"{method.upper()} {path}"
