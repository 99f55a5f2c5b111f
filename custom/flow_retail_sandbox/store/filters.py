"""Which field of a record a query parameter or a search criterion is about, and how it compares."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.document import Spec

PAGING = frozenset({"pageNumber", "pageSize", "sortBy", "sortDirection"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(r"(?P<what>created|modified|lastModified|changed|updated)(?P<when>\w*)", re.IGNORECASE)
_UNTIL = re.compile(r"(To|Before|Until|End)$")


class Filter(NamedTuple):
    """A field, and how its value compares with what is asked for: `=`, `>=` or `<=`."""

    field: str
    compare: str


def filter_of(collection: Collection, name: str, spec: Spec) -> Filter | None:
    """Find the field that a name such as `productSku`, `types` or `modifiedFrom` is about."""
    fields = {
        field
        for field, schema in collection.properties.items()
        if spec.type_of(schema) not in {"object", "array"}
    }
    entity = collection.entity
    for candidate in (name, name.removesuffix("s"), name.removesuffix("es")):
        short = candidate[len(entity) :] if candidate.lower().startswith(entity.lower()) else candidate
        for field in (candidate, short[:1].lower() + short[1:]):
            if field in fields:
                return Filter(field, ">=" if field.endswith("At") else "=")
    moment = _MOMENT.search(name)
    if moment is not None:
        field = "createdAt" if moment["what"].lower() == "created" else "lastModifiedAt"
        if field in fields:
            return Filter(field, "<=" if _UNTIL.search(moment["when"]) else ">=")
    return None


def stamp_of(text: str, place: str) -> str:
    """Write a moment as stamps are written, so that the two compare."""
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return format_stamp(int((moment - _EPOCH).total_seconds() * 1_000_000))
    except (ValueError, OverflowError):
        # A leap second, or the year 0000: the format allows it, the calendar does not.
        raise ApiError("INVALID_FIELD", place=place, keyword="format") from None
