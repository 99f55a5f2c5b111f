"""What the client could not carry, or would silently send wrong: refused, so that it gets corrected."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from openapi_python_client.strings import PythonIdentifier

from pipeline.document.operations import is_json, media_types, operations
from pipeline.document.references import SCHEMAS, Pointer, location, lookup, resolve
from pipeline.document.shapes import is_object
from pipeline.document.traversal import reachable_references, walk
from pipeline.errors import refuse

_SEGMENT = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[A-Za-z_][A-Za-z0-9_-]*\})+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+(\s*;[\x20-\x7e]*)?", re.ASCII)
Value = TypeVar("Value", bound=Hashable)

_STYLES = {"path": "simple", "query": "form", "header": "simple"}


def check_sendable(document: dict[str, Any], origins: Mapping[Pointer, str]) -> None:
    """Refuse what can't be carried."""
    found = [*_schemas(document), *_files(document)]
    for path, method, operation in operations(document):
        for part, problem in _operation(document, path, operation):
            found.append((("paths", path, method, *part), problem))
    refuse(
        "the client can't do this; correct it in openapi/overlay.yaml:",
        [f"{location(pointer, origins)}: {problem}" for pointer, problem in found],
    )


def _schemas(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for section, content in document["components"].items():
        for key in content:
            if not re.fullmatch(r"[A-Za-z0-9._-]+", key):
                yield ("components", section), f"{key!a} is no component name."
    for pointer, schema in walk(document):
        names = [*schema["properties"]] if isinstance(schema.get("properties"), dict) else []
        for attribute in _twice(PythonIdentifier(name, "field_", skip_snake_case=True) for name in names):
            yield pointer, f"several properties would be the attribute {attribute}."
        # Of such characters no Python source or header can carry all.
        for keyword, values in (("properties", names), ("enum", schema.get("enum"))):
            for value in values if isinstance(values, list) else ():
                if isinstance(value, str) and not value.isprintable():
                    yield (*pointer, keyword), f"{value!a} holds characters that can't be printed."


def _files(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """A schema that a form and JSON share can't hold a file: to JSON it would be a text."""
    reached: dict[bool, set[str]] = {True: set(), False: set()}
    for _, _, operation in operations(document):
        for _, media_type, media in media_types(operation):
            reached[is_json(media_type)] |= reachable_references(document, media)
    for reference in sorted(reached[True] & reached[False]):
        if any(schema.get("format") == "binary" for _, schema in walk(lookup(document, reference))):
            yield (
                ("components", "schemas", reference.removeprefix(SCHEMAS)),
                "a form and JSON share it, and it holds a file. Give the form a schema of its own.",
            )


def _operation(
    document: dict[str, Any], path: str, operation: dict[str, Any]
) -> Iterator[tuple[Pointer, str]]:
    for segment in path[1:].split("/"):
        if segment in {".", ".."} or not _SEGMENT.fullmatch(segment):
            yield (), f"{segment!a} can't stand in a path."
    names = re.findall(r"\{([^{}]*)\}", path)
    for name in _twice(names):
        yield (), f"the path names {name!a} twice."
    parameters = [resolve(document, declared) for declared in operation.get("parameters", [])]
    for found_in, name in _twice((parameter["in"], parameter["name"]) for parameter in parameters):
        yield ("parameters",), f"the {found_in} parameter {name!a} is declared twice."
    for position, parameter in enumerate(parameters):
        if parameter["in"] == "path" and parameter["name"] not in names:
            yield ("parameters",), f"the path parameter {parameter['name']!a} is not in the path."
        if problem := _parameter(document, parameter):
            yield ("parameters", position), problem
    if problem := _security(document, operation):
        yield ("security",), problem
    for part, media_type, _ in media_types(operation):
        if not _MEDIA_TYPE.fullmatch(media_type):
            at = (part,) if part == "requestBody" else ("responses", part)
            yield (*at, "content"), f"{media_type!a} is no media type."
    if "servers" in operation:
        yield ("servers",), "an operation can't have servers of its own."


def _twice(values: Iterable[Value]) -> list[Value]:
    return [value for value, times in Counter(values).items() if times > 1]


def _security(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    """Why no alternative of an operation's security can be met; None where one can."""
    schemes = document["components"].get("securitySchemes", {})
    others = [
        [name for name in alternative if not _is_bearer(schemes.get(name, {}))]
        for alternative in operation.get("security", [])
    ]
    if not others or not all(others):
        return None
    reason = "is no bearer token, which is all we send" if others[0][0] in schemes else "is not defined"
    return f"the security scheme {others[0][0]!a} {reason}."


def _is_bearer(scheme: dict[str, Any]) -> bool:
    http = scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"
    return http or scheme.get("type") in {"oauth2", "openIdConnect"}


def _parameter(document: dict[str, Any], parameter: dict[str, Any]) -> str | None:
    name, found_in = parameter["name"], parameter["in"]
    style = parameter.get("style", _STYLES.get(found_in))
    if not name.isprintable() or (found_in == "header" and not _TOKEN.fullmatch(name)):
        return f"{name!a} can't be the name of a parameter in the {found_in}."
    if found_in == "cookie":
        return f"the parameter {name!a} is a cookie, which the client does not send."
    if "schema" not in parameter:
        return f"the parameter {name!a} has no schema; one with `content` is not understood."
    if style != _STYLES[found_in]:
        return f"the parameter {name!a} is in the style {style!a}, which the client does not write."
    if found_in == "query" and is_object(resolve(document, parameter["schema"])):
        return f"the parameter {name!a} is an object, which the client does not write in the query."
    return None
