"""What changed on the wire: operations, environments, and whatever else signatures do not show."""

import itertools
import json
from collections.abc import Collection, Iterator
from typing import Any

from openapi_python_client.strings import PythonIdentifier

from pipeline.document.operations import operations
from pipeline.document.pointers import Pointer, json_pointer
from pipeline.document.references import SCHEMAS, lookup
from pipeline.document.traversal import LITERAL, NAME_MAPS, references
from pipeline.refresh.api_diff import RETURNED, SENT
from pipeline.refresh.changes import Change, Kind
from pipeline.spec.environments import environments
from pipeline.spec.merge import UNORDERED

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
            for key in _reached(document, operation.get(part)):
                title = schemas[key].get("title")
                if title:
                    found.setdefault(title, set()).add(way)
    return found


def wire_changes(old: JSON, new: JSON, told: Collection[str]) -> list[Change]:
    """Compare two states of openapi.json.

    Args:
        old: Before.
        new: After.
        told: The subjects of the changes that signatures and fields show already.
    """
    return [*_environments(old, new), *_operations(old, new), *_details(old, new, told)]


def _reached(document: JSON, value: Any) -> set[str]:
    reached: set[str] = set()
    seen: set[str] = set()
    waiting = [value]
    while waiting:
        for _, reference in references(waiting.pop()):
            if reference not in seen:
                seen.add(reference)
                waiting.append(lookup(document, reference))
                if reference.startswith(SCHEMAS):
                    reached.add(reference.removeprefix(SCHEMAS))
    return reached


def _environments(old: JSON, new: JSON) -> Iterator[Change]:
    before, after = dict(environments(old)), dict(environments(new))
    for name in before.keys() - after.keys():
        yield Change(Kind.BREAKING, "FlowRetail()", "the environment {} is gone", (name,))
    for name, url in after.items():
        if name not in before:
            yield Change(Kind.ADDED, "FlowRetail()", "new environment {}: {}", (name, url))
        elif before[name] != url:
            yield Change(
                Kind.CHANGED, "FlowRetail()", "the environment {} is {}, was {}", (name, url, before[name])
            )


def _operations(old: JSON, new: JSON) -> Iterator[Change]:
    before = {(path, method): found for path, method, found in operations(old)}
    after = {(path, method): found for path, method, found in operations(new)}
    places = {_method(found): _place(*at) for at, found in after.items()}
    known = {_method(found): _place(*at) for at, found in before.items()}
    for at, found in before.items():
        subject = _method(found)
        if at in after and _method(after[at]) != subject:
            now = _method(after[at])
            text = (
                "renamed: {} is {} now. To keep the name, give it the operationId {} in openapi/overlay.yaml"
            )
            yield Change(Kind.BREAKING, subject, text, (_place(*at), now, found["operationId"]))
        elif at not in after and subject in places:
            text = "moved: it is {} now, was {}"
            yield Change(Kind.CHANGED, subject, text, (places[subject], known[subject]))
        elif at not in after:
            yield Change(Kind.BREAKING, subject, "gone: the reference no longer has {}", (_place(*at),))
    for at, found in after.items():
        subject = _method(found)
        if at not in before and subject not in known:
            yield Change(Kind.ADDED, subject, "new operation: {}", (_place(*at),))
        elif at in before and found.get("deprecated") and not before[at].get("deprecated"):
            yield Change(Kind.CHANGED, subject, "deprecated now")


def _details(old: JSON, new: JSON, told: Collection[str]) -> Iterator[Change]:
    for pointer, before, after in _unequal(old, new):
        if pointer[-1] == "deprecated":
            if after:
                yield from _deprecated(new, pointer)
            continue
        subject = _subject(new, pointer)
        if subject is None or (pointer[-1] in _SHOWN and _is_told(subject, told)):
            continue
        values = (json_pointer(pointer), _written(after), _written(before))
        yield Change(Kind.CHANGED, subject, "on the wire, {} is {}, was {}", values)


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
                yield Change(Kind.CHANGED, subject, "deprecated now")
        case _:
            # Operations are compared as a whole.
            pass


def _deprecated_keyword(operation: JSON, name: str) -> Change:
    keyword = str(PythonIdentifier(name, "field_"))
    return Change(Kind.CHANGED, _method(operation), "parameter {} deprecated now", (keyword,))


def _is_told(subject: str, told: Collection[str]) -> bool:
    return any(each == subject or each.startswith(f"{subject}.") for each in told)


def _subject(document: JSON, pointer: Pointer) -> str | None:
    """Whose change it is; None for those that are told as a whole."""
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
            attribute = "" if property_ is None else f".{PythonIdentifier(property_, 'field_')}"
            return f"models.{schema['title']}{attribute}"
        case ("components", *_):
            return json_pointer(pointer[:3])
        case (str(part), *_) if part not in _OF_DOCUMENT:
            return json_pointer(pointer[:1])
        case _:
            return None


def _unequal(
    old: Any, new: Any, pointer: Pointer = (), *, names: bool = False
) -> Iterator[tuple[Pointer, Any, Any]]:
    """Where two documents differ in more than what they say; what one of them lacks is None there."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if not names and (key in _SAID or key.startswith("x-")):
                continue
            before, after = old.get(key), new.get(key)
            if not names and key == "parameters":
                before, after = _by_name(before), _by_name(after)
            if not names and key in UNORDERED and isinstance(before, list) and isinstance(after, list):
                if sorted(map(_written, before)) != sorted(map(_written, after)):
                    yield (*pointer, key), before, after
            elif not names and key in LITERAL:
                if before != after:
                    yield (*pointer, key), before, after
            else:
                yield from _unequal(
                    before, after, (*pointer, key), names=not names and key in NAME_MAPS | {"paths"}
                )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for position, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _unequal(before, after, (*pointer, position))
    elif _written(old) != _written(new):
        yield pointer, old, new


def _by_name(parameters: Any) -> Any:
    """Parameters by place and name: their order means nothing on the wire."""
    if not isinstance(parameters, list):
        return parameters or {}
    return {f"{each.get('in')}.{each.get('name') or each.get('$ref')}": each for each in parameters}


def _method(operation: JSON) -> str:
    return f"flow.{operation['operationId']}()"


def _place(path: str, method: str) -> str:
    return f"{method.upper()} {path}"


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
