"""What the resource template prints of parameters: names that hide nothing, and patterns of values."""

import re
from typing import Any

from attrs import define, frozen
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty

from pipeline.document.references import resolve
from pipeline.errors import PipelineError
from pipeline.generate.context.deprecation import documented, is_deprecated, warning_of
from pipeline.generate.context.models import annotation
from pipeline.naming.words import identifier

TENANT = "tenantUid"

# Patterns are matched on every call: only a plain class of characters is taken, which can't be made slow.
_SIMPLE_PATTERN = re.compile(r"\^?\[[^\[\]]+\][+*]\$?")

_SCALARS = (
    StringProperty,
    IntProperty,
    FloatProperty,
    BooleanProperty,
    EnumProperty,
    DateProperty,
    DateTimeProperty,
    NoneProperty,
)

_PLACES = {"path": "of the path", "query": "in the query", "header": "in the header"}

_TAKEN = frozenset({"body", "models", "self"})
"""What every method may have beside its parameters, or names in its body."""


@frozen
class ParameterContext:
    """A parameter of a method, as source."""

    name: str
    key: str
    """The name on the wire."""
    type: str
    required: bool
    value: str
    """The expression of its value: checked, if the spec lists what may be sent."""
    documentation: str
    warning: str
    """What to say when it is given though it is deprecated and could be left out, escaped for a literal."""


@define
class Parameters:
    """Describes the parameters of one operation."""

    method: str
    where: str
    document: dict[str, Any]
    raw: list[dict[str, Any]]
    """Its parameters as the spec has them, references followed."""
    taken: set[str]
    """The names given so far."""

    @classmethod
    def of(cls, place: tuple[str, str], document: dict[str, Any], *, more: frozenset[str]) -> "Parameters":
        """Begin with the names that every method may have, and those that this one has."""
        path, verb = place
        operation = document["paths"][path][verb]
        name = operation["operationId"]
        raw = [resolve(document, parameter) for parameter in operation.get("parameters", [])]
        return cls(name, f"{name} ({verb.upper()} {path})", document, raw, {*_TAKEN, *more})

    def describe(self, found: Any, location: str) -> ParameterContext:
        """Describe one of the generator's parameters."""
        key = found.name.get_untrusted_value()
        if not _writable(found, several=location == "query") or (
            location == "path" and not isinstance(found, StringProperty | EnumProperty)
        ):
            raise PipelineError(
                f"{self.where}: the client can't write values of the kind that the {location} parameter "
                f"{key!a} has. Correct its schema in openapi/overlay.yaml."
            )
        name = identifier(key)
        while name in self.taken:
            name = f"{name}_{location}"
        self.taken.add(name)
        raw = next(each for each in self.raw if (each["in"], each["name"]) == (location, key))
        deprecated = raw.get("deprecated") is True or is_deprecated(self.document, raw["schema"])
        avoidable = deprecated and not found.required and location != "path"
        said = str(raw.get("description") or f"`{key}` {_PLACES[location]}.")
        type_ = annotation(found, sent=True)
        return ParameterContext(
            name=name,
            key=key,
            type=type_ if found.required else type_.removesuffix(" | None"),
            required=found.required,
            value=_value(found, name),
            documentation=documented(said, deprecated=deprecated),
            warning=warning_of(f"{self.method}({name}=...)", raw) if avoidable else "",
        )


def _value(found: Any, name: str) -> str:
    kind = found.inner_property if isinstance(found, ListProperty) else found
    if not isinstance(kind, EnumProperty):
        return name
    return f'sendable(models.{kind.class_info.name}, {name}, "{name}")'


def patterns(document: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, str]:
    """The patterns of path parameters, but the tenant's."""
    return {
        parameter["name"]: pattern
        for parameter in parameters
        if parameter["in"] == "path"
        and parameter["name"] != TENANT
        and isinstance(pattern := resolve(document, parameter["schema"]).get("pattern"), str)
        and _usable(pattern)
    }


def _usable(pattern: str) -> bool:
    # Of doubled signs within brackets Python has its doubts: they may come to mean something else.
    return (
        _SIMPLE_PATTERN.fullmatch(pattern) is not None
        and pattern.isprintable()
        and not re.search(r"--|&&|~~|\|\|", pattern)
    )


def _writable(property_: Any, *, several: bool) -> bool:
    match property_:
        case ListProperty():
            return several and _writable(property_.inner_property, several=False)
        case UnionProperty():
            return all(_writable(kind, several=several) for kind in property_.inner_properties)
        case _:
            return isinstance(property_, _SCALARS)
