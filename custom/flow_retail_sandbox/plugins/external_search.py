"""The register outside of Flow Retail that an external search looks into; all in it is invented."""

from functools import cache
from random import Random
from typing import Final

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import sorted_page
from flow_retail_sandbox.spec import names
from flow_retail_sandbox.spec.json_values import Json

PATH: Final = "/tenants/{tenantUid}/customers/search/external"

_SIZE = 60
_OPENED = 1_420_070_400_000_000  # 2015-01-01 UTC in microseconds


@cache
def _register() -> tuple[Json, ...]:
    random = Random(4711)  # noqa: S311  # invented data, not secrets
    return tuple(_entry(random, number) for number in range(1, _SIZE + 1))


def _entry(random: Random, number: int) -> Json:
    first, last = random.choice(names.FIRST_NAMES), random.choice(names.LAST_NAMES)
    stem = random.choice(names.COMPANY_STEMS)
    postal_code, city = random.choice(names.CITIES)
    company = number % 3 == 0
    stamp = format_stamp(_OPENED + number * 86_400_000_000)
    return {
        "address": f"{random.choice(names.STREETS)} {random.randrange(1, 120)}", "city": city,
        "companyName": f"{stem} {random.choice(names.COMPANY_TRADES)} AS" if company else "",
        "countryCode": "NO", "createdAt": stamp, "customerUid": f"external-{number:03d}",
        "customerType": "COMPANY" if company else "PERSON",
        "email": f"{names.plain(stem if company else first)}.{number}@example.org",
        "externalId": f"REG-{number:05d}", "firstname": "" if company else first, "lastModifiedAt": stamp,
        "lastname": "" if company else last, "ledgerNumber": "", "mobile": f"+4703{number:06d}",
        "postalCode": postal_code, "pricelistUid": "", "vatNumber": "", "origin": "EXTERNAL",
    }  # fmt: skip


def search_external(call: Call) -> Result:
    """Search the register: each word has to be found in an entry's name, place, e-mail or mobile."""
    words = str(call.fields.get("query", "")).casefold().split()
    fields = ("firstname", "lastname", "companyName", "city", "postalCode", "email", "mobile")
    found = [
        entry
        for entry in _register()
        if all(any(word in entry[field].casefold() for field in fields) for word in words)
    ]
    return sorted_page(call, found, "customerUid")


OPERATIONS: Final = {f"POST {PATH}": search_external}
