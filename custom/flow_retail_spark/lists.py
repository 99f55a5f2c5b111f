"""Which list the option `resource` means, and how it is asked for its pages."""

from typing import cast

from attrs import frozen

from flow_retail_client import FlowRetail, Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Kind, Listing, kinds
from flow_retail_spark.options import OptionError, Options


@frozen
class ListOfRecords:
    """One list operation.

    Attributes:
        kind: The resource.
        method: The method of the resource.
        listing: What it lists.
    """

    kind: Kind
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
        """Make a pager.

        Args:
            flow: The client.
            arguments: Arguments of the list, by name.
            page_number: The page to begin with; None for the first.
            page_size: Records a page.
            prefetch: Page requests in flight.
        """
        method = getattr(self.kind.of(flow), self.method)
        path = [arguments[name] for name in self.listing.required]
        queries = {name: value for name, value in arguments.items() if name in self.listing.options}
        pager = method(*path, **queries, page_number=page_number, page_size=page_size, prefetch=prefetch)
        return cast("Pager[Model]", pager)

    def arguments(self, options: Options) -> dict[str, str]:
        """Take the arguments of the list from options of their names.

        Args:
            options: The options.

        Raises:
            OptionError: One is missing that the list can't do without.
        """
        taken: dict[str, str] = {}
        for name in self.listing.required:
            taken[name] = options.needed(name, f"{self.listing.operation.name} lists what belongs to one")
        for name in self.listing.options:
            value = options.text(name)
            if value is not None:
                taken[name] = value
        return taken


def lists() -> dict[str, ListOfRecords]:
    """Every list by the name that `resource` gives it: `customers`, `customer_groups.list_customers`."""
    found: dict[str, ListOfRecords] = {}
    for kind in kinds().values():
        for method, listing in kind.lists.items():
            name = kind.attribute if method == "list" else f"{kind.attribute}.{method}"
            found[name] = ListOfRecords(kind, method, listing)
    return found


def find_list(resource: str) -> ListOfRecords:
    """Find a list.

    Args:
        resource: The option; dashes stand for underscores.

    Raises:
        OptionError: There is none of that name.
    """
    known = lists()
    found = known.get(resource.replace("-", "_"))
    if found is None:
        raise OptionError(f"option resource: there is no list {resource!r}; there are: {', '.join(known)}")
    return found
