"""What the model templates print: each field as a declaration.

Everything here is Python source. Names of classes and attributes come from the generator, which makes them
safe; every other text of the spec passes through its filters for literals.
"""

import re
from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

from pipeline.errors import PipelineError
from pipeline.generate.context.deprecation import documented, is_deprecated, warning_of
from pipeline.generate.context.discriminators import Discriminators
from pipeline.naming.words import identifier

_TYPES: dict[type, tuple[str, str]] = {
    StringProperty: ("str", "STRING"),
    IntProperty: ("int", "INTEGER"),
    FloatProperty: ("float", "NUMBER"),
    BooleanProperty: ("bool", "BOOLEAN"),
    NoneProperty: ("None", "NULL"),
    DateTimeProperty: ("datetime.datetime", "DATE_TIME"),
    DateProperty: ("datetime.date", "DATE"),
    AnyProperty: ("Any", "ANYTHING"),
    FileProperty: ("FileSource", "FILE"),
}
"""The type of each kind of value, and its decoder."""

_OF_MODEL = frozenset({"additional_properties", "from_dict", "from_dict_strict", "to_dict", "to_json"})
"""What a model has beside its fields."""

_OF_DECLARATIONS = frozenset(
    {"Annotated", "Any", "Discriminator", "Literal", "Sequence", "UNSET", "Unset", "attrs"}
)
"""Names that fields would hide, inside their class, from later declarations."""


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
    fields: list[FieldContext]  # its properties, the required ones first
    extra: str  # the type of its properties without a name, if the spec has one
    imports: list[tuple[str, str]]  # the modules that it imports, and the class of each
    late_imports: list[tuple[str, str]]  # those that it must import at its end


def model_reader(property_: Any, discriminators: Discriminators, *, models: str = "") -> str:
    """The expression of the decoder of a property."""
    match property_:
        case EnumProperty():
            return f"EnumDecoder({models}{property_.class_info.name})"
        case ModelProperty():
            return f"ModelDecoder({models}{property_.class_info.name})"
        case ListProperty():
            return f"ListDecoder({model_reader(property_.inner_property, discriminators, models=models)})"
        case UnionProperty():
            kinds = [model_reader(kind, discriminators, models=models) for kind in _options(property_)]
            # What several kinds have in common is `object` to a type checker.
            typed = "" if len(kinds) == 2 and "NULL" in kinds else f"[{annotation(property_, models)}]"
            by = discriminators.get(_classes_of(property_))
            return f"UnionDecoder{typed}(({', '.join(kinds)},){f', {by}' if by else ''})"
        case _:
            return _known(property_)[1]


def annotation(
    property_: Any, models: str = "", *, sent: bool = False, discriminators: Discriminators | None = None
) -> str:
    """The type of a property; of one that is `sent`, the values of enums may be given as literals, too."""
    match property_:
        case EnumProperty() if sent:
            values = property_.values.values()
            literals = [
                str(each) if isinstance(each, int) else f'"{in_double_quote_literal(each)}"'
                for each in values
            ]
            return f"{models}{property_.class_info.name} | Literal[{', '.join(literals)}]"
        case ModelProperty() | EnumProperty():
            return f"{models}{property_.class_info.name}"
        case ListProperty():
            inner = annotation(property_.inner_property, models, sent=sent, discriminators=discriminators)
            # Of a list, type checkers would not take one of enum values alone.
            return f"Sequence[{inner}]" if "Literal[" in inner else f"list[{inner}]"
        case UnionProperty():
            options = [
                annotation(kind, models, sent=sent, discriminators=discriminators)
                for kind in _options(property_)
            ]
            by = (discriminators or {}).get(_classes_of(property_))
            if by is None:
                return " | ".join(options)
            null = options.pop() if options[-1] == "None" else ""
            return f"Annotated[{' | '.join(options)}, {by}]{' | ' * bool(null)}{null}"
        case _:
            return _known(property_)[0]


def _options(property_: UnionProperty) -> list[Any]:
    # Null last: it is the rarer kind.
    return sorted(property_.inner_properties, key=lambda kind: isinstance(kind, NoneProperty))


def _classes_of(property_: UnionProperty) -> frozenset[str]:
    """The classes of a choice."""
    return frozenset(
        str(kind.class_info.name) for kind in property_.inner_properties if isinstance(kind, ModelProperty)
    )


def _known(property_: Any) -> tuple[str, str]:
    if type(property_) not in _TYPES:
        raise PipelineError(
            f"the property {property_.python_name!a} is of a kind ({type(property_).__name__}) that no "
            "decoder knows. Correct it in openapi/overlay.yaml."
        )
    return _TYPES[type(property_)]


def camel_case(attribute: str) -> str:
    """The JSON name of an attribute that declares no other, by the rule of the core's `models.fields`."""
    first, *others = attribute.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def _sentence(text: str) -> str:
    """A description, unless it is a single word, which only repeats the name of the component."""
    return "" if re.fullmatch(r"\s*\w*\s*", text) else text


def properties_of(model: ModelProperty) -> list[Any]:
    """The properties of a model, the required ones first."""
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def used_classes(property_: Any) -> list[ModelProperty | EnumProperty]:
    """The classes that the type of a property names."""
    match property_:
        case ModelProperty() | EnumProperty():
            return [property_]
        case ListProperty():
            return used_classes(property_.inner_property)
        case UnionProperty():
            return [used for kind in property_.inner_properties for used in used_classes(kind)]
        case _:
            return []


def complete(property_: Any, models: dict[str, ModelProperty], seen: set[int]) -> None:
    """Fill in the properties of models, in place.

    The generator hands out copies of a model before it has read the model's properties; they stay empty.
    """
    if id(property_) in seen:
        return
    seen.add(id(property_))
    match property_:
        case ModelProperty():
            whole = models[str(property_.class_info.name)]
            object.__setattr__(property_, "required_properties", whole.required_properties)
            object.__setattr__(property_, "optional_properties", whole.optional_properties)
            object.__setattr__(property_, "additional_properties", whole.additional_properties)
            for held in [*properties_of(whole), whole.additional_properties]:
                complete(held, models, seen)
        case ListProperty():
            complete(property_.inner_property, models, seen)
        case UnionProperty():
            for kind in property_.inner_properties:
                complete(kind, models, seen)
        case _:
            pass


def name_attributes(models: list[ModelProperty]) -> None:
    """Rename attributes that would hide something, or that are one attribute to Python, in place."""
    hidden = _OF_MODEL | _OF_DECLARATIONS | {str(model.class_info.name) for model in models}
    for model in models:
        taken: set[str] = set()
        for property_ in properties_of(model):
            # Not the generator's name, which may change when a property is added that is nearly its namesake.
            base = identifier(property_.name.get_untrusted_value())
            base = f"{base}_value" if base in hidden else base
            name, number = base, 2
            while name in taken:
                name, number = f"{base}_{number}", number + 1
            taken.add(name)
            object.__setattr__(property_, "python_name", name)


def model_context(
    model: ModelProperty,
    schema: dict[str, Any],
    circles: set[str],
    document: dict[str, Any],
    discriminators: Discriminators,
    *,
    sent: bool,
) -> ModelContext:
    """Describe a model for its template."""
    name = str(model.class_info.name)
    used: dict[str, str] = {}
    for property_ in _held(model):
        used |= {
            str(each.class_info.name): str(each.class_info.module_name) for each in used_classes(property_)
        }
    used.pop(name, None)
    imports = [(module, used_name) for used_name, module in sorted(used.items())]
    return ModelContext(
        name=name,
        documentation=_sentence(model.description.get_untrusted_value() if model.description else ""),
        fields=[
            _field_context(
                property_,
                name,
                schema.get(property_.name.get_untrusted_value(), {}),
                {name, *circles},
                document,
                discriminators,
                sent=sent,
            )
            for property_ in properties_of(model)
        ],
        extra=_extra(model.additional_properties, {name, *circles}, discriminators, sent=sent),
        imports=[found for found in imports if found[1] not in circles],
        late_imports=[found for found in imports if found[1] in circles],
    )


def _field_context(
    property_: Any,
    model: str,
    raw: dict[str, Any],
    late: set[str],
    document: dict[str, Any],
    discriminators: Discriminators,
    *,
    sent: bool,
) -> FieldContext:
    attribute = str(property_.python_name)
    key = property_.name.get_untrusted_value()
    deprecated = is_deprecated(document, raw)
    is_late = any(str(used.class_info.name) in late for used in used_classes(property_))
    type_ = annotation(property_, sent=sent and not is_late, discriminators=discriminators)
    if not property_.required:
        type_ = f"{type_.removesuffix(' | None')} | Unset{' | None' if type_.endswith(' | None') else ''}"
    default = [] if property_.required else ["default=UNSET"]
    if key != camel_case(attribute):
        default.append(f'metadata={{"json": "{in_double_quote_literal(property_.name)}"}}')
        assigned = f" = attrs.field({', '.join(default)})"
    else:
        assigned = "" if property_.required else " = UNSET"
    return FieldContext(
        attribute=attribute,
        # Classes that are imported at the end are not yet there.
        type=repr(type_) if is_late else type_,
        default=assigned,
        documentation=documented(str(raw.get("description") or ""), deprecated=deprecated).strip(),
        deprecated=deprecated,
        warning=warning_of(f"models.{model}.{attribute}", raw)
        if deprecated and not property_.required
        else "",
    )


def _extra(property_: Any, late: set[str], discriminators: Discriminators, *, sent: bool) -> str:
    """The type of the properties without a name; nothing if the spec has none."""
    if property_ is None or isinstance(property_, AnyProperty):
        return ""
    is_late = any(str(used.class_info.name) in late for used in used_classes(property_))
    type_ = f"dict[str, {annotation(property_, sent=sent and not is_late, discriminators=discriminators)}]"
    return repr(type_) if is_late else type_


def _held(model: ModelProperty) -> list[Any]:
    """The properties of a model, those without a name among them."""
    return [*properties_of(model), model.additional_properties]


def classes_in(property_: Any) -> set[str]:
    """The models that a property holds, by class name."""
    return {str(used.class_info.name) for used in used_classes(property_) if isinstance(used, ModelProperty)}


def model_uses(model: ModelProperty) -> set[str]:
    """The models that a model holds, by class name."""
    return {name for property_ in _held(model) for name in classes_in(property_)}
