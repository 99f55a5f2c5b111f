"""Fragments into one document: equal parts become one, unequal ones are an error, all at once."""

import copy
import re
from collections.abc import Sequence
from typing import Any

from attrs import Factory, define

from pipeline.document.differences import Difference, canonical, differences, only_texts
from pipeline.document.operations import METHODS, title_of
from pipeline.document.references import Pointer, json_pointer, location
from pipeline.document.structure import cycles, reference_problems
from pipeline.errors import PipelineError, refuse
from pipeline.vendor.pages import Fragment

_BESIDE = frozenset({*METHODS, "parameters", "summary", "description"})


@define
class Merged:
    """A document made of fragments."""

    document: dict[str, Any]
    # The fragment that each of its operations and components came from.
    origins: dict[Pointer, str] = Factory(dict)
    problems: list[str] = Factory(list)  # what doesn't fit together
    advice: dict[str, dict[str | int, None]] = Factory(dict)  # of conflicts, with the parts concerned

    def take(self, pointer: Pointer, value: Any, where: str) -> None:
        """Take over a part of a fragment, or compare it with what another one says."""
        home: Any = self.document
        for step in pointer[:-1]:
            home = home.setdefault(step, {})
        if pointer not in self.origins:
            self.origins[pointer] = where
            home[pointer[-1]] = value
            return
        known = self.origins[pointer]
        found = [*differences(home[pointer[-1]], value, ignored=only_texts)]
        self.problems += [
            f"conflict at {json_pointer((*pointer, *at))}: {known} and {where} define it differently."
            for at, _, _ in found
        ]
        if found:
            self.advice.setdefault(_advice(known, where, found), {})[pointer[-1]] = None

    def take_operation(self, fragment: Fragment, document: dict[str, Any]) -> None:
        """Take over the operation of a fragment."""
        path, method, where = fragment.path, fragment.method, fragment.where
        item = document["paths"][path]
        operation = item[method]
        if ("paths", path, method) in self.origins:
            pointer: Pointer = ("paths", path, method)
            self.problems.append(
                f"duplicate operation {title_of(path, method)} at {json_pointer(pointer)}: "
                f"in {self.origins[pointer]} and in {where}. Keep it in one page."
            )
            return
        # What the document says for all of its operations is said of each: it differs from page to page.
        operation.setdefault("security", document.get("security", []))
        # Shared parameters of a path are written out: the reference tool keeps them in some fragments only.
        own = operation.get("parameters", [])
        shared = [each for each in item.get("parameters", []) if _identity(each) not in map(_identity, own)]
        if own or shared:
            operation["parameters"] = [*own, *shared]
        self.take(("paths", path, method), operation, where)
        self.problems += [
            f"{where}: {json_pointer(('paths', path, key))}: not known beside the operations of a path. "
            "Correct the page."
            for key in item
            if key not in _BESIDE and not key.startswith("x-")
        ]


def merge(fragments: Sequence[Fragment]) -> Merged:
    """Merge fragments into one OpenAPI document."""
    if not fragments:
        raise PipelineError(
            "openapi/fragments: no fragments. Vendor a page of the reference first: make vendor PAGE=file.md"
        )
    first = fragments[0].document
    empty: dict[str, Any] = {"servers": [], "tags": [], "paths": {}, "components": {}}
    merged = Merged({"openapi": first["openapi"], "info": first["info"], **empty})
    for fragment in fragments:
        document = copy.deepcopy(fragment.document)
        if "servers" in document:
            merged.take(("servers",), document["servers"], fragment.where)
        merged.document["tags"] += [
            tag for tag in document.get("tags", []) if tag not in merged.document["tags"]
        ]
        for section, content in document.get("components", {}).items():
            if not section.startswith("x-"):
                for name, component in content.items():
                    merged.take(("components", section, name), component, fragment.where)
        merged.take_operation(fragment, document)
    if not merged.document["servers"]:
        merged.problems.append(
            f"{fragments[0].where}: #/servers: no fragment names a server. Correct the page."
        )
    for fragment in fragments:
        merged.problems += [
            f"{fragment.where}: {json_pointer(pointer)}: {problem} Correct the page, or vendor it again."
            for pointer, problem in reference_problems(merged.document, fragment.document)
        ]
    merged.problems += [f"{', '.join(map(str, parts))}: {advice}" for advice, parts in merged.advice.items()]
    refuse("the fragments don't fit together:", merged.problems)
    refuse(
        "the fragments don't fit together:",
        [f"{location(pointer, merged.origins)}: {problem}" for pointer, problem in cycles(merged.document)],
    )
    return merged


def _identity(parameter: dict[str, Any]) -> tuple[Any, ...]:
    return parameter.get("in"), parameter.get("name"), parameter.get("$ref")


def _advice(known: str, other: str, found: Sequence[Difference]) -> str:
    """What to do about a conflict: the older of two copies lacks what the newer one has."""
    one, two = _page(known), _page(other)
    if one == two:
        return f"the page {one} contradicts itself. Correct it, and vendor it again."
    for older, newer, copies in (
        (one, two, [(mine, theirs) for _, mine, theirs in found]),
        (two, one, [(theirs, mine) for _, mine, theirs in found]),
    ):
        if all(_is_more(*each) for each in copies):
            return (
                f"the copy on the page {newer} is newer. Vendor the page {older} again, as it is published "
                f'now: make vendor PAGE="{newer}.md {older}.md". If it is published so, add there what it '
                "lacks."
            )
    return (
        f"vendor the pages {one} and {two} again, together and as they are published now; if they still "
        "differ, correct one of them."
    )


def _page(where: str) -> str:
    """The page of a fragment: `product` of `product.md:12`, `customer` of `customer/get-it.json`."""
    return re.split(r"\.md\b|/", where)[0]


def _is_more(one: Any, other: Any) -> bool:
    """Whether another copy has something where one has nothing, or less."""
    if isinstance(one, list) and isinstance(other, list):
        return {canonical(each) for each in one} < {canonical(each) for each in other}
    return one is None
