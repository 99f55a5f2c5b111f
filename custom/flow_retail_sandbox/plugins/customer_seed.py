"""Invented customers to begin with: the same seed gives the same customers, byte for byte."""

from collections import deque
from collections.abc import Iterator
from random import Random

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.plugins.customers import CONSENT_NAMES, HISTORIES
from flow_retail_sandbox.plugins.reference_data import STORES, USERS
from flow_retail_sandbox.spec import names
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.state import TenantStore

GROUPS = {
    "group-loyalty": "Kundeklubb",
    "group-staff": "Ansatte",
    "group-trade": "Proff og håndverk",
    "group-vip": "Gullkunder",
}
"""Every tenant's first customer groups."""

_FIRST_MOMENT = 1_514_764_800_000_000  # 2018-01-01 UTC in microseconds
_LONGEST_STEP = 1_200_000_000  # 20 minutes between two customers...
_SPAN = 6 * 365 * 86_400_000_000  # ...but never past 2024, or seeded customers would come from the future


def fill(store: TenantStore, *, customers: int, random: Random) -> None:
    """Give a tenant its first customers, contacts and groups."""
    author, stamp = USERS["user-1"][0], format_stamp(_FIRST_MOMENT)
    for uid, name in GROUPS.items():
        group = {"customerGroupUid": uid, "name": name, "createdBy": author, "lastModifiedBy": author}
        stamps = {"createdAt": stamp, "lastModifiedAt": stamp}
        store.tables["customer-groups"].create(group | stamps, whole=True)
    table, histories = store.tables["customers"], store.notes(HISTORIES)
    for customer, history in Seeder(random, customers).customers():
        table.create(customer, whole=True)
        histories.insert(customer["customerUid"], {"numbers": [history]})


class Seeder:
    """Makes up customers one after the other."""

    def __init__(self, random: Random, count: int) -> None:
        self._random = random
        self._count = count
        self._step = min(_LONGEST_STEP, _SPAN // max(count, 1))
        self._parents: list[str] = []
        self._lately: deque[Json] = deque(maxlen=20)
        self._contacts_made = 0

    def customers(self) -> Iterator[tuple[Json, str]]:
        """Make the customers, and the number of each one's purchase history."""
        random = self._random
        for number in range(1, self._count + 1):
            moment = _FIRST_MOMENT + number * self._step - random.randrange(self._step // 2)
            uid, stamp = f"customer-{number:05d}", format_stamp(moment)
            record: Json = {"customerUid": uid, "customerType": "PERSON", "createdAt": stamp}
            chance = random.random()
            if chance < 0.7:
                self._person(record, number)
            else:
                self._company(record, number, "COMPANY" if chance < 0.92 else "B2B", moment)
            self._everywhere(record, number, moment)
            yield record, str(random.getrandbits(31))

    def _everywhere(self, record: Json, number: int, moment: int) -> None:
        random = self._random
        postal_code, city = random.choice(names.CITIES)
        record |= {
            "address": self._street(), "postalCode": postal_code, "city": city, "countryCode": "NO",
            "mobile": f"+4700{number % 1_000_000:06d}",  # no Norwegian subscriber's number starts with 00
            "ledgerNumber": f"{10_000 + number}",
            "externalId": f"EXT-{number:05d}" if random.random() < 0.6 else "",
            "origin": random.choice(("POS", "WEBSHOP", "IMPORT")),
        }  # fmt: skip
        if random.random() < 0.8:
            store = random.choice(tuple(STORES))
            record["defaultStore"] = {"name": STORES[store], "storeUid": store}
        if random.random() < 0.3:
            record["customerGroupUids"] = sorted(random.sample(tuple(GROUPS), random.randrange(1, 3)))
        record["lastModifiedAt"] = format_stamp(moment + random.randrange(self._step * 10))

    def _street(self) -> str:
        return f"{self._random.choice(names.STREETS)} {self._random.randrange(1, 120)}"

    def _person(self, record: Json, number: int) -> None:
        random = self._random
        first, last = random.choice(names.FIRST_NAMES), random.choice(names.LAST_NAMES)
        record["firstname"], record["lastname"] = first, last
        record["email"] = f"{names.plain(first)}.{names.plain(last)}.{number}@{random.choice(names.DOMAINS)}"
        if random.random() < 0.5:
            record["loyaltyId"] = f"L{number:07d}"
        created = record["createdAt"]
        record["consents"] = [
            {"consentUid": uid, "status": random.random() < 0.7, "source": "POS", "createdAt": created}
            for uid in CONSENT_NAMES
            if random.random() < 0.4
        ]

    def _company(self, record: Json, number: int, type_name: str, moment: int) -> None:
        random = self._random
        stem, trade = random.choice(names.COMPANY_STEMS), random.choice(names.COMPANY_TRADES)
        name = f"{stem} {trade} AS"
        if type_name == "COMPANY" and self._parents and random.random() < 0.2:
            record["customerParentUid"] = random.choice(self._parents)
            name = f"{name}, {random.choice(names.DEPARTMENTS)}"
        elif type_name == "COMPANY":
            self._parents.append(record["customerUid"])
        vat_number, terms = _no_vat_number(number), random.choice((10, 14, 30))
        limit = random.choice((0, 2_500_000, 5_000_000, 10_000_000))
        balance = random.randrange(limit // 100 + 1) * 100
        user = random.choice(tuple(USERS))
        enabled = random.random() < 0.5
        record |= {
            "customerType": type_name, "companyName": name, "vatNumber": vat_number, "paymentTerms": terms,
            "email": f"post.{number}@{names.plain(stem)}.example",
            "credit": {"limit": limit, "balance": balance},
            "accountManager": {"tenantUserUid": user},
            "ehf": {"enabled": enabled, "address": f"0192:{vat_number}" if enabled else ""},
        }  # fmt: skip
        record["contacts"] = [self._contact(stem, moment) for _ in range(random.randrange(3))]
        if record["contacts"] and random.random() < 0.3:
            record["contacts"] = self._with_shared(record["contacts"])
        if random.random() < 0.2:
            record["extensions"] = [{"extensionCode": "TWO_INVOICE", "organizationUid": "store-1"}]
        if random.random() < 0.3:
            record["addresses"] = [self._delivery_address(record, number)]

    def _contact(self, stem: str, moment: int) -> Json:
        random = self._random
        self._contacts_made += 1
        number = self._contacts_made
        uid = f"contact-{number:05d}"
        first, last = random.choice(names.FIRST_NAMES), random.choice(names.LAST_NAMES)
        own: Json = {
            "customerContactUid": uid, "firstname": first, "lastname": last,
            "email": f"{names.plain(first)}.{number}@{names.plain(stem)}.example",
            "mobile": f"+4701{number % 1_000_000:06d}", "createdAt": format_stamp(moment + number % 1000),
            "lastModifiedAt": format_stamp(moment + 1_000_000),
        }  # fmt: skip
        self._lately.append(own)
        return self._connected(own)

    def _connected(self, own: Json) -> Json:
        role = self._random.choice(("ADMIN", "PURCHASER", "ACCOUNTING", "NONE"))
        return {**own, "role": role}

    def _with_shared(self, contacts: list[Json]) -> list[Json]:
        """Some people buy for two companies."""
        known = {contact["customerContactUid"] for contact in contacts}
        other = self._random.choice(self._lately)
        return contacts if other["customerContactUid"] in known else [*contacts, self._connected(other)]

    def _delivery_address(self, record: Json, number: int) -> Json:
        postal_code, city = self._random.choice(names.CITIES)
        return {
            "address": self._street(), "city": city,
            "companyName": record["companyName"], "firstname": "", "lastname": "", "countryCode": "NO",
            "email": record["email"], "phone": f"+4702{number % 1_000_000:06d}", "postalCode": postal_code,
            "type": "DELIVERY_ADDRESS", "customerAddressUid": f"address-{number:05d}",
            "displayName": record["companyName"],
        }  # fmt: skip


_VAT_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


def _no_vat_number(number: int) -> str:
    """Make up an organisation number with a wrong check digit, so that it can be nobody's."""
    digits = f"9{number % 10_000_000:07d}"
    right = 11 - sum(weight * int(digit) for weight, digit in zip(_VAT_WEIGHTS, digits, strict=True)) % 11
    return f"{digits}{(right + 1) % 10}"
