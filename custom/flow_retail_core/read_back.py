"""Telling from what is stored whether an item of a batch was carried out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

import orjson

Standing = Literal["done", "undone", "open"]
"""Carried out; not carried out; can't be told."""

_MISSING: Any = object()


def stands(operation: str, data: bytes, stored: Mapping[str, Any] | None) -> Standing:
    """Compare what was sent with what is stored.

    A record that differs leaves it open: a server may store an address or a number in a form of its own.

    Args:
        operation: create, update, upsert or delete.
        data: The item as it was sent, JSON in bytes.
        stored: What is stored under its uid; None for nothing.
    """
    if operation == "delete":
        return "done" if stored is None else "undone"
    if stored is None:
        return "undone"
    return "done" if _agrees(orjson.loads(data), stored) else "open"


def _agrees(sent: Any, stored: Any) -> bool:
    if sent is None or sent in ("", [], {}):
        # Servers tell no difference between a field that is empty and one that is not there.
        return stored is _MISSING or stored is None or stored in ("", [], {})
    if isinstance(sent, dict):
        if not isinstance(stored, Mapping):
            return False
        held = cast("Mapping[str, Any]", stored)
        return all(
            _agrees(value, held.get(key, _MISSING)) for key, value in cast("dict[str, Any]", sent).items()
        )
    if isinstance(sent, list):
        return isinstance(stored, list) and _agree_in_any_order(_list(sent), _list(stored))
    if isinstance(sent, bool) or isinstance(stored, bool):
        return sent is stored
    return bool(sent == stored) or _same_instant(sent, stored)


def _list(value: Any) -> list[Any]:
    return list(value)


def _agree_in_any_order(sent: list[Any], stored: list[Any]) -> bool:
    left = list(stored)
    for value in sent:
        place = next((place for place, other in enumerate(left) if _agrees(value, other)), None)
        if place is None:
            return False
        del left[place]
    return not left


def _same_instant(sent: Any, stored: Any) -> bool:
    if not (isinstance(sent, str) and isinstance(stored, str)):
        return False
    try:
        ours, theirs = datetime.fromisoformat(sent), datetime.fromisoformat(stored)
    except ValueError:
        return False
    # Comparing one with an offset to one without is False, not an error.
    return ours == theirs
