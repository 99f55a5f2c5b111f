"""Telling from what is stored whether an item of a batch was applied."""

from collections.abc import Mapping
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
    if action == "delete":
        return "applied" if stored is None else "not_applied"
    if stored is None:
        return "not_applied"
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
        return _agree_in_any_order(cast("Any", sent), list(cast("Any", stored)))
    if isinstance(sent, bool) or isinstance(stored, bool):
        return sent is stored
    return bool(sent == stored) or _same_instant(sent, stored)


def _agree_in_any_order(sent: list[Any], left: list[Any]) -> bool:
    for value in sent:
        position = next((position for position, other in enumerate(left) if _agrees(value, other)), None)
        if position is None:
            return False
        del left[position]
    return not left


def _same_instant(sent: Any, stored: Any) -> bool:
    try:
        # Comparing one with an offset to one without is False, not an error.
        return datetime.fromisoformat(sent) == datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return False
