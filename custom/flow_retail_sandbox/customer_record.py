"""A customer as a record: blank, changed by what was sent, checked, named. No state lives here."""

import re
from collections.abc import Callable, Iterable
from typing import Final
from unicodedata import normalize

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.records import Facts

SORT_FIELDS: Final = frozenset(
    {
        "address", "city", "companyName", "countryCode", "createdAt", "customerUid", "customerParentUid",
        "customerType", "email", "externalId", "firstname", "lastModifiedAt", "lastname", "ledgerNumber",
        "mobile",
        "postalCode", "pricelistUid", "vatNumber", "origin", "loyaltyId", "displayName", "paymentTerms",
        "internalNote", "ehfEnabled", "relevance",
    }
)  # fmt: skip
"""Every documented field that holds one value."""

SEARCHED_FIELDS: Final = (
    "firstname", "lastname", "city", "postalCode", "companyName", "mobile", "email", "vatNumber",
)  # fmt: skip
"""What `query` searches, in the words of the reference."""

RESERVED_UIDS: Final = frozenset({"search", "batch"})
"""Paths such as `/customers/search` mean something else, so these could never be read back."""

_TAKEN_AS_SENT: Final = (
    "address", "city", "companyName", "countryCode", "customerType", "email", "externalId", "firstname",
    "lastname",
    "ledgerNumber", "mobile", "postalCode", "vatNumber", "pricelistUid", "origin", "loyaltyId",
    "paymentTerms",
    "internalNote", "customerParentUid",
)  # fmt: skip

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_DIGITS = re.compile(r"[0-9]+")

SEPARATOR: Final = "\x1f"
"""Between the fields of a searched text, so that no query matches across two of them."""


def blank_customer(uid: str, stamp: str) -> Json:
    """Make a customer about whom nothing is known yet.

    Args:
        uid: The customer's UID.
        stamp: When it is created.

    Returns:
        A record with every documented field, `relevance` last.
    """
    return {
        "customerUid": uid, "customerParentUid": "", "customerType": "PERSON", "companyName": "",
        "firstname": "",
        "lastname": "", "displayName": "", "address": "", "postalCode": "", "city": "", "countryCode": "",
        "email": "", "mobile": "", "vatNumber": "", "externalId": "", "ledgerNumber": "", "loyaltyId": "",
        "origin": "", "pricelistUid": "", "paymentTerms": 0, "internalNote": "", "addresses": [],
        "contacts": [],
        "extensions": [], "consents": [], "customerGroupUids": [], "credit": {"limit": 0, "balance": 0},
        "accountManager": {"tenantUserUid": "", "displayName": "", "userCode": ""}, "ehfEnabled": False,
        "ehf": {"enabled": False, "address": ""}, "defaultStore": None, "createdAt": stamp,
        "lastModifiedAt": stamp, "relevance": 0,
    }  # fmt: skip


def apply_changes(
    record: Json,
    body: Json,
    *,
    stamp: str,
    store_name: Callable[[str], str],
    user: Callable[[str], Json],
) -> None:
    """Change the fields that were sent, and only those.

    Args:
        record: The customer, changed in place.
        body: A body that is valid against the document.
        stamp: When the change happens.
        store_name: Gives a store's name by its UID.
        user: Gives an account manager by the user's UID.
    """
    for field in _TAKEN_AS_SENT:
        if field in body:
            record[field] = body[field]
    if "limit" in body.get("credit", {}):
        record["credit"]["limit"] = body["credit"]["limit"]
    if "ehfEnabled" in body:
        record["ehf"]["enabled"] = body["ehfEnabled"]
    for field in ("enabled", "address"):
        if field in body.get("ehf", {}):
            record["ehf"][field] = body["ehf"][field]
    record["ehfEnabled"] = record["ehf"]["enabled"]
    if "accountManager" in body:
        record["accountManager"] = user(body["accountManager"]["tenantUserUid"])
    if "defaultStoreUid" in body:
        uid = body["defaultStoreUid"]
        record["defaultStore"] = {"name": store_name(uid), "storeUid": uid}
    if "customerGroupUids" in body:
        record["customerGroupUids"] = list(dict.fromkeys(body["customerGroupUids"]))
    for consent in body.get("consents", ()):
        _set_consent(record["consents"], consent, stamp)
    record["displayName"] = display_name(record)
    record["lastModifiedAt"] = stamp


def _set_consent(consents: list[Json], sent: Json, stamp: str) -> None:
    uid = sent["consentUid"]
    answered = {
        "consentUid": uid,
        "name": CONSENT_NAMES.get(uid, uid),
        "status": sent["status"],
        "source": sent["source"],
        "createdAt": stamp,
    }
    for place, known in enumerate(consents):
        if known["consentUid"] == uid:
            consents[place] = answered
            return
    consents.append(answered)


CONSENT_NAMES: Final = {
    "consent-newsletter": "Nyhetsbrev",
    "consent-sms": "Tilbud på SMS",
    "consent-profile": "Personlig tilpasning",
}
"""Consents that the sandbox's tenants ask for; any other UID is its own name."""


def display_name(record: Json) -> str:
    """Name a customer as lists show it.

    Args:
        record: The customer.

    Returns:
        The company's name or the person's, whichever there is; empty if neither.
    """
    person = f"{record['firstname']} {record['lastname']}".strip()
    if record["customerType"] == "PERSON":
        return person or str(record["companyName"])
    return str(record["companyName"]) or person


def check_values(body: Json) -> None:
    """Refuse values that the document allows but no such system would take.

    Args:
        body: A body that is valid against the document.

    Raises:
        ApiError: If an e-mail address, a country code or a ledger number is malformed.
    """
    check_email(body)
    country = body.get("countryCode", "")
    if country and _COUNTRY.fullmatch(country) is None:
        raise ApiError("INVALID_COUNTRY")
    ledger = body.get("ledgerNumber", "")
    if ledger and _DIGITS.fullmatch(ledger) is None:
        raise ApiError("INVALID_LEDGER_NUMBER")


def check_email(body: Json) -> None:
    """Refuse an e-mail address that is none; an empty one takes it away.

    Args:
        body: A customer's or a contact's body.

    Raises:
        ApiError: If the address is malformed.
    """
    email = body.get("email", "")
    if email and _EMAIL.fullmatch(email) is None:
        raise ApiError("INVALID_EMAIL", place="email")


def fold(text: str) -> str:
    """Make text comparable for a search.

    Args:
        text: Any text.

    Returns:
        It regardless of case, and of how its accents are composed.
    """
    return normalize("NFC", text).casefold()


def searched_text(record: Json, fields: Iterable[str]) -> str:
    """Join the searched fields of a record.

    Args:
        record: A customer or a contact.
        fields: The fields' names.

    Returns:
        Their values, folded, each between two separators so that a whole field can be looked for too.
    """
    values = [fold(str(record[field])).replace(SEPARATOR, " ") for field in fields]
    return SEPARATOR + SEPARATOR.join(values) + SEPARATOR


def customer_facts(record: Json) -> Facts:
    """Derive what a customer is searched and filtered by.

    Args:
        record: The customer.

    Returns:
        Its facts.
    """
    store = record["defaultStore"]
    return Facts(
        text=searched_text(record, SEARCHED_FIELDS),
        name=record["displayName"],
        external_id=record["externalId"],
        customer_type=record["customerType"],
        store_uid=store["storeUid"] if store else "",
        parent_uid=record["customerParentUid"],
        created_at=record["createdAt"],
    )
