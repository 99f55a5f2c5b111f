"""What the resource template prints of parameters: names that hide nothing, and patterns of values."""

import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from pipeline.document.references import resolve
from pipeline.errors import PipelineError
from pipeline.generate.context.texts import documented, is_deprecated, warning_of
from pipeline.generate.context.values import Value, value_of
from pipeline.naming.words import identifier

TENANT = "tenantUid"

# Patterns are matched on every call: only a plain class of characters is taken, which can't be made slow.
_SIMPLE_PATTERN = re.compile(r"\^?\[[^\[\]]+\][+*]\$?")

_WRITTEN = frozenset({"bool", "datetime.date", "datetime.datetime", "float", "int", "None", "str"})
"""Types that the client writes outside of bodies, besides enums."""

_PLACES = {"path": "of the path", "query": "in the query", "header": "in the header"}


@frozen
class ParameterContext:
    """A parameter of a method, as source."""

    name: str
    key: str  # its name on the wire
    type: str
    classes: frozenset[str]  # those that its type names
    required: bool
    value: str  # the expression of its value: checked, if the spec lists what may be sent
    documentation: str
    warning: str  # what to say when it is given though deprecated and avoidable, escaped for a literal


def parameter_contexts(
    document: dict[str, Any], path: str, operation: str, given: list[dict[str, Any]], taken: set[str]
) -> Iterator[list[ParameterContext]]:
    """Describe parameters of an operation: those of the path in its order, of the query, of the header."""
    names = re.findall(r"\{([^{}]*)\}", path)
    for place in _PLACES:
        found = [each for each in given if each["in"] == place]
        if place == "path":
            found.sort(key=lambda each: names.index(each["name"]))
        yield [_context(document, operation, each, taken) for each in found]


def _context(
    document: dict[str, Any], operation: str, raw: dict[str, Any], taken: set[str]
) -> ParameterContext:
    location, key = raw["in"], raw["name"]
    value = value_of(document, raw["schema"])
    written = _is_written(value, several=location == "query")
    if not written or (location == "path" and not (value.enum or value.type == "str")):
        raise PipelineError(
            f"the client can't write values of the kind that the {location} parameter {key!a} has. "
            "Correct its schema in openapi/overlay.yaml."
        )
    name = identifier(key)
    while name in taken:
        name = f"{name}_{location}"
    taken.add(name)
    required = raw.get("required") is True
    deprecated = raw.get("deprecated") is True or is_deprecated(document, raw["schema"])
    said = str(raw.get("description") or f"`{key}` {_PLACES[location]}.")
    subject = f"{operation}({name}=...)"
    one = value.item or value
    return ParameterContext(
        name=name,
        key=key,
        type=value.sent if required else value.sent.removesuffix(" | None"),
        classes=value.classes,
        required=required,
        value=f'sendable({one.type}, {name}, "{name}")' if one.enum else name,
        documentation=documented(said, deprecated=deprecated),
        warning=warning_of(subject, raw) if deprecated and not required else "",
    )


def patterns(document: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, str]:
    """The patterns of path parameters that are matched before anything is sent."""
    return {
        parameter["name"]: pattern
        for parameter in parameters
        if parameter["in"] == "path"
        and isinstance(pattern := resolve(document, parameter["schema"]).get("pattern"), str)
        and _SIMPLE_PATTERN.fullmatch(pattern)
        and pattern.isprintable()
        # Of doubled signs within brackets Python has its doubts: they may come to mean something else.
        and not re.search(r"--|&&|~~|\|\|", pattern)
    }


def _is_written(value: Value, *, several: bool) -> bool:
    """Whether the client writes values of a type outside of bodies."""
    return all(
        one.enum
        or one.type in _WRITTEN
        or (several and one.item is not None and _is_written(one.item, several=False))
        for one in value.options or (value,)
    )
