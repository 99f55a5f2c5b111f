"""What the model templates print: each field with the expressions that read and write it.

Everything here is Python source. Names of classes and attributes come from the generator, which makes them
safe; every other text of the spec passes through its filters for literals.
"""

import re
import unicodedata
from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier, in_double_quote_literal

from pipeline.errors import PipelineError

_OF_MODEL = frozenset({"additional_properties", "from_dict", "json_fields", "read_exact", "to_dict"})
"""What a model has beside its fields."""

_OF_ANNOTATIONS = frozenset({"Any", "UNSET", "Unset"})
"""Names that fields would hide, inside their class, from later annotations."""

_PLAIN: dict[type, str] = {
    StringProperty: "STRING",
    IntProperty: "INTEGER",
    FloatProperty: "NUMBER",
    BooleanProperty: "BOOLEAN",
    NoneProperty: "NULL",
}


@frozen
class FieldView:
    """A property of a model, as source.

    Attributes:
        attribute: The Python attribute.
        key: The JSON name, escaped for a double-quoted literal.
        type: The type of the attribute, without `Unset`.
        required: Whether the spec promises it.
        reader: The reader for the tolerant way.
        exact: Reads it from `data` if it is as promised.
        check: The reader constant whose types the value must have, for values that stay what they are.
        write: Turns the attribute into JSON.
        documentation: What the spec says of it.
        deprecated: Whether the spec calls it deprecated.
    """

    attribute: str
    key: str
    type: str
    required: bool
    reader: str
    exact: str
    check: str | None
    write: str
    documentation: str
    deprecated: bool


@frozen
class ModelView:
    """A model, as source."""

    name: str
    documentation: str
    fields: list[FieldView]
    imports: list[tuple[str, str]]
    late_imports: list[tuple[str, str]]
    enums: list[str]


def model_reader(property_: Any, *, models: str = "") -> str:
    """The expression of the reader of a property.

    Args:
        property_: The generator's property.
        models: What to put before class names, such as `models.`.
    """
    constant = _PLAIN.get(type(property_))
    if constant is not None:
        return constant
    match property_:
        case DateTimeProperty():
            return "DATE_TIME"
        case DateProperty():
            return "DATE"
        case EnumProperty():
            return f"EnumReader({models}{property_.class_info.name})"
        case ModelProperty():
            return f"ModelReader({models}{property_.class_info.name})"
        case ListProperty():
            return f"ListReader({model_reader(property_.inner_property, models=models)})"
        case UnionProperty():
            # Null last: it is the rarer kind.
            ordered = sorted(property_.inner_properties, key=lambda kind: isinstance(kind, NoneProperty))
            kinds = [model_reader(kind, models=models) for kind in ordered]
            reader = "UnionReader"
            if nullable(property_) is None:
                # What several kinds have in common is `object` to a type checker.
                reader += f"[{' | '.join(annotation(kind, models) for kind in ordered)}]"
            return f"{reader}(({', '.join(kinds)},))"
        case AnyProperty():
            return "ANYTHING"
        case _:
            raise PipelineError(
                f"the property {property_.python_name!a} is of a kind ({type(property_).__name__}) that no "
                "reader knows. Correct it in openapi/overlay.yaml."
            )


def annotation(property_: Any, models: str) -> str:
    """The type of a property, each class behind `models`."""
    match property_:
        case ModelProperty() | EnumProperty():
            return f"{models}{property_.class_info.name}"
        case ListProperty():
            return f"list[{annotation(property_.inner_property, models)}]"
        case UnionProperty():
            return " | ".join(annotation(kind, models) for kind in property_.inner_properties)
        case _:
            return str(property_.get_type_string(no_optional=True).as_unembedded_code())


def _exact(property_: Any, source: str, depth: int = 0) -> str:
    item = "item" if depth == 0 else f"item_{depth}"
    match property_:
        case DateTimeProperty():
            return f"datetime.datetime.fromisoformat({source})"
        case DateProperty():
            return f"datetime.date.fromisoformat({source})"
        case EnumProperty():
            return f"_{property_.class_info.module_name}[{source}]"
        case ModelProperty():
            return f"{property_.class_info.name}.read_exact({source})"
        case ListProperty() if isinstance(property_.inner_property, StringProperty):
            return f"strings({source})"
        case ListProperty() if type(property_.inner_property) in {*_PLAIN, UnionProperty}:
            return f"{model_reader(property_)}.exact({source})"
        case ListProperty():
            return f"[{_exact(property_.inner_property, item, depth + 1)} for {item} in array({source})]"
        case UnionProperty() if (kind := nullable(property_)) is not None and type(kind) not in _PLAIN:
            return f"None if (value := {source}) is None else {_exact(kind, 'value', depth)}"
        case UnionProperty():
            return f"{model_reader(property_)}.exact({source})"
        case _:
            return source


def _sentence(text: str) -> str:
    """A description, unless it is a single word, which only repeats the name of the component."""
    return "" if re.fullmatch(r"\s*\w*\s*", text) else text


def properties_of(model: ModelProperty) -> list[Any]:
    """The properties of a model, the required ones first."""
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def nullable(property_: UnionProperty) -> Any:
    """The kind that stands beside null alone, or None."""
    kinds = [kind for kind in property_.inner_properties if not isinstance(kind, NoneProperty)]
    return kinds[0] if len(kinds) == 1 and len(property_.inner_properties) == 2 else None


def _used(property_: Any) -> list[ModelProperty | EnumProperty]:
    match property_:
        case ModelProperty() | EnumProperty():
            return [property_]
        case ListProperty():
            return _used(property_.inner_property)
        case UnionProperty():
            return [used for kind in property_.inner_properties for used in _used(kind)]
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
            for held in properties_of(whole):
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
    hidden = _OF_MODEL | _OF_ANNOTATIONS | {str(model.class_info.name) for model in models}
    for model in models:
        taken: set[str] = set()
        for property_ in properties_of(model):
            # Not the generator's name, which may change when a property is added that is nearly its namesake.
            own = PythonIdentifier(property_.name, "field_")
            # Python reads names in this form (PEP 3131): what differs before may be the same name.
            base = unicodedata.normalize("NFKC", own)
            base = f"{base}_value" if base in hidden else base
            name, number = base, 2
            while name in taken:
                name, number = f"{base}_{number}", number + 1
            taken.add(name)
            object.__setattr__(property_, "python_name", name)


def describe_model(model: ModelProperty, schema: dict[str, Any], circles: set[str]) -> ModelView:
    """Describe a model for its template.

    Args:
        model: The generator's model.
        schema: Its properties as the spec has them, parts of compositions included.
        circles: The classes that the model's own module must import at its end, because they import it.
    """
    fields: list[FieldView] = []
    used: dict[str, ModelProperty | EnumProperty] = {}
    for property_ in properties_of(model):
        key = in_double_quote_literal(property_.name)
        raw = schema.get(property_.name.get_untrusted_value(), {})
        plain = _PLAIN.get(type(property_))
        fields.append(
            FieldView(
                attribute=str(property_.python_name),
                key=key,
                type=property_.get_type_string(no_optional=True).as_unembedded_code(),
                required=property_.required,
                reader=model_reader(property_),
                exact=_exact(property_, f'data["{key}"]'),
                check=plain,
                write=f"self.{property_.python_name}" if plain else f"jsonable(self.{property_.python_name})",
                documentation=str(raw.get("description") or ""),
                deprecated=raw.get("deprecated") is True,
            )
        )
        used |= {used_one.class_info.name: used_one for used_one in _used(property_)}
    name = str(model.class_info.name)
    used.pop(name, None)
    imports = [
        (str(found.class_info.module_name), str(used_name)) for used_name, found in sorted(used.items())
    ]
    return ModelView(
        name=name,
        documentation=_sentence(model.description.get_untrusted_value() if model.description else ""),
        fields=fields,
        imports=[pair for pair in imports if pair[1] not in circles],
        late_imports=[pair for pair in imports if pair[1] in circles],
        enums=[found.class_info.name for _, found in sorted(used.items()) if isinstance(found, EnumProperty)],
    )


def model_uses(model: ModelProperty) -> set[str]:
    """The models that a model holds, by class name."""
    return {
        str(used.class_info.name)
        for property_ in properties_of(model)
        for used in _used(property_)
        if isinstance(used, ModelProperty)
    }
