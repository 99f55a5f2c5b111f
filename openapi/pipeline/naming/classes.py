"""Class names as a person would write them, and never another one once published.

By rule from the component's key; by exception from `class_overrides` in generator-config.yaml; and what was
once published is recorded (see name_registry.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define
from openapi_python_client.strings import ClassName, PythonIdentifier

from pipeline.document.closure import reachable
from pipeline.document.operations import operations
from pipeline.document.references import SCHEMAS, lookup
from pipeline.document.shapes import is_page
from pipeline.document.traversal import walk
from pipeline.errors import refuse
from pipeline.naming import reserved

_SUFFIX = re.compile(r"(?<=.)(Schema|ENUM|Enum|TYPE|Response|Request|Body|Payload|DTO|Dto)$")

LONGEST = 100
"""Characters of a name; it becomes the name of a file, too."""


def stem(key: str) -> str:
    """A component's key without the endings that say what kind of component it is."""
    while (shorter := _SUFFIX.sub("", key)) != key:
        key = shorter
    return key


def class_name(text: str) -> str:
    """Any text as the generator would name a class by it, again and again."""
    name = text
    # Its rule changes some names twice, such as x1y: X1y, X1Y.
    while (next_name := str(ClassName(name, "Field"))) != name:
        name = next_name
    return name


def resource_class(resource: str) -> str:
    """The class of a resource."""
    return f"{class_name(resource)}Resource"


def is_class_name(text: str) -> bool:
    """Whether the generator takes a text as the name of a class, as it stands."""
    return (
        re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text) is not None
        and class_name(text) == text
        and text not in reserved.class_names()
        and len(text) <= LONGEST
    )


def module_name(name: str) -> str:
    """The module of a class."""
    return str(PythonIdentifier(name, "field_"))


@define
class _Naming:
    """The names given so far."""

    taken: set[str]  # the modules of the classes; two classes can't share one
    returned: set[str]  # the components that come back as values
    sent: set[str]  # the components that are sent as values

    def free(self, name: str) -> bool:
        return module_name(name) not in self.taken and name not in reserved.class_names()

    def settle(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Name components that want names of one module."""
        keys = sorted(wanted, key=lambda key: (class_name(key) != wanted[key], "Response" not in key, key))
        coming = [key for key in keys if key in self.returned]
        going = [key for key in keys if key in self.sent and key not in self.returned]
        names: dict[str, str] = {}
        if all(self.free(name) for name in wanted.values()):
            winner = (coming or going or keys)[0]
            names[winner] = wanted[winner]
        first = next((key for key in going if key not in names), None)
        if first is not None and self.free(name := f"{wanted[first]}Input"):
            names[first] = name
        for key in keys:
            if key not in names:
                chosen = {module_name(name) for name in names.values()}
                names[key] = next(
                    name for name in _longer(key) if self.free(name) and module_name(name) not in chosen
                )
        self.taken |= {module_name(name) for name in names.values()}
        return names


def assign_names(
    document: dict[str, Any],
    classes: Sequence[str],
    *,
    recorded: Mapping[str, str],
    exceptions: Mapping[str, str],
) -> dict[str, str]:
    """Give every component that becomes a class its name; of two of one name, what is sent gets `Input`."""
    _check_exceptions(classes, exceptions)
    names = {key: exceptions.get(key, recorded.get(key, "")) for key in classes}
    kept = {name for key, name in recorded.items() if key not in exceptions}
    resources = {resource_class(tag["name"]) for tag in document["tags"]}
    naming = _Naming(
        {module_name(name) for name in kept | set(exceptions.values()) | resources},
        returned=_values(document, (found["responses"] for _, _, found in operations(document))),
        sent=_values(document, (found.get("requestBody") for _, _, found in operations(document))),
    )
    schemas = document["components"].get("schemas", {})
    # Pages last: an envelope is named after the class of its items.
    for pages in (False, True):
        groups: dict[str, dict[str, str]] = defaultdict(dict)
        for key in classes:
            if not names[key] and pages == is_page(document, schemas[key]):
                name = _wanted(document, key, names)
                groups[module_name(name)][key] = name
        for _, wanted in sorted(groups.items()):
            names |= naming.settle(wanted)
    _check_unique(names)
    return names


def _wanted(document: dict[str, Any], key: str, names: Mapping[str, str]) -> str:
    schema = document["components"]["schemas"][key]
    if key.endswith("Page") and is_page(document, schema):
        item = schema["properties"]["items"].get("items", {}).get("$ref", "").removeprefix(SCHEMAS)
        if item in names:
            return f"{names[item]}Page"
    return class_name(stem(key))


def _longer(key: str) -> Iterator[str]:
    name = class_name(key)
    yield name
    yield f"{name}Model"
    number = 2
    while True:
        yield class_name(f"{name}Model{number}")
        number += 1


def _values(document: dict[str, Any], operation_parts: Iterable[Any]) -> set[str]:
    """The components that stand for values of parts of operations: sent, or coming back."""
    found = reachable(
        _references(list(operation_parts)), lambda found: _references(lookup(document, found[0]))
    )
    return {
        reference.removeprefix(SCHEMAS)
        for reference, part in found
        if not part and reference.startswith(SCHEMAS)
    }


def _references(value: Any, *, part: bool = False) -> Iterator[tuple[str, bool]]:
    """References, and whether each is part of a composition, which lends properties but is no value."""
    if isinstance(value, list):
        for content in value:
            yield from _references(content, part=part)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"], part
        for keyword, content in value.items():
            yield from _references(content, part=keyword == "allOf" and len(content) > 1)


def _check_exceptions(classes: Sequence[str], exceptions: Mapping[str, str]) -> None:
    problems = [
        f"{key!a} is no component that becomes a class; remove the exception or correct its key."
        for key in exceptions
        if key not in classes
    ]
    by_module: dict[str, list[str]] = defaultdict(list)
    for key, name in exceptions.items():
        by_module[module_name(name)].append(key)
        if not is_class_name(name):
            problems.append(f"{key!a}: {name!a} can't be the name of a class here; choose another.")
    problems.extend(
        f"{' and '.join(keys)} are both given the name {exceptions[keys[0]]!a}; give one of them another."
        for keys in by_module.values()
        if len(keys) > 1
    )
    refuse("generator-config.yaml: class_overrides:", problems)


def _check_unique(names: Mapping[str, str]) -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        modules[module_name(name)].append(key)
    problems = [
        f"{' and '.join(keys)} would share the name {names[keys[0]]} or its module {module}."
        for module, keys in modules.items()
        if len(keys) > 1
    ]
    problems.extend(
        f"{key}: the name {name[:40]}... is longer than {LONGEST} characters."
        for key, name in names.items()
        if len(name) > LONGEST
    )
    refuse(
        "names of classes can't stand; give other ones in generator-config.yaml: class_overrides:", problems
    )


def write_titles(document: dict[str, Any], names: Mapping[str, str]) -> None:
    """Make the names the titles of their components, which is what the generator names classes by."""
    schemas = document["components"].get("schemas", {})
    # Two components may share a published title, and the generator would then drop both.
    for _, schema in walk(schemas, names=True):
        schema.pop("title", None)
    for key in names.keys() & schemas.keys():
        schemas[key]["title"] = names[key]
