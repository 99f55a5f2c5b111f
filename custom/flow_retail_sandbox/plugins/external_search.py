"""The register outside of Flow Retail that an external search looks into; all in it is invented."""

from functools import cache
from random import Random
from typing import Final

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import sorted_page
from flow_retail_sandbox.plugins.customer_seed import Seeder
from flow_retail_sandbox.spec.json_values import Json

_SEARCHED: Final = ("firstname", "lastname", "companyName", "city", "postalCode", "email", "mobile")
_SIZE = 60


@cache
def _register(blank: bytes) -> tuple[Json, ...]:
    """Make the entries up, from what a customer is when nothing is known of it."""
    seeder = Seeder(Random(4711), _SIZE, orjson.loads(blank))
    return tuple(
        record | {"customerUid": f"external-{number:03d}", "externalId": f"REG-{number:05d}"}
        for number, (_, record, _) in enumerate(seeder.customers(), 1)
    )


def search_external(call: Call) -> Result:
    """Search the register: each word has to be found in an entry's name, place, e-mail or mobile."""
    assert call.route.listed is not None  # noqa: S101  # the document says so
    customers = call.store.tables["customers"].collection
    fields = call.spec.properties(call.route.listed[1])
    words = str(call.fields.get("query", "")).casefold().split()
    found = [
        {name: value for name, value in entry.items() if name in fields}
        for entry in _register(orjson.dumps(call.store.samples.blank(customers.schema)))
        if all(any(word in entry[field].casefold() for field in _SEARCHED) for word in words)
    ]
    return sorted_page(call, found, "customerUid")


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/search/external": search_external}
