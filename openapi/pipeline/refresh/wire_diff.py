"""What changed on the wire: operations, environments, and whatever else signatures do not show."""

import itertools
from collections.abc import Collection, Iterator
from typing import Any

from pipeline.document.closure import reachable_references
from pipeline.document.differences import canonical, differences
from pipeline.document.operations import operations, title_of
from pipeline.document.pointers import Pointer, json_pointer
from pipeline.document.references import SCHEMAS
from pipeline.naming.words import identifier
from pipeline.refresh.api_diff import RETURNED, SENT
from pipeline.refresh.changes import Change, Impact
from pipeline.spec.environments import environments

JSON = dict[str, Any]

_SAID = frozenset({"description", "summary", "title", "example", "examples", "externalDocs"})
"""Keywords that only say something."""

_SHOWN = frozenset(
    {"type", "format", "required", "enum", "nullable", "$ref", "items", "default", "oneOf", "anyOf"}
)
"""Keywords whose changes signatures and fields show, where they mean anything to a user."""

_OF_DOCUMENT = frozenset({"openapi", "info", "tags", "servers", "paths"})
"""Parts of a document that are compared apart, or mean nothing to a client."""


def directions(document: JSON) -> dict[str, set[str]]:
    """Say of each class whether it is sent, comes back, or both."""
    schemas = document["components"].get("schemas", {})
    found: dict[str, set[str]] = {}
    for _, _, operation in operations(document):
        for way, part in ((SENT, "requestBody"), (SENT, "parameters"), (RETURNED, "responses")):
            for reference in reachable_references(document, operation.get(part)):
                title = schemas.get(reference.removeprefix(SCHEMAS), {}).get("title")
                if title:
                    found.setdefault(title, set()).add(way)
    return found


def wire_changes(old: JSON, new: JSON, reported: Collection[str]) -> list[Change]:
    """Compare two states of openapi.json."""
    return [*_environments(old, new), *_operations(old, new), *_details(old, new, reported)]


def _environments(old: JSON, new: JSON) -> Iterator[Change]:
    before, after = dict(environments(old)), dict(environments(new))
    for name in before.keys() - after.keys():
        yield Change(Impact.BREAKING, "FlowRetail()", "the environment {} is gone", (name,))
    for name, url in after.items():
        if name not in before:
            yield Change(Impact.ADDED, "FlowRetail()", "new environment {}: {}", (name, url))
        elif before[name] != url:
            yield Change(
                Impact.CHANGED, "FlowRetail()", "the environment {} is {}, was {}", (name, url, before[name])
            )


def _operations(old: JSON, new: JSON) -> Iterator[Change]:
    before = {(path, method): found for path, method, found in operations(old)}
    after = {(path, method): found for path, method, found in operations(new)}
    titles = {_method(found): title_of(*at) for at, found in after.items()}
    known = {_method(found): title_of(*at) for at, found in before.items()}
    for at, found in before.items():
        subject = _method(found)
        if at in after and _method(after[at]) != subject:
            now = _method(after[at])
            text = (
                "renamed: {} is {} now. To keep the name, enter {} in generator-config.yaml: method_overrides"
            )
            yield Change(Impact.BREAKING, subject, text, (title_of(*at), now, found["operationId"]))
        elif at not in after and subject in titles:
            text = "moved: it is {} now, was {}"
            yield Change(Impact.CHANGED, subject, text, (titles[subject], known[subject]))
        elif at not in after:
            yield Change(Impact.BREAKING, subject, "gone: the reference no longer has {}", (title_of(*at),))
    for at, found in after.items():
        subject = _method(found)
        if at not in before and subject not in known:
            yield Change(Impact.ADDED, subject, "new operation: {}", (title_of(*at),))
        elif at in before and found.get("deprecated") and not before[at].get("deprecated"):
            yield Change(Impact.CHANGED, subject, "deprecated now")


def _details(old: JSON, new: JSON, reported: Collection[str]) -> Iterator[Change]:
    for pointer, before, after in differences(old, new, ignored=_says_nothing):
        if pointer[-1] == "deprecated":
            if after:
                yield from _deprecated(new, pointer)
            continue
        subject = _subject(new, pointer)
        if subject is None or (pointer[-1] in _SHOWN and _is_reported(subject, reported)):
            continue
        values = (json_pointer(pointer), canonical(after), canonical(before))
        yield Change(Impact.CHANGED, subject, "on the wire, {} is {}, was {}", values)


def _deprecated(document: JSON, pointer: Pointer) -> Iterator[Change]:
    match pointer:
        case ("paths", str(path), str(method), "parameters", str(known), *_):
            yield _deprecated_keyword(document["paths"][path][method], known.partition(".")[2])
        case ("components", "parameters", str(key), *_):
            for _, _, operation in operations(document):
                if {"$ref": f"#/components/parameters/{key}"} in operation.get("parameters", []):
                    yield _deprecated_keyword(operation, document["components"]["parameters"][key]["name"])
        case ("components", "schemas", *_):
            subject = _subject(document, pointer)
            if subject is not None:
                yield Change(Impact.CHANGED, subject, "deprecated now")
        case _:
            # Operations are compared as a whole.
            pass


def _deprecated_keyword(operation: JSON, name: str) -> Change:
    keyword = identifier(name)
    return Change(Impact.CHANGED, _method(operation), "parameter {} deprecated now", (keyword,))


def _is_reported(subject: str, reported: Collection[str]) -> bool:
    return any(each == subject or each.startswith(f"{subject}.") for each in reported)


def _subject(document: JSON, pointer: Pointer) -> str | None:
    """Whose change it is; None for those that are reported as a whole."""
    match pointer:
        case ("paths", str(path), str(method), *rest):
            operation = document["paths"].get(path, {}).get(method)
            if operation is None or not rest or rest[0] in {"operationId", "tags", "deprecated"}:
                return None
            # A parameter that came or went is one of the method, too.
            return None if rest[0] == "parameters" and len(rest) == 2 else _method(operation)
        case ("components", "schemas", str(key), *rest):
            schema = document["components"]["schemas"].get(key)
            # So is a property that came or went a field.
            if schema is None or not rest or (len(rest) > 1 and rest[-2] == "properties"):
                return None
            if "title" not in schema:
                return json_pointer(pointer[:3])
            property_ = next(
                (str(name) for keyword, name in itertools.pairwise(rest) if keyword == "properties"),
                None,
            )
            attribute = "" if property_ is None else f".{identifier(property_)}"
            return f"models.{schema['title']}{attribute}"
        case ("components", *_):
            return json_pointer(pointer[:3])
        case (str(part), *_) if part not in _OF_DOCUMENT:
            return json_pointer(pointer[:1])
        case _:
            return None


def _method(operation: JSON) -> str:
    return f"flow.{operation['operationId']}()"


def _says_nothing(key: str, _: Any, __: Any) -> bool:
    return key in _SAID or key.startswith("x-")
