"""Fragments into one document: equal parts become one, unequal ones are an error, all at once."""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import Factory, define

from pipeline.document.operations import METHODS
from pipeline.document.pointers import Pointer, json_pointer, place
from pipeline.document.structure import circles, reference_faults
from pipeline.document.traversal import LITERAL, NAME_MAPS
from pipeline.errors import PipelineError, refuse
from pipeline.vendor.pages import Fragment

ANNOTATIONS = frozenset({"description", "summary", "title"})
"""Keywords that say nothing of the wire: where only these differ, the first text stands."""

UNORDERED = frozenset({"required", "enum"})

_BESIDE = frozenset({"parameters", "summary", "description"})


@define
class Merged:
    """A document made of fragments.

    Attributes:
        document: The OpenAPI document.
        origins: The fragment that each of its operations and components came from.
        faults: What doesn't fit together.
    """

    document: dict[str, Any]
    origins: dict[Pointer, str] = Factory(dict)
    faults: list[str] = Factory(list)

    def take(self, pointer: Pointer, value: Any, where: str) -> None:
        """Take over a part of a fragment, or compare it with what another one says."""
        home: Any = self.document
        for step in pointer[:-1]:
            home = home.setdefault(step, {})
        if pointer not in self.origins:
            self.origins[pointer] = where
            home[pointer[-1]] = value
            return
        self.faults.extend(
            f"conflict at {json_pointer((*pointer, *at))}: {self.origins[pointer]} and {where} "
            "define it differently."
            for at in _unequal(home[pointer[-1]], value)
        )

    def take_operation(self, fragment: Fragment, document: dict[str, Any]) -> None:
        """Take over the operation of a fragment."""
        item = document["paths"][fragment.path]
        operation = item[fragment.method]
        pointer: Pointer = ("paths", fragment.path, fragment.method)
        if pointer in self.origins:
            self.faults.append(
                f"duplicate operation {fragment.method.upper()} {fragment.path} at {json_pointer(pointer)}: "
                f"in {self.origins[pointer]} and in {fragment.where}. Keep it in one page."
            )
            return
        # Shared parameters of a path are written out: the reference tool keeps them in some fragments only.
        own = operation.get("parameters", [])
        known = {(parameter.get("in"), parameter.get("name"), parameter.get("$ref")) for parameter in own}
        shared = [
            parameter
            for parameter in item.get("parameters", [])
            if (parameter.get("in"), parameter.get("name"), parameter.get("$ref")) not in known
        ]
        if own or shared:
            operation["parameters"] = [*own, *shared]
        self.take(pointer, operation, fragment.where)
        self.faults.extend(
            f"{fragment.where}: {json_pointer(('paths', fragment.path, key))}: "
            "not known beside the operations of a path. Correct the page."
            for key in item
            if key not in METHODS and key not in _BESIDE and not key.startswith("x-")
        )
        taken = self.document["paths"][fragment.path]
        self.document["paths"][fragment.path] = {
            method: taken[method] for method in METHODS if method in taken
        }


def merge(fragments: Sequence[Fragment]) -> Merged:
    """Merge fragments into one OpenAPI document.

    Args:
        fragments: In the order that the result is to have.

    Raises:
        PipelineError: Operations stand twice, parts of one name differ, or references dangle; every such
            place is listed.
    """
    if not fragments:
        raise PipelineError(
            "openapi/fragments: no fragments. Vendor a page of the reference first: make vendor PAGE=file.md"
        )
    first = fragments[0].document
    merged = Merged(
        {key: copy.deepcopy(first[key]) for key in ("openapi", "info")}
        | {"servers": [], "tags": [], "security": [], "paths": {}, "components": {}}
    )
    for fragment in fragments:
        document = copy.deepcopy(fragment.document)
        for key in ("servers", "security"):
            if key in document:
                merged.take((key,), document[key], fragment.where)
        for tag in document.get("tags", []):
            if tag not in merged.document["tags"]:
                merged.document["tags"].append(tag)
        for section, content in document.get("components", {}).items():
            if not section.startswith("x-"):
                for name, component in content.items():
                    merged.take(("components", section, name), component, fragment.where)
        merged.take_operation(fragment, document)
    if not merged.document["servers"]:
        merged.faults.append(
            f"{fragments[0].where}: #/servers: no fragment names a server. Correct the page."
        )
    for fragment in fragments:
        merged.faults.extend(
            f"{fragment.where}: {json_pointer(pointer)}: {fault} Correct the page, or vendor it again."
            for pointer, fault in reference_faults(merged.document, fragment.document)
        )
    refuse("the fragments don't fit together:", merged.faults)
    refuse(
        "the fragments don't fit together:",
        [f"{place(pointer, merged.origins)}: {fault}" for pointer, fault in circles(merged.document)],
    )
    return merged


def _unequal(one: Any, other: Any, pointer: Pointer = (), *, names: bool = False) -> Iterator[Pointer]:
    """Where two definitions differ in what they mean."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            mine, theirs = one.get(key), other.get(key)
            if key in ANNOTATIONS and not names and _is_text(mine) and _is_text(theirs):
                continue
            if key not in one or key not in other:
                yield (*pointer, key)
            elif not names and key in UNORDERED and isinstance(mine, list) and isinstance(theirs, list):
                if sorted(map(_canonical, mine)) != sorted(map(_canonical, theirs)):
                    yield (*pointer, key)
            elif not names and key in LITERAL:
                if _canonical(mine) != _canonical(theirs):
                    yield (*pointer, key)
            else:
                yield from _unequal(mine, theirs, (*pointer, key), names=not names and key in NAME_MAPS)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for position, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _unequal(mine, theirs, (*pointer, position))
    elif _canonical(one) != _canonical(other):
        yield pointer


def _canonical(value: Any) -> str:
    """A value as JSON: `True` equals 1 to Python, not to JSON; the order of names means nothing."""
    return json.dumps(value, sort_keys=True)


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)
