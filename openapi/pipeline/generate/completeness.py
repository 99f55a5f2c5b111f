"""Proof that the generator has lost, renamed or invented no class: its view compared with the spec's."""

import re
from collections.abc import Iterable
from typing import Any

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import ParseError

from pipeline.document.references import location
from pipeline.errors import refuse
from pipeline.spec.builder import Spec

_LOSS = "the generator would lose a part of the spec; correct it in openapi/overlay.yaml:"


def refuse_warnings(warnings: Iterable[Any], spec: Spec) -> None:
    """Refuse what the generator warned of: each warning means that something of the spec would be missing."""
    lines: list[str] = []
    for warning in warnings:
        text = " ".join(f"{warning.header}: {warning.detail or ''}".split()).rstrip(": ")
        line = f"{_where(text, spec)}{text}"
        if isinstance(warning, ParseError) and warning.data is not None:
            line += f"\n    at: {warning.data.model_dump_json(exclude_unset=True, by_alias=True)[:300]}"
        lines.append(line)
    refuse(_LOSS, lines)


def check_classes(parsed: GeneratorData, spec: Spec) -> None:
    """Refuse classes that the generator would make of no component, and components that it would not see."""
    known = {name: key for key, name in spec.classes.items()}
    made = {str(found.class_info.name) for found in (*parsed.models, *parsed.enums)}
    problems = [
        f"openapi.json: the class {name} would be made of a schema that is no component."
        for name in sorted(made - known.keys())
    ]
    problems += [
        f"{_component(known[name], spec)}: no class would be made of it."
        for name in sorted(known.keys() - made)
    ]
    refuse(_LOSS, problems)


def _component(key: str, spec: Spec) -> str:
    return location(("components", "schemas", key), spec.origins)


def _where(text: str, spec: Spec) -> str:
    """The component that a warning is about, as far as its text tells."""
    names = {name: key for key, name in spec.classes.items()}
    for match in re.finditer(r"/components/schemas/([A-Za-z0-9._-]+)|\b(\w+)\b", text):
        key = match[1] or names.get(match[2])
        if key is not None and key in spec.document["components"].get("schemas", {}):
            return f"{_component(key, spec)}: "
    return ""
