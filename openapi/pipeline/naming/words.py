"""English words in identifiers: taken apart, in the singular and in the plural."""

import re
import unicodedata
from urllib.parse import unquote

from openapi_python_client.strings import PythonIdentifier

_SAME = (
    "data",
    "equipment",
    "goods",
    "info",
    "information",
    "media",
    "news",
    "series",
    "software",
    "staff",
    "stock",
)
"""Words, and ends of words written together, whose plural is their singular."""

_ACRONYMS = frozenset({"dns", "gps", "https", "pos", "sms", "tls"})

_PLURALS = {
    "alias": "aliases",
    "analysis": "analyses",
    "api": "apis",
    "axis": "axes",
    "basis": "bases",
    "cache": "caches",
    "child": "children",
    "cookie": "cookies",
    "criterion": "criteria",
    "gas": "gases",
    "index": "indices",
    "lens": "lenses",
    "movie": "movies",
    "person": "people",
    "quiz": "quizzes",
    "shelf": "shelves",
    "shoe": "shoes",
    "tie": "ties",
}
_SINGULARS = {plural: singular for singular, plural in _PLURALS.items()}

# Of an acronym before a word, the last capital is the word's: HTTPTransport; IDs is one word.
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "Æ": "Ae", "Ø": "O", "ß": "ss"})
"""Those that no accent tells from one of ours."""

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words(text: str) -> list[str]:
    """The words of an identifier in lower case: `httpTransportUid`, `VAT-codes`, `order_line`."""
    parts = re.split(r"[^A-Za-z0-9]+", _plain(unquote(text)))
    return [word.lower() for part in parts for word in _split(part)]


def identifier(text: str) -> str:
    """An attribute or a keyword for any text, in ASCII: `belop` for `beløp`."""
    return str(PythonIdentifier(_plain(text).encode("ascii", "ignore").decode(), "field_"))


def _plain(text: str) -> str:
    """A text without accents."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(each for each in apart if not unicodedata.combining(each))


def _split(part: str) -> list[str]:
    found = _WORD.findall(part)
    # A number belongs to the word before it: `line2`.
    joined: list[str] = []
    for word in found:
        if word.isdigit() and joined:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def singular(word: str) -> str:
    """The singular of a word, which may be in it already."""
    if word.endswith(_SAME) or word in _PLURALS or word in _ACRONYMS:
        return word
    if word in _SINGULARS:
        return _SINGULARS[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(ss|sh|ch|x|zz|o|[^aeo]us|ias)es$", word) and len(word) > 4:
        return word[:-2]
    return word[:-1] if re.search(r"[^sui]s$", word) else word


def plural(word: str) -> str:
    """The plural of a word, which may be in it already."""
    one = singular(word)
    if one.endswith(_SAME) or one in _ACRONYMS:
        return one
    if one in _PLURALS:
        return _PLURALS[one]
    if re.search(r"[^aeiou]y$", one):
        return f"{one[:-1]}ies"
    return f"{one}es" if re.search(r"(s|x|z|ch|sh)$", one) else f"{one}s"


def is_plural(word: str) -> bool:
    """Whether a word can be in the plural."""
    return word.endswith(_SAME) or singular(word) != word


def one_of(noun: list[str]) -> list[str]:
    """A noun in the singular: `order lines`, `order line`."""
    return [*noun[:-1], singular(noun[-1])] if noun else []


def many_of(noun: list[str]) -> list[str]:
    """A noun in the plural."""
    return [*noun[:-1], plural(noun[-1])] if noun else []
