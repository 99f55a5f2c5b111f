"""The overlay: every correction of a single place of the vendor's spec, with its reason."""

import json
from pathlib import Path
from typing import Any

from jsonpath_ng.ext.parser import parse
from jsonpath_ng.jsonpath import DatumInContext, Index
from oas_patch.overlay import apply_overlay, deep_update

from pipeline.document.references import json_pointer
from pipeline.document.traversal import walk
from pipeline.errors import PipelineError, refuse
from pipeline.text.strict_json import read_yaml

_OF_ACTION = frozenset({"target", "description", "update", "remove"})


def read_overlay(file: Path) -> dict[str, Any]:
    """Read an OpenAPI Overlay 1.0 document."""
    overlay = read_yaml(file, remedy="Restore it from git, or write one with an empty list of actions.")
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1."):
        raise PipelineError(
            f"{file.name}: #/overlay: not an OpenAPI Overlay 1.0 document. Begin it with `overlay: 1.0.0`."
        )
    actions = overlay.get("actions")
    if not isinstance(actions, list):
        raise PipelineError(f"{file.name}: #/actions: a list is expected; it may be empty.")
    for number, action in enumerate(actions):
        where = f"{file.name}: #/actions/{number}"
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise PipelineError(f"{where}: an action needs a target, a JSONPath.")
        where += f" ({action['target']})"
        if not isinstance(action.get("description"), str) or not action["description"].strip():
            raise PipelineError(f"{where}: an action needs a description: the reason for it.")
        if ("update" in action) == (action.get("remove") is True) or not set(action) <= _OF_ACTION:
            raise PipelineError(
                f"{where}: an action has either an update or `remove: true`, and nothing else but a "
                "target and a description."
            )
    return overlay


def corrected(document: dict[str, Any], overlay: dict[str, Any], *, where: str) -> dict[str, Any]:
    """Apply an overlay."""
    result: dict[str, Any] = json.loads(json.dumps(document))
    problems: list[str] = []
    for number, action in enumerate(overlay["actions"]):
        at = f"{where}: #/actions/{number}: the target {action['target']!a}"
        try:
            matches = parse(action["target"]).find(result)
        # Not all of the library's errors have a class of their own.
        except Exception as error:  # noqa: BLE001  # reported
            problems.append(f"{at} is not a JSONPath: {' '.join(str(error).split())}. Correct it.")
            continue
        if not matches:
            # An action without effect is a correction lost: the page changed under it.
            problems.append(
                f"{at} matches nothing. Correct it to the spec as it is now, or remove the action."
            )
            continue
        try:
            # A new document after each action: what one puts in two places must not be one object.
            result = json.loads(json.dumps(_applied(result, action, matches)))
        except (AttributeError, TypeError, ValueError) as error:
            problems.append(f"{at} can't be changed so: {error}. Correct the action.")
    known = {pointer: set(found) for pointer, found in walk(document) if "$ref" in found}
    problems.extend(
        f"{where}: {json_pointer(pointer)} is a reference; what the overlay puts beside it means nothing. "
        "Correct what it refers to, or remove the reference first."
        for pointer, found in walk(result)
        if pointer in known and "$ref" in found and set(found) - known[pointer]
    )
    refuse("the overlay does not fit the spec:", problems)
    return result


def _applied(
    document: dict[str, Any], action: dict[str, Any], matches: list[DatumInContext]
) -> dict[str, Any]:
    if "update" in action and isinstance(matches[0].path, Index):
        # The library fails to update items of lists: it asks an index for a name that it no longer has.
        for match in matches:
            deep_update(match.value, action["update"])
        return document
    result: dict[str, Any] = apply_overlay(document, {"actions": [action]})
    return result
