"""Small questions about what the spec says of a field."""

from functools import cache
from typing import Any, cast

from flow_retail_core.model import Model
from flow_retail_core.readers import NULL, ListReader, ModelReader, UnionReader, fields_of


def without_null(reader: Any) -> Any:
    """What a nullable field holds if it is not null; the reader itself where that is not one kind.

    Args:
        reader: What the spec says of the field.
    """
    if isinstance(reader, UnionReader):
        kinds = [kind for kind in cast("Any", reader).kinds if kind != NULL]
        if len(kinds) == 1:
            return kinds[0]
    return cast("object", reader)


def readers_of(model: type[Model]) -> dict[str, Any]:
    """What each field of a class holds if it is not null, by its JSON name.

    Args:
        model: The class.
    """
    return _readers_of(cast("Any", model))


@cache
def _readers_of(model: Any) -> dict[str, Any]:
    return {field.name: without_null(field.reader) for field in fields_of(model)}


def model_of(reader: Any) -> type[Model] | None:
    """The class of the objects that a field holds; None if it holds something else.

    Args:
        reader: What the spec says of the field.
    """
    return cast("Any", reader).model if isinstance(reader, ModelReader) else None


def item_of(reader: Any) -> Any:
    """What the items of a list are; None if the field holds no list.

    Args:
        reader: What the spec says of the field.
    """
    return without_null(cast("Any", reader).item) if isinstance(reader, ListReader) else None


def known_values(reader: Any) -> tuple[str | int, ...]:
    """The values that an enum lists.

    Args:
        reader: An `EnumReader`.
    """
    return tuple(member.value for member in reader.enum)


def merged(below: Any, above: Any) -> Any:
    """Lay one JSON object over another, object by object.

    Args:
        below: What is there.
        above: What wins where both say something.
    """
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    lower, upper = cast("dict[str, Any]", below), cast("dict[str, Any]", above)
    return {
        **lower,
        **{key: merged(lower[key], value) if key in lower else value for key, value in upper.items()},
    }
