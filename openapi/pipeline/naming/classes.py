"""Class names as a person would write them, and never another one once published.

By rule from the component's key; by exception from `class_overrides` in generator-config.yaml; and what was
once published is recorded (see name_registry.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

from openapi_python_client.strings import ClassName, PythonIdentifier

from pipeline.document.operations import operations
from pipeline.document.references import SCHEMAS, lookup
from pipeline.document.shapes import is_page
from pipeline.document.traversal import reachable, walk
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


def assign_names(
    document: dict[str, Any],
    classes: Sequence[str],
    *,
    recorded: Mapping[str, str],
    exceptions: Mapping[str, str],
) -> dict[str, str]:
    """Give every component that becomes a class its name; of two of one name, what is sent gets `Input`."""
    names = {key: exceptions.get(key, recorded.get(key, "")) for key in classes}
    kept = {name for key, name in recorded.items() if key not in exceptions}
    resources = {resource_class(tag["name"]) for tag in document["tags"]}
    # Two classes can't share a module either.
    taken = {module_name(name) for name in kept | set(exceptions.values()) | resources}
    returned = _values(document, (found["responses"] for _, _, found in operations(document)))
    sent = _values(document, (found.get("requestBody") for _, _, found in operations(document))) - returned
    schemas = document["components"].get("schemas", {})
    # Pages last: an envelope is named after the class of its items.
    for pages in (False, True):
        wanted = {
            key: _wanted(document, key, names)
            for key in classes
            if not names[key] and pages == is_page(document, schemas[key])
        }
        for key in sorted(
            wanted,
            key=lambda key: (
                module_name(wanted[key]),
                0 if key in returned else 1 if key in sent else 2,
                class_name(key) != wanted[key],
                "Response" not in key,
                key,
            ),
        ):
            wishes = [wanted[key], f"{wanted[key]}Input"] if key in sent else [wanted[key]]
            names[key] = next(
                name
                for name in chain(wishes, _longer(key))
                if module_name(name) not in taken and name not in reserved.class_names()
            )
            taken.add(module_name(names[key]))
    _check(names, exceptions)
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
    yield from (name, f"{name}Model")
    yield from (class_name(f"{name}Model{number}") for number in count(2))


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


def _check(names: Mapping[str, str], exceptions: Mapping[str, str]) -> None:
    problems = [
        f"{key!a} is no component that becomes a class; remove the exception or correct its key."
        for key in exceptions
        if key not in names
    ]
    problems += [
        f"{key!a}: {name!a} can't be the name of a class here; choose another."
        for key, name in exceptions.items()
        if not is_class_name(name)
    ]
    modules: dict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        modules[module_name(name)].append(key)
        if len(name) > LONGEST:
            problems.append(f"{key}: the name {name[:40]}... is longer than {LONGEST} characters.")
    problems += [
        f"{' and '.join(keys)} would share the name {names[keys[0]]!a} or its module {module}."
        for module, keys in modules.items()
        if len(keys) > 1
    ]
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
