"""What may be sent: the models that a body holds, and the values that a closed enum lists."""

from typing import Any, NamedTuple, cast

from flow_retail_core.models.decoders import Decoder, EnumDecoder, ListDecoder, ModelDecoder, UnionDecoder
from flow_retail_core.models.enums import is_sendable, remedy
from flow_retail_core.models.files import FileDecoder, is_file
from flow_retail_core.models.jsonable import jsonable
from flow_retail_core.models.schema_drift import Location
from flow_retail_core.unset import UNSET


class Problem(NamedTuple):
    """Why a value may not be sent."""

    error: type[Exception]
    location: Location
    text: str


def checked(decoder: Decoder[Any], value: Any) -> Any:
    """Turn a value into what JSON knows; TypeError if it is not what the spec takes."""
    if find_problem(value, decoder) is not None:
        raise TypeError
    return jsonable(value)


def find_problem(body: Any, expected: Decoder[Any]) -> Problem | None:
    """Find the first value that may not be sent in its place."""
    waiting: list[tuple[Any, Any, Location]] = [(body, expected, None)]
    seen: set[int] = set()
    while waiting:
        value, decoder, location = waiting.pop()
        decoder_type = cast("object", type(decoder))
        if decoder_type is UnionDecoder:
            if value is None and decoder.nullable is not None:
                continue
            if decoder.nullable is not None or all(find_problem(value, each) for each in decoder.options):
                waiting.append((value, decoder.nullable or decoder.options[0], location))
                continue
        elif decoder_type is ModelDecoder:
            if not isinstance(value, decoder.model) and (value is not None or location is None):
                name = decoder.model.__name__
                made = f"make one with {name}(...), or from JSON with {name}.from_dict(...)"
                text = f"must be a {name}, not {type(value).__name__}: {made}"
                return Problem(TypeError, location, text)
        elif decoder_type is ListDecoder:
            if isinstance(value, list | tuple):
                items = [*enumerate(cast("list[Any]", value))]
                waiting.extend((item, decoder.item, (location, at)) for at, item in reversed(items))
            elif location is None:
                return Problem(TypeError, location, f"must be a list, not {type(value).__name__}")
        elif decoder_type is FileDecoder and not is_file(value):
            return Problem(TypeError, location, f"must be {decoder.expected}, not {type(value).__name__}")
        elif decoder_type is EnumDecoder and decoder.closed and not is_sendable(decoder.enum, value):
            return Problem(ValueError, location, remedy(decoder.enum))
        held = cast("Any", value)
        if hasattr(held.__class__, "__codec__") and id(held) not in seen:
            seen.add(id(held))
            codec = held.__codec__()
            fields = [(getattr(held, each.attribute), each.decoder, each.attribute) for each in codec.fields]
            fields += [(each, codec.extra, key) for key, each in held.additional_properties.items()]
            waiting.extend(
                (content, of, (location, step)) for content, of, step in fields[::-1] if content is not UNSET
            )
    return None
