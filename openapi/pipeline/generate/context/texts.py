"""Texts of the reference in the generated code: docstrings, and what warns of what is deprecated."""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import Any

from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import in_double_quote_literal, safe_for_docstring

from pipeline.document.references import resolve
from pipeline.document.shapes import is_alias

WIDTH = 108

LONGEST = 200
"""Characters of the reference's own words in a warning."""

_SAID = re.compile(r"[^.!?]*\bdeprecated\b", re.IGNORECASE)
_ONLY_SAID = re.compile(r"\A\W*deprecated\b(\s*[.:;,!-]+\s*|$)", re.IGNORECASE)
# From the sentence that tells of it, or of what to use instead, to the end.
_ADVICE = re.compile(r"(?:^|(?<=[.!?] ))[^.!?]*(?:deprecat|instead|replaced).*", re.IGNORECASE)


def is_deprecated(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a schema is deprecated, or is only another name for one that is."""
    while schema.get("deprecated") is not True:
        if "$ref" not in schema and not is_alias(schema):
            return False
        parts = [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]
        schema = resolve(document, schema if "$ref" in schema else parts[0])
    return True


def deprecated_classes(document: dict[str, Any]) -> dict[str, str]:
    """The warning of each class that is deprecated, escaped for a double-quoted literal."""
    return {
        schema["title"]: warning_of(f"models.{schema['title']}", schema)
        for schema in document["components"].get("schemas", {}).values()
        if "title" in schema and schema.get("deprecated") is True
    }


def warning_of(subject: str, described: Mapping[str, Any]) -> str:
    """What warns of a use, escaped for a double-quoted literal."""
    text = re.sub(r"<br\s*/?>", " ", str(described.get("description") or ""))
    visible = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    advice = _ADVICE.search(" ".join(visible.split()))
    words = textwrap.shorten(_ONLY_SAID.sub("", advice[0], count=1) if advice else "", LONGEST)
    reason = f": {words}" if words else ""
    return in_double_quote_literal(f"{subject} is deprecated by the API reference{reason}")


def documented(text: str, *, deprecated: bool) -> str:
    """The documentation of a field or a parameter: of what is deprecated it says so in its first sentence."""
    return f"Deprecated. {text}" if deprecated and not _SAID.match(text) else text


def prose(text: object, indent: int) -> str:
    """Escape a text for a docstring and wrap it, but for lines of Markdown tables; no word is split."""
    # Invisible characters, such as those that turn the direction of writing, could make code look like text.
    plain = text.get_untrusted_value() if isinstance(text, UntrustedString) else str(text)
    categories = [(each, unicodedata.category(each)) for each in plain]
    visible = "".join(" " if kind in {"Zl", "Zp"} else each for each, kind in categories if kind != "Cf")
    safe = safe_for_docstring(visible).replace("\t", " ").replace("\r", "\n")
    lines: list[str] = []
    for raw in safe.strip().split("\n"):
        line = re.sub(r"\s+", " ", raw.strip())
        if line.startswith("|"):
            lines.append(line)
        else:
            lines.extend(
                textwrap.wrap(line, WIDTH - indent, break_long_words=False, break_on_hyphens=False) or [""]
            )
    wrapped = f"\n{' ' * indent}".join(lines).replace(f"\n{' ' * indent}\n", "\n\n")
    # The quote that ends the text must not be taken for one of the three that end the docstring.
    return re.sub(r'(?<!\\)((?:\\\\)*)"$', r'\1\\"', wrapped)
