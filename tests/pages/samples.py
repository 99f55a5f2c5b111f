"""Values for whatever a page of the reference asks for: records of the sandbox, bodies by their fields."""

import asyncio
import uuid
from typing import Any

from flow_retail_client import FlowRetail
from flow_retail_core.models.decoders import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NUMBER,
    EnumDecoder,
    ListDecoder,
)
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_records.fields import known_values, map_of, model_of, without_null
from flow_retail_records.resources import Listing, Method, lists

_SCALARS: dict[int, Any] = {
    id(BOOLEAN): True,
    id(INTEGER): 1,
    id(NUMBER): 1.5,
    id(DATE): "2026-01-02",
    id(DATE_TIME): "2026-01-02T03:04:05+00:00",
}


async def path_values(flow: FlowRetail, method: Method) -> tuple[str, ...]:
    """Values for the path of a method, of records that the sandbox has where a list holds them."""
    values: dict[str, str] = {}
    for argument, name in zip(method.operation.arguments, method.operation.path_parameters, strict=True):
        choices = method.choices.get(argument)
        values[argument] = choices[0] if choices else await _value(flow, name, values) or _owner(name)
    return tuple(values.values())


def _owner(name: str) -> str:
    """What the sandbox calls the first of owners that no list holds, such as `store-1`."""
    return f"{name.removesuffix('Uid')}-1" if name.endswith("Uid") else str(uuid.uuid4())


async def _value(flow: FlowRetail, name: str, known: dict[str, str]) -> str | None:
    """The value of a field of that name in the first record that has one."""
    for listing in sorted(lists().values(), key=lambda one: (one.key_name != name, len(one.required))):
        if not set(listing.required) <= known.keys():
            continue
        arguments = {argument: known[argument] for argument in listing.required}
        for record in await listing.pager(flow, arguments, page_size=50).collect(limit=50):
            found = record.to_dict().get(name)
            if isinstance(found, str) and found:
                return found
    return None


async def required_arguments(flow: FlowRetail, method: Method) -> dict[str, Any]:
    """The arguments that a method can't do without."""
    values = await path_values(flow, method)
    given: dict[str, Any] = {}
    for name in method.operation.required:
        value = method.choices.get(name, ("1",))[0]
        given[name] = [value] if name in method.several else value
    return {**given, **dict(zip(method.operation.arguments, values, strict=True))}


def read(flow: FlowRetail, listing: Listing) -> tuple[dict[str, Any], list[Any]]:
    """The arguments that a list needs, and its records as JSON."""

    async def collect() -> tuple[dict[str, Any], list[Any]]:
        arguments = await required_arguments(flow, listing)
        records = await listing.pager(flow, arguments, page_size=100).collect()
        return arguments, [record.to_dict() for record in records]

    return asyncio.run(collect())


def sample(decoder: Any) -> Any:
    """A value that a field takes."""
    decoder = without_null(decoder)
    model = model_of(decoder)
    if id(decoder) in _SCALARS:
        return _SCALARS[id(decoder)]
    if isinstance(decoder, EnumDecoder):
        return known_values(decoder)[0]
    if isinstance(decoder, ListDecoder):
        return []
    if map_of(decoder) is not None:
        return {}
    return body(model) if model is not None else "x"


def body(model: type[Model]) -> dict[str, Any]:
    """An object with the fields that a class requires."""
    return {one.name: sample(one.decoder) for one in fields_of(model) if one.required}
