"""What changed on the wire: operations, environments, and whatever else signatures do not show."""

import itertools
from collections.abc import Collection, Iterator
from typing import Any

from pipeline.document.differences import canonical, differences
from pipeline.document.operations import operations, title_of
from pipeline.document.references import SCHEMAS, Pointer, json_pointer
from pipeline.document.traversal import reachable_references
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


def directions(*documents: JSON) -> dict[str, set[str]]:
    """Say of each class whether it is sent, comes back, or both."""
    found: dict[str, set[str]] = {}
    for document in documents:
        schemas = document["components"].get("schemas", {})
        for _, _, operation in operations(document):
            for way, part in ((SENT, "requestBody"), (SENT, "parameters"), (RETURNED, "responses")):
                for reference in reachable_references(document, operation.get(part)):
                    if title := schemas.get(reference.removeprefix(SCHEMAS), {}).get("title"):
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
    before, after = (
        {title_of(path, method): _method(found) for path, method, found in operations(document)}
        for document in (old, new)
    )
    titles = {method: title for title, method in after.items()}
    for title, method in before.items():
        if after.get(title, method) != method:
            text = (
                "renamed: {} is {} now. To keep the name, enter {} in generator-config.yaml: method_overrides"
            )
            values = (title, after[title], method.removeprefix("flow.").removesuffix("()"))
            yield Change(Impact.BREAKING, method, text, values)
        elif title not in after and method in titles:
            yield Change(Impact.CHANGED, method, "moved: it is {} now, was {}", (titles[method], title))
        elif title not in after:
            yield Change(Impact.BREAKING, method, "gone: the reference no longer has {}", (title,))
    for title, method in after.items():
        if title not in before and method not in before.values():
            yield Change(Impact.ADDED, method, "new operation: {}", (title,))


def _details(old: JSON, new: JSON, reported: Collection[str]) -> Iterator[Change]:
    for pointer, before, after in differences(old, new, ignored=_says_nothing):
        if pointer[-1] == "deprecated":
            if after:
                yield from _deprecated(new, pointer)
            continue
        subject = _subject(new, pointer)
        if subject is not None and not (pointer[-1] in _SHOWN and _is_reported(subject, reported)):
            values = (json_pointer(pointer), canonical(after), canonical(before))
            yield Change(Impact.CHANGED, subject, "on the wire, {} is {}, was {}", values)


def _deprecated(document: JSON, pointer: Pointer) -> Iterator[Change]:
    subject = _subject(document, pointer)
    match pointer:
        case ("paths", str(path), str(method), "parameters", str(known), *_):
            users, name = [document["paths"][path][method]], known.partition(".")[2]
        case ("components", "parameters", str(key), *_):
            name = document["components"]["parameters"][key]["name"]
            shared = {"$ref": f"#/components/parameters/{key}"}
            users = [each for _, _, each in operations(document) if shared in each.get("parameters", [])]
        case _ if subject is not None:
            yield Change(Impact.CHANGED, subject, "deprecated now")
            return
        case _:
            return
    for operation in users:
        values = (identifier(name),)
        yield Change(Impact.CHANGED, _method(operation), "parameter {} deprecated now", values)


def _is_reported(subject: str, reported: Collection[str]) -> bool:
    return any(each == subject or each.startswith(f"{subject}.") for each in reported)


def _subject(document: JSON, pointer: Pointer) -> str | None:
    """Whose change it is; None for those that are reported as a whole."""
    match pointer:
        case ("paths", str(path), str(method), str(key), *rest) if method in document["paths"].get(path, ()):
            # A parameter that came or went is one of the method.
            whole = key in {"operationId", "tags"} or (key == "parameters" and len(rest) == 1)
            return None if whole else _method(document["paths"][path][method])
        case ("components", "schemas", str(key), *rest):
            # So is a property that came or went a field.
            if key not in document["components"]["schemas"] or not rest or rest[-2:-1] == ["properties"]:
                return None
            title = document["components"]["schemas"][key].get("title")
            properties = [str(name) for keyword, name in itertools.pairwise(rest) if keyword == "properties"]
            names = ["models", title, *map(identifier, properties[:1])]
            return ".".join(names) if title else json_pointer(pointer[:3])
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
