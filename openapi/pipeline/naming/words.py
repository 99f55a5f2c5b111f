"""English words in identifiers: taken apart, in the singular and in the plural."""

import re
import unicodedata
from collections.abc import Container, Iterable
from itertools import chain, count
from urllib.parse import unquote

from openapi_python_client.strings import PythonIdentifier

_SAME = re.compile(r"(data|equipment|goods|info|information|media|news|series|software|staff|stock)$")
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

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "Æ": "Ae", "Ø": "O", "ß": "ss"})
"""Those that no accent tells from one of ours."""

# Of an acronym before a word, the last capital is the word's: HTTPTransport; IDs is one word. A number
# belongs to the word before it: line2.
_WORD = re.compile(r"(?:[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[0-9]*|[0-9]+")


def words(text: str) -> list[str]:
    """The words of an identifier in lower case: `httpTransportUid`, `VAT-codes`, `order_line`."""
    return [word.lower() for word in _WORD.findall(_plain(unquote(text)))]


def identifier(text: str) -> str:
    """An attribute or a keyword for any text, in ASCII: `belop` for `beløp`."""
    return str(PythonIdentifier(_plain(text).encode("ascii", "ignore").decode(), "field_"))


def member_names(values: Iterable[str | int]) -> list[str]:
    """The names of enum members, each another: `LIGHT_BLUE`, `VALUE_2` of 2, `VALUE_NEGATIVE_1` of -1."""
    names: list[str] = []
    for value in values:
        text = str(value).replace("-", "NEGATIVE_") if isinstance(value, int) else value.upper()
        base = "_".join(re.findall(r"[A-Z0-9]+", text))
        base = base if base[:1].isalpha() and isinstance(value, str) else f"VALUE_{base}".rstrip("_")
        names.append(numbered(base, names))
    return names


def numbered(name: str, taken: Container[str]) -> str:
    """A name, or the same with the first number that makes it one of its own."""
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(each for each in names if each not in taken)


def _plain(text: str) -> str:
    """A text without accents."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(each for each in apart if not unicodedata.combining(each))


def singular(word: str) -> str:
    """The singular of a word, which may be in it already."""
    if _SAME.search(word) or word in _PLURALS or word in _ACRONYMS:
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
    if _SAME.search(one) or one in _ACRONYMS:
        return one
    if one in _PLURALS:
        return _PLURALS[one]
    if re.search(r"[^aeiou]y$", one):
        return f"{one[:-1]}ies"
    return f"{one}es" if re.search(r"(s|x|z|ch|sh)$", one) else f"{one}s"


def is_plural(word: str) -> bool:
    """Whether a word can be in the plural."""
    return _SAME.search(word) is not None or singular(word) != word


def one_of(noun: list[str]) -> list[str]:
    """A noun in the singular: `order lines`, `order line`."""
    return [*noun[:-1], singular(noun[-1])] if noun else []


def many_of(noun: list[str]) -> list[str]:
    """A noun in the plural."""
    return [*noun[:-1], plural(noun[-1])] if noun else []
