"""Where two parts of documents differ in what they mean."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.document.references import Pointer
from pipeline.document.traversal import LITERAL, NAME_MAPS

_TEXTS = frozenset({"description", "summary", "title"})

_UNORDERED = frozenset({"required", "enum"})

Difference = tuple[Pointer, Any, Any]
"""Where, what one has there, and what the other has; None where it has nothing."""


def differences(
    one: Any,
    other: Any,
    *,
    ignored: Callable[[str, Any, Any], bool],
    pointer: Pointer = (),
    names: bool = False,
) -> Iterator[Difference]:
    """Compare two parts; the order of names, parameters, required properties and enums means nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            mine, theirs = one.get(key), other.get(key)
            at = (*pointer, key)
            if not names and ignored(key, mine, theirs):
                continue
            if not names and key == "parameters":
                mine, theirs = _by_name(mine), _by_name(theirs)
            elif key not in one or key not in other:
                yield at, mine, theirs
                continue
            if not names and key in LITERAL | _UNORDERED:
                if _comparable(key, mine) != _comparable(key, theirs):
                    yield at, mine, theirs
                continue
            within = not names and key in NAME_MAPS
            yield from differences(mine, theirs, ignored=ignored, pointer=at, names=within)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for position, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, theirs, ignored=ignored, pointer=(*pointer, position))
    elif canonical(one) != canonical(other):
        yield pointer, one, other


def only_texts(key: str, one: Any, other: Any) -> bool:
    """Whether what stands at a keyword says nothing of the wire."""
    return key in _TEXTS and all(each is None or isinstance(each, str) for each in (one, other))


def canonical(value: Any) -> str:
    """A value as JSON: `True` equals 1 to Python, not to JSON; the order of names means nothing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _comparable(key: str, value: Any) -> Any:
    if key in _UNORDERED and isinstance(value, list):
        return sorted(map(canonical, value))
    return canonical(value)


def _by_name(parameters: Any) -> Any:
    if not isinstance(parameters, list):
        return parameters or {}
    return {f"{each.get('in')}.{each.get('name') or each.get('$ref')}": each for each in parameters}
