"""What the model templates print: each field as a declaration."""

import re
from collections.abc import Iterable
from typing import Any

from attrs import frozen
from openapi_python_client.strings import in_double_quote_literal

from flow_retail_core.models.fields import camel_case
from pipeline.document.references import resolve
from pipeline.document.traversal import reachable
from pipeline.generate.context.texts import documented, is_deprecated, warning_of
from pipeline.generate.context.values import ANYTHING, Value, value_of
from pipeline.naming.classes import module_name
from pipeline.naming.words import identifier, numbered

_HIDDEN = frozenset({"additional_properties", "attrs", "from_dict", "from_dict_strict", "to_dict", "to_json"})
"""What a model has beside its fields, or names in declarations."""


@frozen
class Property:
    """A property of a model."""

    key: str  # its name in JSON
    attribute: str
    required: bool
    schema: dict[str, Any]
    value: Value


@frozen
class Model:
    """A schema with a class of its own that is no enum."""

    name: str
    description: str
    properties: list[Property]  # the required ones first
    extra: Value | None  # the type of its properties without a name, if the spec has one

    def find(self, key: str) -> Property | None:
        """The property with a name in JSON."""
        return next((found for found in self.properties if found.key == key), None)

    @property
    def uses(self) -> frozenset[str]:
        """The classes that it names."""
        own = [found.value.classes for found in self.properties]
        return frozenset[str]().union(*own, self.extra.classes if self.extra else ())


@frozen
class FieldContext:
    """A property of a model, as source."""

    attribute: str
    type: str
    default: str  # what follows the type: nothing, ` = UNSET`, or ` = attrs.field(...)` with its JSON name
    documentation: str
    deprecated: bool
    warning: str


@frozen
class ModelContext:
    """A model, as source."""

    name: str
    documentation: str
    fields: list[FieldContext]
    extra: str  # the type of its properties without a name, if the spec has one
    imports: list[tuple[str, str]]  # the modules that it imports, and the class of each
    late_imports: list[tuple[str, str]]  # those that it must import at its end


def models_of(document: dict[str, Any]) -> dict[str, Model]:
    """The models of a document, by the names of their classes."""
    schemas = document["components"].get("schemas", {}).values()
    return {
        schema["title"]: _model(document, schema)
        for schema in schemas
        if "title" in schema and "enum" not in schema
    }


def _model(document: dict[str, Any], schema: dict[str, Any]) -> Model:
    properties, required = _composed(document, schema)
    found: list[Property] = []
    taken: set[str] = set()
    for key in sorted(properties, key=lambda key: key not in required):
        # Not the generator's name, which may change when a property is added that is nearly its namesake.
        base = identifier(key)
        name = numbered(f"{base}_value" if base in _HIDDEN else base, taken)
        taken.add(name)
        value = value_of(document, properties[key])
        found.append(Property(key, name, key in required, properties[key], value))
    extra = schema.get("additionalProperties")
    more = value_of(document, extra) if isinstance(extra, dict) else ANYTHING
    description = str(schema.get("description") or "")
    return Model(schema["title"], description, found, more if more != ANYTHING else None)


def _composed(document: dict[str, Any], schema: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The properties of a schema and those that it requires, parts of compositions included."""
    # What others share comes first.
    composed = sorted(schema.get("allOf", ()), key=lambda part: "$ref" not in part)
    parts = [_composed(document, resolve(document, part)) for part in composed]
    parts.append((schema.get("properties", {}), set(schema.get("required", ()))))
    properties: dict[str, Any] = {}
    for part, _ in parts:
        for key, content in part.items():
            properties[key] = properties.get(key, {}) | content
    return properties, set[str]().union(*(required for _, required in parts))


def reached_from(names: Iterable[str], models: dict[str, Model]) -> set[str]:
    """Classes, and every class that they hold."""
    return reachable(names, lambda name: models[name].uses if name in models else ())


def model_context(
    model: Model, models: dict[str, Model], document: dict[str, Any], *, sent: bool
) -> ModelContext:
    """Describe a model for its template."""
    uses = sorted(model.uses - {model.name})
    cycles = {name for name in uses if model.name in reached_from([name], models)}
    late = {model.name, *cycles}

    def declared(value: Value, form: str = "{}", *, optional: bool = False) -> str:
        is_late = not value.classes.isdisjoint(late)
        type_ = form.format(value.sent if sent and not is_late else value.field)
        if optional:
            type_ = re.sub(r"( \| None)?$", r" | Unset\1", type_, count=1)
        # Classes that are imported at the end are not yet there.
        return repr(type_) if is_late else type_

    fields: list[FieldContext] = []
    for found in model.properties:
        deprecated = is_deprecated(document, found.schema)
        default = [] if found.required else ["default=UNSET"]
        if found.key != camel_case(found.attribute):
            default.append(f'metadata={{"json": "{in_double_quote_literal(found.key)}"}}')
            assigned = f" = attrs.field({', '.join(default)})"
        else:
            assigned = "" if found.required else " = UNSET"
        subject = f"models.{model.name}.{found.attribute}"
        text = str(found.schema.get("description") or "")
        fields.append(
            FieldContext(
                attribute=found.attribute,
                type=declared(found.value, optional=not found.required),
                default=assigned,
                documentation=documented(text, deprecated=deprecated).strip(),
                deprecated=deprecated,
                warning=warning_of(subject, found.schema) if deprecated and not found.required else "",
            )
        )
    # A single word only repeats the name of the component.
    said = "" if re.fullmatch(r"\s*\w*\s*", model.description) else model.description
    return ModelContext(
        name=model.name,
        documentation=said,
        fields=fields,
        extra=declared(model.extra, "dict[str, {}]") if model.extra else "",
        imports=[(module_name(name), name) for name in uses if name not in cycles],
        late_imports=[(module_name(name), name) for name in sorted(cycles)],
    )
