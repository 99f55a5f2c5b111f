"""Telling from what is stored whether an item of a batch was applied."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, cast

import orjson

from flow_retail_core.batch.error_codes import says_other_absent
from flow_retail_core.errors import NotFoundError

Verification = Literal["applied", "not_applied", "unclear"]


def verify_applied(action: str, data: bytes, stored: Mapping[str, Any] | None) -> Verification:
    """Compare what was sent with what is stored.

    A record that differs leaves it unclear: a server may store an address or a number in a form of its own.
    """
    if action == "delete" or stored is None:
        return "applied" if action == "delete" and stored is None else "not_applied"
    return "applied" if _agrees(orjson.loads(data), stored) else "unclear"


def proves_absence(error: NotFoundError, uid_key: str) -> bool:
    """Whether a 404 says that a record is not there.

    That of a proxy, or one about something else such as the tenant, says nothing about the record.
    """
    is_api_error = None not in (error.code, error.message, error.log_id)
    return is_api_error and not says_other_absent(error.code, uid_key)


def _agrees(sent: Any, stored: Any) -> bool:
    if sent is None or sent in ("", [], {}):
        # Servers make no difference between a field that is empty and one that is not there.
        return stored is None or stored in ("", [], {})
    if isinstance(sent, dict) and isinstance(stored, Mapping):
        held = cast("Mapping[str, Any]", stored)
        return all(_agrees(value, held.get(key)) for key, value in cast("dict[str, Any]", sent).items())
    if isinstance(sent, list) and isinstance(stored, list):
        # In any order.
        left: list[Any] = list(cast("Any", stored))
        for value in cast("Any", sent):
            position = next((place for place, other in enumerate(left) if _agrees(value, other)), None)
            if position is None:
                return False
            del left[position]
        return not left
    if isinstance(sent, bool) or isinstance(stored, bool):
        return sent is stored
    pair: list[Any] = [sent, stored]
    with suppress(TypeError, ValueError):
        # Comparing an instant with an offset to one without is False, not an error.
        one, other = map(datetime.fromisoformat, pair)
        return one == other
    return bool(sent == stored)
