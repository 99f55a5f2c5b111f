"""The register outside of Flow Retail that an external search looks into; all in it is invented."""

from functools import cache
from random import Random
from typing import Final

import orjson

from flow_retail_sandbox import names
from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.ordering import sort_value
from flow_retail_sandbox.paging import PageRequest, envelope

EXTERNAL_SORT_FIELDS: Final = frozenset(
    {
        "address", "city", "companyName", "countryCode", "createdAt", "customerUid", "customerType", "email",
        "externalId", "firstname", "lastModifiedAt", "lastname", "ledgerNumber", "mobile", "postalCode",
        "pricelistUid", "vatNumber", "origin",
    }
)  # fmt: skip
"""Every documented field."""

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
        "countryCode": "NO",
        "createdAt": stamp, "customerUid": f"external-{number:03d}",
        "customerType": "COMPANY" if company else "PERSON",
        "email": f"{names.plain(stem if company else first)}.{number}@example.org",
        "externalId": f"REG-{number:05d}", "firstname": "" if company else first, "lastModifiedAt": stamp,
        "lastname": "" if company else last, "ledgerNumber": "", "mobile": f"+4703{number:06d}",
        "postalCode": postal_code, "pricelistUid": "", "vatNumber": "", "origin": "EXTERNAL",
    }  # fmt: skip


def search_external(query: str, page: PageRequest) -> bytes:
    """Search the register.

    Args:
        query: Words of which each has to be found somewhere in an entry's name, place, e-mail or mobile; an
            empty query finds everything.
        page: The page that was asked for.

    Returns:
        The answer's body.
    """
    words = query.casefold().split()
    fields = ("firstname", "lastname", "companyName", "city", "postalCode", "email", "mobile")
    found = [
        entry
        for entry in _register()
        if all(any(word in entry[field].casefold() for field in fields) for word in words)
    ]
    field = page.sort_by or "createdAt"
    found.sort(key=lambda entry: (sort_value(entry[field]), entry["customerUid"]), reverse=page.descending)
    return envelope(map(orjson.dumps, found[page.offset : page.offset + page.size]), page, len(found))
