"""What no document describes, a file each: rules of collections, operations, invented data."""

from typing import Final

from flow_retail_sandbox.operations.call import Handler
from flow_retail_sandbox.plugins import (
    customer_search,
    extensions,
    external_search,
    in_store,
    merge,
    order_history,
    reference_data,
)
from flow_retail_sandbox.plugins.customers import ContactRules, CustomerRules
from flow_retail_sandbox.store.table import Rules

RULES: Final[dict[str, type[Rules]]] = {"customers": CustomerRules, "customer-contacts": ContactRules}
"""The rules of collections, by name."""

OPERATIONS: Final[dict[str, Handler]] = {
    **customer_search.OPERATIONS,
    **extensions.OPERATIONS,
    **external_search.OPERATIONS,
    **in_store.OPERATIONS,
    **merge.OPERATIONS,
    **order_history.OPERATIONS,
    **reference_data.OPERATIONS,
}
"""Handlers of operations, by method and path template."""
