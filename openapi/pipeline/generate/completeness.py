"""Proof that the generator has lost, renamed or invented nothing: its view compared with the spec's."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import ParseError
from openapi_python_client.parser.openapi import Endpoint

from pipeline.document.operations import operations
from pipeline.document.pointers import Pointer, location
from pipeline.document.references import resolve
from pipeline.errors import PipelineError, refuse
from pipeline.generate.context.models import properties_of
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


def check_nothing_lost(
    parsed: GeneratorData, spec: Spec, locations: dict[tuple[str, str], tuple[str, str]]
) -> None:
    """Compare what the generator read with what stands in the spec."""
    count = sum(len(found.endpoints) for found in parsed.endpoint_collections_by_tag.values())
    if count != spec.operations:
        raise PipelineError(
            f"openapi/fragments: {spec.operations} operations, but the generator made {count} of them. "
            "An operation that is vendored can't be removed by the overlay: remove its fragment."
        )
    problems = [*_classes(parsed, spec)]
    for tag, collection in parsed.endpoint_collections_by_tag.items():
        for endpoint in collection.endpoints:
            path, method = locations[str(tag), str(endpoint.name)]
            pointer = ("paths", path, method)
            raw = spec.document["paths"][path][method]
            problems.extend(
                f"{location(pointer, spec.origins)}: {problem}" for problem in _operation(endpoint, spec, raw)
            )
    refuse(_LOSS, problems)


def properties_in(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of a schema as the spec has them, parts of compositions included."""
    found: dict[str, Any] = {}
    for part in schema.get("allOf", []):
        found |= properties_in(document, resolve(document, part))
    found |= schema.get("properties", {})
    return found


def _classes(parsed: GeneratorData, spec: Spec) -> Iterator[str]:
    known = {name: key for key, name in spec.classes.items()}
    models = {str(model.class_info.name): model for model in parsed.models}
    made = {*models, *(str(found.class_info.name) for found in parsed.enums)}
    for name in sorted(made - set(known)):
        yield f"openapi.json: the class {name} would be made of a schema that is no component."
    for name in sorted(set(known) - made):
        pointer: Pointer = ("components", "schemas", known[name])
        yield f"{location(pointer, spec.origins)}: no class would be made of it."
    schemas = spec.document["components"].get("schemas", {})
    for name in sorted(set(models) & set(known)):
        expected = set(properties_in(spec.document, schemas[known[name]]))
        if expected != {found.name.get_untrusted_value() for found in properties_of(models[name])}:
            pointer = ("components", "schemas", known[name])
            yield f"{location(pointer, spec.origins)}: its class would not have the same properties."


def _operation(endpoint: Endpoint, spec: Spec, raw: dict[str, Any]) -> Iterator[str]:
    expected = {
        (found["in"], found["name"])
        for declared in raw.get("parameters", [])
        for found in [resolve(spec.document, declared)]
    }
    made = {
        (str(location.value), found.name.get_untrusted_value())
        for location, found in endpoint.iter_all_parameters()
    }
    if expected != made:
        yield "its parameters would not all be there."
    if bool(raw.get("requestBody")) != bool(endpoint.bodies):
        yield "its body would be missing."
    if len(raw["responses"]) != len(endpoint.responses):
        yield "its answers would not all be there."


def _where(text: str, spec: Spec) -> str:
    """The fragment that a warning is about, as far as its text tells."""
    for path, method, _ in operations(spec.document):
        if f"{method.upper()} {path} within" in text:
            return f"{location(('paths', path, method), spec.origins)}: "
    names = {name: key for key, name in spec.classes.items()}
    for match in re.finditer(r"/components/schemas/([A-Za-z0-9._-]+)|\b(\w+)\b", text):
        key = match[1] or names.get(match[2])
        if key is not None and key in spec.document["components"].get("schemas", {}):
            return f"{location(('components', 'schemas', key), spec.origins)}: "
    return ""
