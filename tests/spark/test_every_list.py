"""Every list of the client is read by Spark, whatever pages of the reference are vendored."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tables import Table

# importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parents[1] / "pages"))

from samples import read

from flow_retail_client import FlowRetail
from flow_retail_records.arrow import rows_of, to_json
from flow_retail_records.resources import lists


def without_nulls(value: Any) -> Any:
    """A JSON value without its null fields, which tables do not tell from missing ones."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", lists())
def test_spark_reads_what_the_client_reads(
    table: Callable[..., Table], flow_retail: FlowRetail, name: str
) -> None:
    arguments, expected = read(flow_retail, lists()[name])
    given = {name: ",".join(one) if isinstance(one, list) else one for name, one in arguments.items()}
    batches = table(name, page_size=100, **given).batches()
    record = lists()[name].record
    assert [record.from_dict(to_json(row)) for batch in batches for row in rows_of(batch)] == [
        record.from_dict(without_nulls(one)) for one in expected
    ]
