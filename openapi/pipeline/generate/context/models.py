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
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier, in_double_quote_literal

from pipeline.errors import PipelineError
from pipeline.generate.context.deprecation import documented, is_deprecated, warning_of
from pipeline.generate.context.values import (
    PLAIN,
    Condition,
    checks,
    condition_of,
    function,
    is_plain,
    is_tolerant,
    nullable,
    read,
    write,
)

_OF_MODEL = frozenset(
    {"additional_properties", "from_dict", "json_fields", "read_json", "to_dict", "write_kept"}
)
"""What a model has beside its fields."""

_OF_ANNOTATIONS = frozenset({"Any", "UNSET", "Unset"})
"""Names that fields would hide, inside their class, from later annotations."""

_TIMES = (("_DATE", "datetime.date.fromisoformat"), ("_DATE_TIME", "datetime.datetime.fromisoformat"))


@frozen
class FieldView:
    """A property of a model, as source.

    Attributes:
        attribute: The Python attribute.
        key: The JSON name, escaped for a double-quoted literal.
        type: The type of the attribute, without `Unset`.
        required: Whether the spec promises it.
        reader: The reader for the tolerant way.
        plain: Whether the value stays what it is.
        tolerant: Whether reading it, once its type was looked at, tolerates what is not as promised; then
            nothing that raises may follow, or the deviation would be counted twice.
        records: For an array of models, what reads one.
        read: Reads it from `data` if it is as promised.
        checked: Raises TypeError if the attribute is not as promised, for values that stay what they are.
        checked_in_data: Raises TypeError for what can't even be tolerated in its place.
        write: Turns the attribute into JSON.
        documentation: What the spec says of it.
        deprecated: Whether the spec calls it deprecated.
        warning: What to say when it is given though it is deprecated and could be left out, escaped for a
            double-quoted literal; empty for all others.
    """

    attribute: str
    key: str
    type: str
    required: bool
    reader: str
    plain: bool
    tolerant: bool
    records: str | None
    read: str
    checked: str
    checked_in_data: str
    write: str
    documentation: str
    deprecated: bool
    warning: str


@frozen
class ModelView:
    """A model, as source.

    Attributes:
        name: The class.
        function: The name of its reading outside of the class, where a call of it takes less time.
        documentation: What the spec says of it.
        fields: Its properties, the required ones first.
        checked_in_data: Raises TypeError for some of what is not as promised among what is required.
        checked: The same for the attributes alone.
        imports: The modules that it imports, and what of each.
        late_imports: Those that it must import at its end.
        enums: The enums among what it imports.
        times: What reads its dates, under names that take less time to look up.
    """

    name: str
    function: str
    documentation: str
    fields: list[FieldView]
    checked_in_data: str
    checked: str
    imports: list[tuple[str, list[str]]]
    late_imports: list[tuple[str, list[str]]]
    enums: list[str]
    times: list[tuple[str, str]]


def model_reader(property_: Any, *, models: str = "") -> str:
    """The expression of the reader of a property.

    Args:
        property_: The generator's property.
        models: What to put before class names, such as `models.`.
    """
    constant = PLAIN.get(type(property_))
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


def _sentence(text: str) -> str:
    """A description, unless it is a single word, which only repeats the name of the component."""
    return "" if re.fullmatch(r"\s*\w*\s*", text) else text


def properties_of(model: ModelProperty) -> list[Any]:
    """The properties of a model, the required ones first."""
    return [*(model.required_properties or []), *(model.optional_properties or [])]


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


def describe_model(
    model: ModelProperty, schema: dict[str, Any], circles: set[str], document: dict[str, Any]
) -> ModelView:
    """Describe a model for its template.

    Args:
        model: The generator's model.
        schema: Its properties as the spec has them, parts of compositions included.
        circles: The classes that the model's own module must import at its end, because they import it.
        document: The spec.
    """
    name = str(model.class_info.name)
    fields: list[FieldView] = []
    conditions: list[Condition] = []
    conditions_in_data: list[Condition] = []
    used: dict[str, ModelProperty | EnumProperty] = {}
    for property_ in properties_of(model):
        key = in_double_quote_literal(property_.name)
        raw = schema.get(property_.name.get_untrusted_value(), {})
        attribute = str(property_.python_name)
        plain = is_plain(property_)
        deprecated = is_deprecated(document, raw)
        avoidable = deprecated and not property_.required
        records = None
        if isinstance(property_, ListProperty) and isinstance(property_.inner_property, ModelProperty):
            records = function(property_.inner_property)
        condition = condition_of(property_, f"self.{attribute}" if plain else f'data["{key}"]')
        own = [] if condition is None else [condition]
        if property_.required:
            (conditions if plain else conditions_in_data).extend(own)
        fields.append(
            FieldView(
                attribute=attribute,
                key=key,
                type=property_.get_type_string(no_optional=True).as_unembedded_code(),
                required=property_.required,
                reader=model_reader(property_),
                plain=plain,
                tolerant=is_tolerant(property_),
                records=records,
                read=read(property_, f'data["{key}"]', name, attribute, f', at, "{key}"'),
                checked=checks(own if plain else []),
                checked_in_data=checks([] if plain else own, f'"{key}" in data and '),
                write=write(property_, f"self.{attribute}"),
                documentation=documented(
                    str(raw.get("description") or f"`{property_.name.get_untrusted_value()}` in JSON."),
                    deprecated=deprecated,
                ),
                deprecated=deprecated,
                warning=warning_of(f"models.{name}.{attribute}", raw) if avoidable else "",
            )
        )
        used |= {used_one.class_info.name: used_one for used_one in _used(property_)}
    used.pop(name, None)
    imports = [
        (
            str(found.class_info.module_name),
            [used_name, *([function(found)] if isinstance(found, ModelProperty) else [])],
        )
        for used_name, found in sorted(used.items())
    ]
    return ModelView(
        name=name,
        function=function(model),
        documentation=_sentence(model.description.get_untrusted_value() if model.description else ""),
        fields=fields,
        checked_in_data=checks([*conditions, *conditions_in_data]),
        checked=checks(conditions),
        imports=[found for found in imports if found[1][0] not in circles],
        late_imports=[found for found in imports if found[1][0] in circles],
        enums=[found.class_info.name for _, found in sorted(used.items()) if isinstance(found, EnumProperty)],
        times=[
            (short, parser) for short, parser in _TIMES if any(f"{short}(" in field.read for field in fields)
        ],
    )


def model_uses(model: ModelProperty) -> set[str]:
    """The models that a model holds, by class name."""
    return {
        str(used.class_info.name)
        for property_ in properties_of(model)
        for used in _used(property_)
        if isinstance(used, ModelProperty)
    }
