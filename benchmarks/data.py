"""Invented customers and batch items, the same for every peer and every run.

One customer has the shape that the goals were set for: about 2.9 kB of JSON, 13.8 objects, 8 dates and 8
enum values. `conformity.py` holds the data against the spec and those figures.
"""

import json
from random import Random
from typing import Any

SEED = 20_240_131
PAGE_SIZE = 100
BATCH_SIZE = 500

_FIRST = ("Kari", "Ola", "Ingrid", "Jonas", "Solveig", "Marius", "Åse", "Bjørn", "Tuva", "Sindre")
_LAST = ("Eksempel", "Prøvesen", "Oppdiktet", "Påfunn", "Fantasi", "Utenavn", "Testmann", "Ingensteds")
_CITIES = ("Tromsø", "Bergen", "Oslo", "Ålesund", "Bodø", "Hamar", "Skien", "Molde")
_COMPANIES = ("Eksempel Sport AS", "Prøve Interiør AS", "Oppdiktet Elektro ANS", "Fantasi Møbler AS")
_NOTE = (
    "Wants to be called before a delivery. The goods lift is behind the house and takes pallets up to "
    "120 cm. "
    "Invoices go to the accounting office. Picks up in person on Fridays, never before noon. "
)


def customer(index: int) -> dict[str, Any]:
    """A customer as the API answers it.

    Args:
        index: Which one; the same index is always the same customer.
    """
    random = Random(SEED + index)
    first, last, city = random.choice(_FIRST), random.choice(_LAST), random.choice(_CITIES)
    name, company = f"{first} {last}", random.choice(_COMPANIES)
    email, mobile = f"customer.{index}@example.com", f"+47{random.randrange(90_000_000, 99_999_999)}"
    return {
        "address": f"Eksempelveien {random.randrange(1, 200)}",
        "city": city,
        "companyName": company,
        "countryCode": "NO",
        "createdAt": _date(random),
        "customerUid": f"customer-{index:08d}",
        "customerParentUid": f"customer-{random.randrange(10**8):08d}",
        "customerType": random.choice(("COMPANY", "PERSON", "B2B")),
        "email": email,
        "externalId": f"crm-{random.randrange(10**9):09d}",
        "firstname": first,
        "lastModifiedAt": _date(random),
        "lastname": last,
        "ledgerNumber": str(random.randrange(10_000, 99_999)),
        "mobile": mobile,
        "postalCode": f"{random.randrange(10_000):04d}",
        "pricelistUid": f"pricelist-{random.randrange(100):02d}",
        "vatNumber": f"NO{random.randrange(10**9):09d}MVA",
        "origin": "WEBSHOP",
        "addresses": [
            _address(random, index, kind, name, company) for kind in ("DELIVERY_ADDRESS", "INVOICE_ADDRESS")
        ],
        "contacts": [_contact(random, index, place) for place in range(2)],
        "extensions": [{"extensionCode": "TWO_INVOICE", "organizationUid": _organization(random)}],
        "consents": [_consent(random, place) for place in range(2)],
        "loyaltyId": f"loyalty-{random.randrange(10**9):09d}",
        "displayName": name,
        "credit": {"limit": random.randrange(0, 100_000, 500), "balance": random.randrange(0, 50_000)},
        "paymentTerms": random.choice((10, 14, 30, 45)),
        "internalNote": _NOTE,
        "accountManager": {
            "tenantUserUid": f"user-{random.randrange(1000):04d}",
            "displayName": f"{random.choice(_FIRST)} {random.choice(_LAST)}",
            "userCode": f"{random.randrange(1000):03d}",
        },
        "ehfEnabled": True,
        "ehf": {"enabled": True, "address": f"0192:{random.randrange(10**9):09d}"},
        "customerGroupUids": [f"group-{random.randrange(100):02d}" for _ in range(3)],
        # Every fifth has none: the one place where the spec promises an object or null.
        "defaultStore": None
        if index % 5 == 0
        else {"name": f"Eksempel {city}", "storeUid": f"store-{random.randrange(100):02d}"},
        "relevance": round(random.random(), 4),
    }


def page(number: int, total: int) -> bytes:
    """One page of customers as the API answers it, in bytes of JSON.

    Args:
        number: Which page, counted from 0.
        total: Customers in all.
    """
    first = number * PAGE_SIZE
    return _json(
        {
            "items": [customer(index) for index in range(first, min(first + PAGE_SIZE, total))],
            "paging": {"totalCount": total, "pageSize": PAGE_SIZE, "pageNumber": number},
        }
    )


def one_customer() -> bytes:
    """One customer as the API answers it, in bytes of JSON."""
    return _json(customer(1))


def item(index: int) -> dict[str, Any]:
    """A customer as a batch sends it.

    Args:
        index: Which one; the same index is always the same customer.
    """
    return {
        "customerType": "B2B",
        "customerUid": f"customer-{index:08d}",
        "companyName": _COMPANIES[index % len(_COMPANIES)],
        "externalId": f"crm-{index:09d}",
        "firstname": _FIRST[index % len(_FIRST)],
        "lastname": _LAST[index % len(_LAST)],
        "address": f"Eksempelveien {index % 200}",
        "postalCode": f"{index % 10_000:04d}",
        "city": _CITIES[index % len(_CITIES)],
        "countryCode": "NO",
        "email": f"customer.{index}@example.com",
        "mobile": f"+47{90_000_000 + index % 9_999_999}",
        "origin": "WEBSHOP",
        "loyaltyId": f"loyalty-{index:09d}",
        "paymentTerms": 14,
        "pricelistUid": f"pricelist-{index % 100:02d}",
        "defaultStoreUid": f"store-{index % 100:02d}",
        "credit": {"limit": 500 * (index % 200)},
        "accountManager": {"tenantUserUid": f"user-{index % 1000:04d}"},
        "ehf": {"enabled": True, "address": f"0192:{index:09d}"},
        "customerGroupUids": [f"group-{index % 100:02d}"],
        "consents": [{"consentUid": "consent-newsletter", "status": True, "source": "WEBSHOP"}],
        "internalNote": "Wants to be called before a delivery.",
    }


def items(first: int = 0, count: int = BATCH_SIZE) -> list[dict[str, Any]]:
    """The items of one batch request."""
    return [item(index) for index in range(first, first + count)]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _date(random: Random) -> str:
    return (
        f"20{random.randrange(18, 25)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}"
        f"T{random.randrange(24):02d}:{random.randrange(60):02d}:{random.randrange(60):02d}Z"
    )


def _organization(random: Random) -> str:
    return f"organization-{random.randrange(1000):04d}"


def _address(random: Random, index: int, kind: str, name: str, company: str) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "address": f"Eksempelveien {random.randrange(1, 200)}",
        "city": random.choice(_CITIES),
        "companyName": company,
        "firstname": first,
        "lastname": last,
        "countryCode": "NO",
        "email": f"customer.{index}@example.com",
        "phone": f"+47{random.randrange(20_000_000, 79_999_999)}",
        "postalCode": f"{random.randrange(10_000):04d}",
        "type": kind,
        "customerAddressUid": f"address-{random.randrange(10**8):08d}",
        "displayName": f"{name}, {company}",
    }


def _contact(random: Random, index: int, place: int) -> dict[str, Any]:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    return {
        "firstname": first,
        "lastname": last,
        "email": f"contact.{index}.{place}@example.com",
        "mobile": f"+47{random.randrange(90_000_000, 99_999_999)}",
        "createdAt": _date(random),
        "lastModifiedAt": _date(random),
        "customerContactUid": f"contact-{index:08d}-{place}",
        "extensions": [{"extensionCode": "KLAVIYO_PROFILE_ID", "organizationUid": _organization(random)}],
        "displayName": f"{first} {last}",
        "role": random.choice(("ADMIN", "PURCHASER", "ACCOUNTING", "NONE")),
    }


def _consent(random: Random, place: int) -> dict[str, Any]:
    return {
        "consentUid": f"consent-{place}",
        "name": ("Newsletter by e-mail", "Offers by text message")[place],
        "status": random.random() < 0.5,
        "source": "WEBSHOP",
        "createdAt": _date(random),
    }
