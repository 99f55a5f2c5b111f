"""What has no column of its own: fields that the spec lacks, and values that do not fit."""

from contextlib import suppress
from typing import Any, cast

from flow_retail_records.exact_json import decode

LEFTOVER = "additionalProperties"
"""The column for it, as a JSON object."""


def read_leftover(text: Any) -> dict[str, Any]:
    """Read a cell of that column; a `ValueError` holds no value."""
    found: Any = None
    with suppress(ValueError):
        found = decode(text) if isinstance(text, str | bytes) else None
    if not isinstance(found, dict):
        # Raised here, because the parser's error, as context, would hold the cell.
        raise ValueError(f"column {LEFTOVER}: can't be read; write a JSON object, or nothing")  # noqa: TRY004  # the row's
    return cast("dict[str, Any]", found)


def merged(below: Any, above: Any) -> Any:
    """Merge what was left over into what had a column: object by object, and item by item.

    Args:
        below: What had a column.
        above: What was left over, which wins where both say something. In a list a null is an item of which
            nothing was; a list that has another length by now is no longer the one that it belongs to.
    """
    if isinstance(below, list) and isinstance(above, list):
        return _merged_items(cast("Any", below), cast("Any", above))
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    lower, upper = cast("dict[str, Any]", below), cast("dict[str, Any]", above)
    return {
        **lower,
        **{key: merged(lower[key], value) if key in lower else value for key, value in upper.items()},
    }


def _merged_items(below: list[Any], above: list[Any]) -> list[Any]:
    if len(below) != len(above):
        return below
    return [
        lower if upper is None else merged(lower, upper) for lower, upper in zip(below, above, strict=True)
    ]
