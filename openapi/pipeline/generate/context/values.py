"""How a model reads and writes the values of its properties: expressions and checks, as source."""

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

PLAIN: dict[type, str] = {
    StringProperty: "STRING",
    IntProperty: "INTEGER",
    FloatProperty: "NUMBER",
    BooleanProperty: "BOOLEAN",
    NoneProperty: "NULL",
}

_TYPES: dict[type, str] = {
    StringProperty: "str",
    IntProperty: "int",
    BooleanProperty: "bool",
}
"""The types that JSON's values have in Python, where it is one."""

_FEW = 3
"""Strings up to which it is quicker to look at each by itself."""


@frozen
class Condition:
    """That a value is exactly of one of some types, or null if that is allowed."""

    value: str
    types: tuple[str, ...]
    null: bool = False

    def _each(self, verb: str) -> list[str]:
        null = [f"{self.value} {verb} None"] if self.null else []
        return [*null, *(f"type({self.value}) {verb} {name}" for name in self.types)]

    def __str__(self) -> str:
        each = self._each("is")
        if "float" in self.types:
            each[-1] = f"({each[-1]} and LOWEST < {self.value} < HIGHEST)"
        return each[0] if len(each) == 1 else f"({' or '.join(each)})"

    def denied(self) -> str:
        """That it does not hold."""
        return f"not {self}" if "float" in self.types else " and ".join(self._each("is not"))


def read(property_: Any, source: str, model: str, attribute: str, place: str = "", depth: int = 0) -> str:
    """The expression that reads a value as promised; with a place, models in it are tolerated there."""
    item = "item" if depth == 0 else f"item_{depth}"
    match property_:
        case DateTimeProperty():
            return f"_DATE_TIME(text) if len(text := {source}) <= LONGEST_MOMENT else moment(text)"
        case DateProperty():
            return f"_DATE({source})"
        case EnumProperty():
            key = source if property_.value_type is str else f"integer({source})"
            return f"_{property_.class_info.module_name}[{key}]"
        case ModelProperty():
            return f"{function(property_)}({source}{place})"
        case ListProperty() if isinstance(property_.inner_property, StringProperty):
            return f"strings({source})"
        case ListProperty() if _direct(property_.inner_property) and not _unlooked(property_):
            inner = read(property_.inner_property, item, model, attribute, "", depth + 1)
            return f"[{inner} for {item} in array({source})]"
        case _ if is_plain(property_):
            return source
        case UnionProperty() if _direct(property_) and not _unlooked(property_):
            inner = read(nullable(property_), "value", model, attribute, place, depth)
            return f"None if (value := {source}) is None else {inner}"
        case _:
            return f'reader_of({model}, "{attribute}").exact({source})'


def write(property_: Any, source: str, depth: int = 0) -> str:
    """The expression that turns a value into JSON."""
    item = "item" if depth == 0 else f"item_{depth}"
    match property_:
        case DateTimeProperty() | DateProperty():
            return f"{source}.isoformat()"
        case EnumProperty():
            return f"{source}.json_value"
        case ModelProperty():
            return f"{source}.to_dict()"
        case _ if is_plain(property_):
            return source
        case ListProperty() if is_plain(property_.inner_property):
            return f"[*array({source})]"
        case ListProperty() if _direct(property_):
            return f"[{write(property_.inner_property, item, depth + 1)} for {item} in array({source})]"
        case UnionProperty() if _direct(property_):
            return f"None if {source} is None else {write(nullable(property_), source, depth)}"
        case _:
            return f"jsonable({source})"


def function(model: ModelProperty) -> str:
    """The name of what reads a model."""
    return f"read_{model.class_info.module_name}"


def is_plain(property_: Any) -> bool:
    """Whether values of a kind stay what they are."""
    if isinstance(property_, UnionProperty):
        return type(nullable(property_)) in PLAIN
    return type(property_) in PLAIN


def _direct(property_: Any) -> bool:
    """Whether there is but one way to read and write a kind, null aside."""
    match property_:
        case ListProperty():
            return _direct(property_.inner_property)
        case UnionProperty():
            kind = nullable(property_)
            return kind is not None and _direct(kind)
        case AnyProperty():
            return False
        case _:
            return True


def _unlooked(property_: Any) -> bool:
    """Whether a kind is an array of values that stay what they are: only readers look at the type of each."""
    if isinstance(property_, UnionProperty):
        return _unlooked(nullable(property_))
    if not isinstance(property_, ListProperty):
        return False
    inner = property_.inner_property
    return _unlooked(inner) or (is_plain(inner) and not isinstance(inner, StringProperty))


def is_tolerant(property_: Any) -> bool:
    """Whether what reads a kind goes on after a deviation."""
    match property_:
        case UnionProperty():
            return isinstance(nullable(property_), ModelProperty)
        case ListProperty():
            return isinstance(property_.inner_property, ModelProperty)
        case _:
            return isinstance(property_, ModelProperty)


def condition_of(property_: Any, value: str) -> Condition | None:
    """What holds for a value that is of the right type, as far as nothing else looks at that."""
    match property_:
        case UnionProperty() if is_plain(property_):
            kind = condition_of(nullable(property_), value)
            return None if kind is None else Condition(value, kind.types, null=True)
        case NoneProperty():
            return Condition(value, (), null=True)
        case FloatProperty():
            return Condition(value, ("int", "float"))
        case ListProperty() if is_tolerant(property_):
            return Condition(value, ("ARRAY",))
        case _ if type(property_) in _TYPES:
            return Condition(value, (_TYPES[type(property_)],))
        case _:
            return None


def checks(conditions: list[Condition], given: str = "") -> str:
    """Statements that raise TypeError unless all conditions hold; `given`, only if that holds."""
    texts = [condition for condition in conditions if condition.types == ("str",) and not condition.null]
    lines: list[str] = []
    if len(texts) > _FEW:
        lines.append(f"require_strings(({', '.join(condition.value for condition in texts)}))")
        conditions = [condition for condition in conditions if condition not in texts]
    if conditions:
        alone = len(conditions) == 1
        wrong = conditions[0].denied() if alone else f"not ({' and '.join(map(str, conditions))})"
        lines.append(f"if {given}{wrong}:\n    raise TypeError")
    return "\n".join(lines)


def nullable(property_: UnionProperty) -> Any:
    """The kind that stands beside null alone, or None."""
    kinds = [kind for kind in property_.inner_properties if not isinstance(kind, NoneProperty)]
    return kinds[0] if len(kinds) == 1 and len(property_.inner_properties) == 2 else None
