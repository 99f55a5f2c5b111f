"""What the client could not carry, or would silently send wrong: refused, so that it gets corrected."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from openapi_python_client.strings import PythonIdentifier

from pipeline.document.closure import reachable_references
from pipeline.document.operations import is_json, operations
from pipeline.document.pointers import Pointer, location
from pipeline.document.references import SCHEMAS, lookup, resolve
from pipeline.document.shapes import is_object
from pipeline.document.traversal import walk
from pipeline.errors import refuse

_SEGMENT = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[A-Za-z_][A-Za-z0-9_-]*\})+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+(\s*;[\x20-\x7e]*)?", re.ASCII)
_STYLES = {"path": "simple", "query": "form", "header": "simple"}


def check_sendable(document: dict[str, Any], origins: Mapping[Pointer, str]) -> None:
    """Refuse what can't be carried."""
    problems = [
        f"{location(pointer, origins)}: {problem}"
        for found in (_schemas(document), _files(document), _operations(document))
        for pointer, problem in found
    ]
    refuse("the client can't do this; correct it in openapi/overlay.yaml:", problems)


def _schemas(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for section, content in document["components"].items():
        for key in content:
            if not re.fullmatch(r"[A-Za-z0-9._-]+", key):
                yield ("components", section), f"{key!a} is no component name."
    for pointer, schema in walk(document):
        yield from ((pointer, problem) for problem in _names(schema))
        # Of such characters no Python source or header can carry all.
        for keyword in ("properties", "enum"):
            values = schema.get(keyword)
            for value in values if isinstance(values, dict | list) else ():
                if isinstance(value, str) and not value.isprintable():
                    yield (*pointer, keyword), f"{value!a} holds characters that can't be printed."


def _files(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """A schema that a form and JSON share can't hold a file: to JSON it would be a text."""
    reached: dict[bool, set[str]] = {True: set(), False: set()}
    for _, _, operation in operations(document):
        for owner in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, media in resolve(document, owner).get("content", {}).items():
                reached[is_json(media_type)] |= reachable_references(document, media)
    for reference in sorted(reached[True] & reached[False]):
        if any(schema.get("format") == "binary" for _, schema in walk(lookup(document, reference))):
            key = reference.removeprefix(SCHEMAS)
            yield (
                ("components", "schemas", key),
                "a form and JSON share it, and it holds a file. Give the form a schema of its own.",
            )


def _names(schema: dict[str, Any]) -> Iterator[str]:
    properties = schema.get("properties")
    attributes = Counter(
        PythonIdentifier(name, "field_", skip_snake_case=True)
        for name in (properties if isinstance(properties, dict) else ())
    )
    for attribute, count in attributes.items():
        if count > 1:
            yield f"several properties would be the attribute {attribute}."


def _operations(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for path, method, operation in operations(document):
        at: Pointer = ("paths", path, method)
        names = re.findall(r"\{([^{}]*)\}", path)
        parameters = [resolve(document, declared) for declared in operation.get("parameters", [])]
        declared = [(parameter["in"], parameter["name"]) for parameter in parameters]
        for found_in, name in sorted({each for each in declared if declared.count(each) > 1}):
            yield (*at, "parameters"), f"the {found_in} parameter {name!a} is declared twice."
        for found_in, name in declared:
            if found_in == "path" and name not in names:
                yield (*at, "parameters"), f"the path parameter {name!a} is not in the path."
        for segment in path[1:].split("/"):
            if segment in {".", ".."} or not _SEGMENT.fullmatch(segment):
                yield at, f"{segment!a} can't stand in a path."
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield at, f"the path names {name!a} twice."
        problem = _security(document, operation)
        if problem:
            yield (*at, "security"), problem
        for part, owner in (
            ("requestBody", operation.get("requestBody", {})),
            *operation["responses"].items(),
        ):
            for key in resolve(document, owner).get("content", {}):
                if not _MEDIA_TYPE.fullmatch(key):
                    where = (*at, part) if part == "requestBody" else (*at, "responses", part)
                    yield (*where, "content"), f"{key!a} is no media type."
        if "servers" in operation:
            yield (*at, "servers"), "an operation can't have servers of its own."
        for position, parameter in enumerate(parameters):
            for problem in _parameter(document, parameter):
                yield (*at, "parameters", position), problem


def _security(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    """Why no alternative of an operation's security can be met; None where one can."""
    schemes = document["components"].get("securitySchemes", {})
    problems: list[str] = []
    for alternative in operation.get("security", []):
        unknown = [name for name in alternative if name not in schemes]
        other = [name for name in alternative if name in schemes and not _is_bearer(schemes[name])]
        if not unknown and not other:
            return None
        problems.extend(f"the security scheme {name!a} is not defined." for name in unknown)
        problems.extend(
            f"the security scheme {name!a} is no bearer token, which is all we send." for name in other
        )
    return problems[0] if problems else None


def _is_bearer(scheme: dict[str, Any]) -> bool:
    http = scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"
    return http or scheme.get("type") in {"oauth2", "openIdConnect"}


def _parameter(document: dict[str, Any], parameter: dict[str, Any]) -> Iterator[str]:
    name, location = parameter["name"], parameter["in"]
    if not name.isprintable() or (location == "header" and not _TOKEN.fullmatch(name)):
        yield f"{name!a} can't be the name of a parameter in the {location}."
    if location == "cookie":
        yield f"the parameter {name!a} is a cookie, which the client does not send."
        return
    if "schema" not in parameter:
        yield f"the parameter {name!a} has no schema; one with `content` is not understood."
        return
    style = parameter.get("style", _STYLES[location])
    if style != _STYLES[location]:
        yield f"the parameter {name!a} is in the style {style!a}, which the client does not write."
    elif location == "query" and is_object(resolve(document, parameter["schema"])):
        yield f"the parameter {name!a} is an object, which the client does not write in the query."
