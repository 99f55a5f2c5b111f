"""Which class an object of a choice is of, by one of its properties."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.references import SCHEMAS, resolve
from pipeline.document.traversal import walk
from pipeline.errors import PipelineError

Discriminators: TypeAlias = dict[frozenset[str], str]
"""The discriminator of a choice as source, by the classes of the choice."""


def discriminators_in(document: dict[str, Any]) -> Discriminators:
    """The discriminators of a spec."""
    found: Discriminators = {}
    for _, schema in walk(document):
        declared = schema.get("discriminator")
        options = schema.get("oneOf") or schema.get("anyOf")
        if not isinstance(declared, dict) or not isinstance(options, list):
            continue
        classes: dict[str, str] = {}
        for option in options:
            whole = resolve(document, option)
            if "title" in whole and "$ref" in option:
                classes |= dict.fromkeys(_keys(document, option), str(whole["title"]))
        targets = declared.get("mapping") or {}
        tags = classes | {
            value: classes[key]
            for value, target in targets.items()
            if (key := target.removeprefix(SCHEMAS)) in classes
        }
        pairs = [
            f'"{in_double_quote_literal(tag)}": "{name}"' for tag, name in sorted(tags.items()) if tag != name
        ]
        source = f'Discriminator("{in_double_quote_literal(declared["propertyName"])}"'
        source += f", {{{', '.join(pairs)}}})" if pairs else ")"
        names = frozenset(classes.values())
        if found.setdefault(names, source) != source:
            raise PipelineError(
                f"the choice of {', '.join(sorted(names))} has one discriminator here and another there. "
                "Make them one in openapi/overlay.yaml."
            )
    return found


def _keys(document: dict[str, Any], option: dict[str, Any]) -> Iterator[str]:
    """The components that a discriminator may name an option by: its own, and the parts of a composition."""
    yield option["$ref"].removeprefix(SCHEMAS)
    for part in resolve(document, option).get("allOf", []):
        if "$ref" in part:
            yield part["$ref"].removeprefix(SCHEMAS)
