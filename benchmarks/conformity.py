"""Holds the invented data against the spec, and against the shape that the goals were set for."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks import data

EXPECTED = {"bytes": 2_900.0, "objects": 13.8, "dates": 8.0, "enums": 8.0}
"""A customer on average."""
TOLERANCE = 0.03

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def shape_of_a_customer(spec: Mapping[str, Any]) -> dict[str, float]:
    """Measure a page of the data, checking it and a batch body against the spec on the way.

    Args:
        spec: The OpenAPI document.

    Returns:
        Bytes, objects, dates and enum values of a customer on average.

    Raises:
        ValueError: The data is not what the spec says, or a customer has not the expected shape.
    """
    schemas = spec["components"]["schemas"]
    customers = [data.customer(index) for index in range(data.PAGE_SIZE)]
    paging = {"totalCount": 1, "pageSize": data.PAGE_SIZE, "pageNumber": 0}
    _walk({"items": customers, "paging": paging}, {"$ref": "/CustomerPage"}, schemas, Counter())
    _walk(data.item(0), {"$ref": "/CustomerCreateSchema"}, schemas, Counter())
    counts: Counter[str] = Counter()
    for customer in customers:
        _walk(customer, {"$ref": "/CustomerResponseSchema"}, schemas, counts)
    counts["bytes"] = len(data.page(0, data.PAGE_SIZE))
    shape = {name: counts[name] / data.PAGE_SIZE for name in EXPECTED}
    for name, expected in EXPECTED.items():
        if abs(shape[name] - expected) > TOLERANCE * expected:
            raise ValueError(f"a customer of the benchmarks has {shape[name]} {name}, not {expected}")
    return shape


def _walk(value: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any], counts: Counter[str]) -> None:
    properties, required, schema = _resolve(schema, schemas)
    if value is None and schema.get("nullable"):
        return
    kind = "object" if properties else schema["type"]
    # bool is an int to Python, not to JSON.
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise ValueError(f"{value!r} is not of the type {kind}")
    if "enum" in schema:
        counts["enums"] += 1
        if value not in schema["enum"]:
            raise ValueError(f"{value!r} is none of {schema['enum']}")
    if schema.get("format") == "date-time":
        counts["dates"] += 1
        if not _DATE.fullmatch(value):
            raise ValueError(f"{value!r} is no date")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        raise ValueError(f"{value!r} does not match {schema['pattern']}")
    if kind == "array":
        for member in value:
            _walk(member, schema["items"], schemas, counts)
    if kind == "object":
        counts["objects"] += 1
        if missing := required - value.keys():
            raise ValueError(f"{sorted(missing)} missing in {sorted(value)}")
        if unknown := value.keys() - properties.keys():
            raise ValueError(f"the spec knows nothing of {sorted(unknown)}")
        for name, member in value.items():
            _walk(member, properties[name], schemas, counts)


def _resolve(
    schema: Mapping[str, Any], schemas: Mapping[str, Any]
) -> tuple[dict[str, Any], set[str], dict[str, Any]]:
    """The properties and required names of a schema and all that it refers to, and the rest of it."""
    properties: dict[str, Any] = {}
    required: set[str] = set()
    rest: dict[str, Any] = {}
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(schemas[schema["$ref"].rpartition("/")[2]])
    for part in parts:
        inherited, needed, more = _resolve(part, schemas)
        properties |= inherited
        required |= needed
        rest |= more
    properties |= schema.get("properties", {})
    required |= set(schema.get("required", ()))
    return properties, required, {**rest, **schema}
