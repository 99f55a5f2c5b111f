"""Values made from schemas: the least that a new record has, and invented data by type and name."""

import re
from collections.abc import Callable
from random import Random
from typing import Any, Final
from uuid import UUID

import orjson

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.spec import names
from flow_retail_sandbox.spec.document import Spec
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.spec.validators import Validators

OMIT: Final = object()
"""Stands for a property that is left out."""

AUTHOR: Final = "Flow Retail Sandbox"
"""Who created and changed a record: tokens belong to integrations, not to people."""

_AUTHORS = frozenset({"createdBy", "lastModifiedBy"})
_LEAST: Final[dict[str, Any]] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}
_DEEPEST = 6
_FIRST_MOMENT = 1_704_067_200_000_000  # 2024-01-01 UTC in microseconds
_YEAR = 31_536_000_000_000

Refer = Callable[[str], str | None]
"""Returns an identifier of an existing record for a property such as `brandUid`, None if there is none."""


class Samples:
    """Makes values that fit the schemas of a document."""

    def __init__(self, spec: Spec, validators: Validators) -> None:
        self._spec = spec
        self._validators = validators
        self._blanks: dict[int, tuple[Json, bytes]] = {}  # by the id of a schema, which it keeps

    def blank_object(self, schema: Json, depth: int = 0) -> Json:
        """Make an object with the least values that fit its properties."""
        if id(schema) not in self._blanks:
            needed = self._spec.required(schema)
            made = {
                key: self.blank(part, key, required=key in needed, depth=depth + 1)
                for key, part in self._spec.properties(schema).items()
            }
            made = {key: value for key, value in made.items() if value is not OMIT}
            self._blanks[id(schema)] = (schema, orjson.dumps(made))
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
        if type_name == "string" and name in _AUTHORS:
            return AUTHOR
        if type_name in _LEAST and self._validators.returned(resolved).is_valid(_LEAST[type_name]):
            return _LEAST[type_name]
        return self.sample(schema, Random(name), name, depth=depth) if required else OMIT

    def sample(
        self, schema: Json, random: Random, name: str = "", *, depth: int = 0, refer: Refer = lambda _: None
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
                items = [
                    self.sample(
                        resolved["items"], random, name.removesuffix("s"), depth=depth + 1, refer=refer
                    )
                    for _ in range(min(least, resolved.get("maxItems", least)))
                ]
                return [item for item in items if item is not OMIT]
            case "boolean":
                return random.random() < 0.5
            case "integer" | "number" as type_name:
                return _number(resolved, random, whole=type_name == "integer")
            case "string":
                return self._text(resolved, random, name, refer)
            case _:
                return names.COMPANY_STEMS[0]

    def _text(self, schema: Json, random: Random, name: str, refer: Refer) -> Any:
        """Choose the first text that fits: by the format, a record that exists, by the name, or any."""
        moment = random.randrange(_YEAR)
        stamp = format_stamp(_FIRST_MOMENT + moment)
        by_format = {
            "date-time": stamp, "date": stamp[:10], "time": stamp[11:], "hostname": "example.com",
            "uri": f"https://example.com/{moment}", "url": f"https://example.com/{moment}",
            "iri": f"https://example.com/{moment}", "email": f"post.{moment}@example.com",
            "uuid": str(UUID(int=moment, version=4)), "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
        }  # fmt: skip
        if schema.get("format") in by_format:
            return by_format[schema["format"]]
        words = [refer(name) or "", _by_name(name, random), f"{_dashed(name)}-{random.randrange(1, 1000)}"]
        words += ["a", "A", "1", "00", "NO", "NOK", "2024", "nb-NO", "A1", "1.0", "00:00", "a" * 10, "1" * 10]
        most, least = schema.get("maxLength", 65_535), schema.get("minLength", 0)
        fitting = (word[:most].ljust(least, "x") for word in (*filter(None, words), ""))
        return next(filter(self._validators.returned(schema).is_valid, fitting), OMIT)


def _number(schema: Json, random: Random, *, whole: bool) -> Any:
    least, most = schema.get("minimum", 0), schema.get("maximum", 1000)
    step = schema.get("multipleOf", 1)
    low = int(least) + (1 if schema.get("exclusiveMinimum") or int(least) < least else 0)
    high = int(most) - (1 if schema.get("exclusiveMaximum") else 0)
    value = random.randint(low, max(low, min(high, low + 1000)))
    value = value if step == 1 else -(-value // step) * step
    return int(value) if whole else value if step != 1 else min(value + 0.5, high)


def _dashed(name: str) -> str:
    plain = re.sub(r"(Uid|Id)$", "", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", plain).lower() or "value"


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
    for ending, text in known.items():
        if low.endswith(ending):
            return text
    if low.endswith(("uid", "id", "code", "key", "token", "hash", "identifier", "number")):
        return f"{_dashed(name)}-{number}"
    return f"{random.choice(names.COMPANY_STEMS)} {number}"
