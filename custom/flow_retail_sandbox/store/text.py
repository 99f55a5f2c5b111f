"""Text as it is searched: regardless of case, and of how accents are composed."""

from collections.abc import Iterable
from typing import Any, Final
from unicodedata import normalize

import orjson

from flow_retail_sandbox.spec.json_values import Json, is_object

SEPARATOR: Final = "\x1f"
"""Between the fields of a searched text, so that no query matches across two of them."""


def fold(text: str) -> str:
    """Make text comparable for a search."""
    return text.casefold() if text.isascii() else normalize("NFC", text).casefold()


def searched_text(record: Json, fields: Iterable[str]) -> str:
    """Join searched fields, each between two separators so that a whole field can be looked for too."""
    values = [str(record.get(field) or "") for field in fields]
    if SEPARATOR in "".join(values):
        values = [value.replace(SEPARATOR, " ") for value in values]
    return SEPARATOR + fold(SEPARATOR.join(values)) + SEPARATOR


def text_at(record: Json, path: str) -> str:
    """Write the value at a dotted path as it is filtered by, empty if there is none."""
    node: Any = record
    for part in path.split("."):
        node = node.get(part) if is_object(node) else None
    return "" if node is None else node if isinstance(node, str) else orjson.dumps(node).decode()


class Matcher:
    """Decides whether a record's searched text fits, and how well."""

    def __init__(self, fields: tuple[str, ...], query: str, own: dict[str, str], *, exact: bool) -> None:
        self._exact = exact
        query = fold(query).strip()
        # A field that is asked for by itself is not searched by the query as well: so the reference.
        searched = [place for place, field in enumerate(fields) if field not in own]
        terms = [query] if exact and query else query.split()
        self._wanted = [(fold(text), [fields.index(field)]) for field, text in own.items()]
        self._wanted += [(term, searched) for term in terms]
        self.matches_all = not self._wanted

    @property
    def needle(self) -> str:
        """A piece that every text that fits contains, to leave most records unread."""
        return max((text for text, _ in self._wanted), key=len)

    def relevance(self, text: str) -> float:
        """Rate a searched text: 0 if it does not fit, otherwise more the better it does, 1 at most."""
        values = text.split(SEPARATOR)[1:-1]
        scores = [
            max((self._score(wanted, values[place]) for place in places), default=0.0)
            for wanted, places in self._wanted
        ]
        return 0.0 if 0.0 in scores else round(sum(scores) / len(scores), 3)

    def _score(self, wanted: str, value: str) -> float:
        if value == wanted:
            return 1.0
        if self._exact or wanted not in value:
            return 0.0
        return 0.75 if value.startswith(wanted) else 0.5
