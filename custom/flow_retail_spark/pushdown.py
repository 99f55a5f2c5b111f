"""Filters of a query that the API can apply, as query parameters of the list."""

from collections.abc import Iterable
from typing import Any

from pyspark.sql.datasource import EqualTo, Filter

from flow_retail_core.models.decoders import BOOLEAN, INTEGER, STRING, EnumDecoder
from flow_retail_records.fields import readers_of
from flow_retail_records.resources import Listing


def push(filters: Iterable[Filter], listing: Listing, arguments: dict[str, Any]) -> None:
    """Turn filters into arguments of a list, where the API documents a parameter for their column."""
    for condition in filters:
        if isinstance(condition, EqualTo) and len(condition.attribute) == 1 and condition.value is not None:
            name = parameter_for(listing, condition.attribute[0])
            if name is not None:
                text = _text(condition.value)
                arguments.setdefault(name, [text] if name in listing.several else text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter_for(listing: Listing, column: str) -> str | None:
    """The parameter of a list that selects records by the value of a column."""
    reader = readers_of(listing.record).get(column)
    if not (isinstance(reader, EnumDecoder) or reader in (STRING, INTEGER, BOOLEAN)):
        return None
    entity = (listing.key_name or "").removesuffix("Uid")
    wanted = {column, entity + column[:1].upper() + column[1:]}
    return next((name for name, query in listing.operation.query.items() if query in wanted), None)
