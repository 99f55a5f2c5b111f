"""The Spark columns of a list, and its records as Arrow batches."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from flow_retail_core.models.model import Model
from flow_retail_records.arrow import ArrowRows

if TYPE_CHECKING:
    from collections.abc import Iterable


class TableColumns:
    """The columns of one class of records."""

    def __init__(self, record: "type[Model]", wanted: StructType | None = None) -> None:
        self._rows = ArrowRows(record)
        every = from_arrow_schema(self._rows.schema)
        if wanted is not None:
            _check(wanted, every)
        self.schema = every if wanted is None else wanted
        # Spark accepts only the Arrow schema that it would derive itself; a test compares the two.
        fields: Any = self._rows.schema
        self._arrow_schema = pa.schema([fields.field(name) for name in self.schema.fieldNames()])

    def batch(self, records: "Iterable[Model]") -> "pa.RecordBatch":
        """Convert records to a batch of rows."""
        return self._rows.batch(map(_json, records), self._arrow_schema)


def _json(record: Any) -> Any:
    # An item that is no object is kept as it came.
    return record.to_dict() if isinstance(record, Model) else record


def _check(wanted: StructType, every: StructType) -> None:
    types = {field.name: field.dataType for field in every.fields}
    for field in wanted.fields:
        if field.name not in types:
            raise ValueError(f"schema: there is no column {field.name}; there are: {', '.join(types)}")
        if field.dataType != types[field.name]:
            raise ValueError(
                f"schema: column {field.name} is {types[field.name].simpleString()},"
                f" not {field.dataType.simpleString()}; cast it after loading"
            )
        if not field.nullable:
            raise ValueError(
                f"schema: column {field.name} may be null, since the API may leave it out;"
                " declare it without NOT NULL"
            )
