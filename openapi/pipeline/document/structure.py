"""What holds for every OpenAPI document that the pipeline reads: the shape of its parts, its references."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # ships no types
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]  # ships no types
from openapi_spec_validator.schemas import get_schema_content_v30

from pipeline.document.references import SCHEMAS, Pointer, json_pointer, lookup, resolve
from pipeline.document.traversal import reachable, references
from pipeline.errors import PipelineError

_SCHEMA = Draft4Validator(get_schema_content_v30())
# Says in a hundredth of the time that a document is right; what is wrong with it, the other says best.
_QUICK = jsonschema_rs.Draft4Validator(dict(get_schema_content_v30()), validate_formats=False)

_UNREAD = frozenset({"headers", "examples", "links", "callbacks"})
"""Sections of components that nothing is generated from."""


def check_structure(document: Mapping[str, Any], *, where: str) -> None:
    """Refuse a document whose parts are not of the kinds that OpenAPI 3.0 says."""
    problem = None if _QUICK.is_valid(document) else best_match(_SCHEMA.iter_errors(document))
    if problem is not None:
        pointer = json_pointer(tuple(problem.absolute_path))
        raise PipelineError(
            f"{where}: {pointer}: not OpenAPI 3.0: {shorten(problem.message)}. Correct it there."
        )


def reference_problems(document: dict[str, Any], part: Any) -> Iterator[tuple[Pointer, str]]:
    """Find references that lead nowhere, elsewhere, or in a cycle."""
    for pointer, reference in _every_reference(part):
        if not reference.startswith("#"):
            # Even inside an example: no later step may be made to fetch it.
            yield pointer, f"the reference {reference!a} leads out of the document."
    for pointer, reference in references(part):
        if reference.startswith("#") and (problem := _problem(document, pointer, reference)):
            yield pointer, problem


def _problem(document: dict[str, Any], pointer: Pointer, reference: str) -> str | None:
    try:
        target = lookup(document, reference)
    except LookupError:
        if reference.count("/") > 3 and reference.startswith("#/components/"):
            return (
                f"the reference {reference!a} leads inside a component; only whole components can be named."
            )
        return f"dangling reference {reference!a}."
    try:
        resolve(document, target)
    except LookupError:
        return f"the reference {reference!a} is part of a cycle."
    if reference.split("/")[2] not in {_section(pointer), *_UNREAD}:
        return f"the reference {reference!a} leads to a component of another type."
    return None


def cycles(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Find schemas that are made of themselves."""

    def parts(reference: str) -> Iterator[str]:
        return _parts(resolve(document, {"$ref": reference}))

    for key in document.get("components", {}).get("schemas", {}):
        reference = f"{SCHEMAS}{key}"
        if reference in reachable(parts(reference), parts):
            yield ("components", "schemas", key), "the schema is composed of itself: a cycle."


def _parts(schema: dict[str, Any]) -> Iterator[str]:
    """What a value of a schema is at once: its compositions, not what it holds."""
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword, []):
            if "$ref" in part:
                yield part["$ref"]
            else:
                yield from _parts(part)


def _every_reference(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, dict):
        for key, content in value.items():
            if key == "$ref" and isinstance(content, str):
                yield (*pointer, key), content
            yield from _every_reference(content, (*pointer, key))
    elif isinstance(value, list):
        for position, content in enumerate(value):
            yield from _every_reference(content, (*pointer, position))


def _section(pointer: Pointer) -> str:
    """The section of components that a reference at a location must lead to."""
    match pointer:
        case ("paths", _, _, "parameters", _, _) | ("paths", _, "parameters", _, _):
            return "parameters"
        case ("paths", _, _, "requestBody", _):
            return "requestBodies"
        case ("paths", _, _, "responses", _, _):
            return "responses"
        case ("components", str(section), _, _):
            return section
        case _:
            return "schemas"


def shorten(text: str) -> str:
    """A validator's message on one line, cut where it is long."""
    line = " ".join(text.split())
    return (line if len(line) <= 300 else f"{line[:300]} ...").rstrip(".")
