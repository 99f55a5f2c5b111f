"""Names of enum members, where the generator's own would be no identifiers or fall together."""

import re
from typing import Any

from openapi_python_client.strings import snake_case

from pipeline.document.shapes import is_enum


def name_members(document: dict[str, Any]) -> None:
    """Add `x-enum-varnames` to the enums that need it, in place."""
    for schema in document["components"].get("schemas", {}).values():
        if is_enum(schema):
            # A value listed twice is one member.
            values = schema["enum"] = list(dict.fromkeys(schema["enum"]))
            usual = [_usual(value, position) for position, value in enumerate(values)]
            if len(set(usual)) < len(usual) or not all(
                re.fullmatch(r"[A-Z]([A-Z0-9]|_(?!_))*", name) for name in usual
            ):
                schema["x-enum-varnames"] = _own(values)


def _usual(value: str | int, position: int) -> str:
    if isinstance(value, int):
        return f"VALUE_{value}" if value >= 0 else f"VALUE_NEGATIVE_{-value}"
    return snake_case(value.upper()).upper() if value[:1].isalpha() else f"VALUE_{position}"


def _own(values: list[str | int]) -> list[str]:
    names: list[str] = []
    for value in values:
        words = re.findall(r"[A-Z0-9]+", str(value).upper())
        base = "_".join(words)
        base = base if base[:1].isalpha() else "_".join(["VALUE", *words])
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names
