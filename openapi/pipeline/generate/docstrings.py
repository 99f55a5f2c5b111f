"""Texts of the reference inside docstrings."""

import re
import textwrap
import unicodedata

from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import safe_for_docstring

WIDTH = 108


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
