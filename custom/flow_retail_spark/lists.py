"""The list that the option `resource` names."""

from typing import cast

from attrs import frozen

from flow_retail_client import FlowRetail, Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Listing, ResourceType, resource_types
from flow_retail_spark.options import OptionError, SourceOptions


@frozen
class SourceList:
    """One list operation.

    Attributes:
        resource_type: The resource.
        method: The method of the resource.
        listing: What it lists.
    """

    resource_type: ResourceType
    method: str
    listing: Listing

    def pager(
        self,
        flow: FlowRetail,
        arguments: "dict[str, str]",
        *,
        page_number: int | None,
        page_size: int,
        prefetch: int = 1,
    ) -> Pager[Model]:
        """Create a pager."""
        method = getattr(self.resource_type.of(flow), self.method)
        pager = method(**arguments, page_number=page_number, page_size=page_size, prefetch=prefetch)
        return cast("Pager[Model]", pager)

    def arguments(self, options: SourceOptions) -> dict[str, str]:
        """Read the arguments of the list from the options."""
        taken: dict[str, str] = {}
        for name in self.listing.required:
            taken[name] = options.needed(name, f"{self.listing.operation.name} lists what belongs to one")
        for name in self.listing.options:
            value = options.text(name)
            if value is not None:
                taken[name] = value
        return taken


def lists() -> dict[str, SourceList]:
    """Every list by its name in the option `resource`: `customers`, `customer_groups.list_customers`."""
    found: dict[str, SourceList] = {}
    for resource_type in resource_types().values():
        for method, listing in resource_type.lists.items():
            name = resource_type.attribute if method == "list" else f"{resource_type.attribute}.{method}"
            found[name] = SourceList(resource_type, method, listing)
    return found


def find_list(resource: str) -> SourceList:
    """Find a list."""
    known = lists()
    found = known.get(resource.replace("-", "_"))
    if found is None:
        raise OptionError(f"option resource: there is no list {resource!r}; there are: {', '.join(known)}")
    return found
