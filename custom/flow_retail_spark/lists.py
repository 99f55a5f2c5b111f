"""The list that the option `resource` names, and its arguments."""

from typing import Any

from flow_retail_records import resources
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.resources import Listing
from flow_retail_spark.options import OptionError, SourceOptions


def find_list(resource: str) -> Listing:
    """Find a list by its name, such as `customers` or `customer_groups.list_customers`."""
    try:
        return resources.find_list(resource, "list")
    except UnknownResourceError as error:
        raise OptionError(f"option resource: {error}") from None


def read_arguments(listing: Listing, options: SourceOptions) -> dict[str, Any]:
    """Read the arguments of a list from the options."""
    arguments: dict[str, Any] = {}
    for name in listing.required:
        arguments[name] = options.needed(name, f"{listing.operation.name} lists what belongs to one")
    for name in listing.options:
        value = options.text(name)
        if value is not None:
            arguments[name] = value
    return {name: value.split(",") if name in listing.several else value for name, value in arguments.items()}
