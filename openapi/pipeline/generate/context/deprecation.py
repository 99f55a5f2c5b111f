"""What the spec calls deprecated, and what the generated code says of that."""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import Any

from openapi_python_client.strings import in_double_quote_literal

from pipeline.document.references import resolve
from pipeline.document.shapes import is_alias

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
