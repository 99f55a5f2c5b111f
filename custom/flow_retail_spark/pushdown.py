"""Filters of a query that the API can apply, as query parameters of the list."""

from collections.abc import Iterable, Sequence
from typing import Any

from pyspark.sql.datasource import DataSourceReader, EqualTo, Filter

from flow_retail_core.readers import BOOLEAN, INTEGER, STRING, EnumReader
from flow_retail_records.fields import readers_of
from flow_retail_records.resources import Listing
from flow_retail_spark.lists import find_list


class Pushdown:
    """Stands in the place of a reader's `pushFilters`, and only spares requests.

    Spark refuses a reader whose class has that method unless `spark.sql.python.filterPushdown.enabled` is
    set, since the filters would go unnoticed. Ours are applied by Spark as well, whatever the API did, so
    that reading is right with and without it. `__func__` is what Spark looks at; were it to look elsewhere,
    it would say so at the first read.

    Args:
        resource: The list, by the name that the option `resource` gives it.
        arguments: Its arguments; gets those that filters stand for.
    """

    __func__ = staticmethod(DataSourceReader.pushFilters)

    def __init__(self, resource: str, arguments: dict[str, str]) -> None:
        self._resource = resource
        self._arguments = arguments

    def __call__(self, filters: Sequence[Filter]) -> Iterable[Filter]:
        """See `DataSourceReader.pushFilters`.

        Args:
            filters: What the query asks for, all of it at once.

        Returns:
            All of them: how exactly the API compares is nowhere written.
        """
        for condition in filters:
            if isinstance(condition, EqualTo) and len(condition.attribute) == 1:
                self._push(condition.attribute[0], condition.value)
        return filters

    def _push(self, column: str, value: Any) -> None:
        name = parameter_for(find_list(self._resource).listing, column)
        # What the program asked for by option stays, and Spark applies the filter.
        if name is not None and value is not None and name not in self._arguments:
            self._arguments[name] = str(value).lower() if isinstance(value, bool) else str(value)


def parameter_for(listing: Listing, column: str) -> str | None:
    """The parameter of a list that selects records by the value of a column.

    Args:
        listing: The list.
        column: The field, as JSON names it.

    Returns:
        The parameter that has the field's name, or that and what the records are before it: `externalId` of a
        customer is asked for as `customerExternalId`. None if there is none.
    """
    reader = readers_of(listing.record).get(column)
    if not (isinstance(reader, EnumReader) or reader in (STRING, INTEGER, BOOLEAN)):
        return None
    kind = (listing.key_name or "").removesuffix("Uid")
    wanted = {column, kind + column[:1].upper() + column[1:]}
    return next((name for name, query in listing.queries.items() if query in wanted), None)
