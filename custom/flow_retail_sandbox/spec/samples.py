"""Values made from schemas: the least that a new record has, and invented data by type and name."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import orjson

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.spec import names
from flow_retail_sandbox.spec.document import Spec
from flow_retail_sandbox.spec.json_values import Json

OMIT: Final = object()
"""Stands for a property that is left out."""

AUTHOR: Final = "Flow Retail Sandbox"
"""Who created and changed a record: tokens belong to integrations, not to people."""

_DEEPEST = 6
_FIRST_MOMENT = 1_704_067_200_000_000  # 2024-01-01 UTC in microseconds
_YEAR = 31_536_000_000_000

Refer = Callable[[str], str | None]
"""Returns an identifier of an existing record for a property such as `brandUid`, None if there is none."""


def _no_reference(_: str) -> str | None:
    return None


class Samples:
    """Makes values that fit the schemas of a document."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._blanks: dict[int, tuple[Json, bytes]] = {}

    def blank_object(self, schema: Json, depth: int = 0) -> Json:
        """Make an object with the least values that fit its properties."""
        if id(schema) not in self._blanks:
            needed = self._spec.required(schema)
            made = {
                key: self.blank(part, key, required=key in needed, depth=depth + 1)
                for key, part in self._spec.properties(schema).items()
            }
            made = {key: value for key, value in made.items() if value is not OMIT}
            self._blanks[id(schema)] = (
                schema,
                orjson.dumps(made),
            )  # which also keeps the schema, and so its id
        blank: Json = orjson.loads(self._blanks[id(schema)][1])
        return blank

    def blank(self, schema: Json, name: str = "", *, required: bool = True, depth: int = 0) -> Any:
        """Make the least value that fits a schema; OMIT if there is none and none is required."""
        spec, resolved = self._spec, self._spec.resolve(schema)
        if "default" in resolved:
            return resolved["default"]
        if spec.is_nullable(schema):
            return None
        type_name = spec.type_of(schema)
        if "enum" in resolved:
            values = [value for value in resolved["enum"] if value is not None]
            return next((value for value in values if value in {"NONE", "UNKNOWN"}), values[0])
        if type_name == "object" and depth < _DEEPEST:
            return self.blank_object(schema, depth)
        empty: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}
        value = empty.get(type_name, OMIT)
        if type_name == "string" and name in {"createdBy", "lastModifiedBy"}:
            return AUTHOR
        if value is not OMIT and _fits(value, resolved):
            return value
        return self.sample(schema, Random(name), name, depth=depth) if required else OMIT

    def sample(
        self, schema: Json, random: Random, name: str = "", *, depth: int = 0, refer: Refer = _no_reference
    ) -> Any:
        """Make a value up, the same for the same state of chance."""
        spec, resolved = self._spec, self._spec.resolve(schema)
        if "enum" in resolved:
            return random.choice([value for value in resolved["enum"] if value is not None])
        choices: list[Json] = resolved.get("oneOf") or resolved.get("anyOf") or []
        if choices and not spec.properties(schema):
            return self.sample(choices[0], random, name, depth=depth + 1, refer=refer)
        match spec.type_of(schema):
            case "object":
                needed, made = spec.required(schema), dict[str, Any]()
                for key, part in spec.properties(schema).items():
                    if key in needed or depth < _DEEPEST - 2:
                        made[key] = self.sample(part, random, key, depth=depth + 1, refer=refer)
                return {key: value for key, value in made.items() if value is not OMIT}
            case "array":
                least = max(resolved.get("minItems", 0), 0 if depth >= _DEEPEST - 2 else 1)
                size = min(least, resolved.get("maxItems", least))
                singular = name.removesuffix("s")
                made_items = [
                    self.sample(resolved["items"], random, singular, depth=depth + 1, refer=refer)
                    for _ in range(size)
                ]
                return [item for item in made_items if item is not OMIT]
            case "boolean":
                return random.random() < 0.5
            case "integer" | "number" as type_name:
                return _number(resolved, random, whole=type_name == "integer")
            case "string":
                return _text(resolved, random, name, refer)
            case _:
                return names.COMPANY_STEMS[0]


def _number(schema: Json, random: Random, *, whole: bool) -> Any:
    least, most = schema.get("minimum", 0), schema.get("maximum", 1000)
    step = schema.get("multipleOf", 1)
    low = int(least) + (1 if schema.get("exclusiveMinimum") or int(least) < least else 0)
    high = int(most) - (1 if schema.get("exclusiveMaximum") else 0)
    value = random.randint(low, max(low, min(high, low + 1000)))
    value = value if step == 1 else -(-value // step) * step
    return int(value) if whole else value if step != 1 else min(value + 0.5, high)


def _fits(value: Any, schema: Json) -> bool:
    if isinstance(value, str):
        pattern, size = schema.get("pattern"), len(value)
        known = pattern is None or re.search(pattern, value) is not None
        plain = schema.get("format") in {None, "password", "byte", "binary"}
        return known and plain and schema.get("minLength", 0) <= size <= schema.get("maxLength", size)
    if isinstance(value, list):
        return bool(schema.get("minItems", 0) == 0)
    low = schema.get("minimum", value)
    return bool(low <= value <= schema.get("maximum", value) and not schema.get("exclusiveMinimum"))


def _text(schema: Json, random: Random, name: str, refer: Refer) -> Any:
    moment = _FIRST_MOMENT + random.randrange(_YEAR)
    match schema.get("format"):
        case "date-time":
            return format_stamp(moment)
        case "date":
            return (date(2024, 1, 1) + timedelta(days=random.randrange(365))).isoformat()
        case "time":
            return f"{random.randrange(24):02d}:{random.randrange(60):02d}:00Z"
        case "uuid":
            return str(UUID(int=random.getrandbits(128), version=4))
        case "uri" | "url" | "iri":
            return f"https://example.com/{random.randrange(10_000)}"
        case "email":
            return f"post.{random.randrange(10_000)}@example.com"
        case "hostname":
            return "example.com"
        case "ipv4":
            return "192.0.2.1"
        case "ipv6":
            return "2001:db8::1"
        case _:
            pass
    found = refer(name)
    words = [] if found is None else [found]
    words += [_by_name(name, random), f"{_dashed(name) or 'value'}-{random.randrange(1, 1000)}"]
    words += ["", "a", "A", "1", "00", "NO", "NOK", "2024", "nb-NO", "A1", "1.0", "00:00", "a" * 10, "1" * 10]
    most, least = schema.get("maxLength", 65_535), schema.get("minLength", 0)
    for word in words:
        fitting = word[:most].ljust(least, "x")
        if "pattern" not in schema or re.search(schema["pattern"], fitting):
            return fitting
    return OMIT


def _dashed(name: str) -> str:
    plain = re.sub(r"(Uid|Id)$", "", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", plain).lower()


def _by_name(name: str, random: Random) -> str:
    """Invent a text that fits a property's name; a word and a number where the name says nothing."""
    number = random.randrange(1, 10_000)
    low = name.lower()
    known = {
        "email": f"post.{number}@example.com", "firstname": random.choice(names.FIRST_NAMES),
        "lastname": random.choice(names.LAST_NAMES), "city": random.choice(names.CITIES)[1],
        "postalcode": random.choice(names.CITIES)[0], "countrycode": "NO", "country": "NO", "currency": "NOK",
        "languagecode": "nb", "address": f"{random.choice(names.STREETS)} {number % 120 + 1}",
        "phone": f"+4702{number:06d}", "mobile": f"+4700{number:06d}", "url": f"https://example.com/{number}",
        "sku": f"SKU-{number:05d}", "createdby": AUTHOR, "lastmodifiedby": AUTHOR,
        "timezone": "Europe/Oslo",
    }  # fmt: skip
    found = next((text for part, text in known.items() if low.endswith(part)), None)
    if found is None and low.endswith(("uid", "id", "code", "key", "token", "hash", "identifier", "number")):
        found = f"{_dashed(name) or 'value'}-{number}"
    if found is None and low.endswith("name"):
        found = f"{random.choice(names.COMPANY_STEMS)} {number}"
    return found or f"{random.choice(names.COMPANY_STEMS)} {number}"
