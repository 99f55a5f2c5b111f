"""The register outside of Flow Retail that an external search looks into; all in it is invented."""

from functools import cache
from random import Random
from typing import Final

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import sorted_page
from flow_retail_sandbox.plugins.customer_seed import Seeder
from flow_retail_sandbox.spec.json_values import Json

_SEARCHED: Final = ("firstname", "lastname", "companyName", "city", "postalCode", "email", "mobile")
_SIZE = 60


@cache
def _register() -> list[Json]:
    """Make the entries up."""
    return [
        customer | {"customerUid": f"external-{number:03d}", "externalId": f"REG-{number:05d}"}
        for number, (customer, _) in enumerate(Seeder(Random(4711), _SIZE).customers(), 1)
    ]


def search_external(call: Call) -> Result:
    """Search the register: each word has to be found in an entry's name, place, e-mail or mobile."""
    assert call.route.listed is not None  # noqa: S101  # the document says so
    blank: Json = call.store.state.samples.blank(call.route.listed[1])
    words = str(call.fields.get("query", "")).casefold().split()
    found = [
        {name: entry.get(name, value) for name, value in blank.items()}
        for entry in _register()
        if all(any(word in entry.get(field, "").casefold() for field in _SEARCHED) for word in words)
    ]
    return sorted_page(call, found, "customerUid")


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/search/external": search_external}
