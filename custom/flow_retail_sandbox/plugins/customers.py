"""What the reference says of customers in prose, and what follows from it."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.plugins.reference_data import describe_user, meet_store
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.table import Rules, Table

CONSENT_NAMES: Final = {
    "consent-newsletter": "Nyhetsbrev",
    "consent-sms": "Tilbud på SMS",
    "consent-profile": "Personlig tilpasning",
}
"""Consents that the sandbox's tenants ask for; any other UID is its own name."""

HISTORIES: Final = "histories"
"""The topic of the notes of what customers have bought."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_DIGITS = re.compile(r"[0-9]+")


class CustomerRules(Rules):
    """Departments, names, consents, stores and account managers of customers."""

    # What `query` searches, in the words of the reference.
    searched: ClassVar = (
        "firstname", "lastname", "city", "postalCode", "companyName", "mobile", "email", "vatNumber",
    )  # fmt: skip
    criteria: ClassVar = ("mobile", "email", "vatNumber")
    filtered: ClassVar = {"storeUid": "defaultStore.storeUid"}
    handled: ClassVar = frozenset({"consents", "defaultStoreUid", "accountManager", "ehfEnabled"})

    def check(self, uid: str, body: Json, record: Json | None) -> None:
        """Refuse values that the document allows but no such system would take."""
        if record is None and "customerType" not in body:
            raise ApiError("CUSTOMER_TYPE_REQUIRED")
        check_email(body)
        country, ledger = body.get("countryCode"), body.get("ledgerNumber")
        if country and _COUNTRY.fullmatch(country) is None:
            raise ApiError("INVALID_COUNTRY")
        if ledger and _DIGITS.fullmatch(ledger) is None:
            raise ApiError("INVALID_LEDGER_NUMBER")
        known = record or {}
        parent = body.get("customerParentUid", known.get("customerParentUid"))
        if parent:
            if body.get("customerType", known.get("customerType")) != "COMPANY":
                raise ApiError("PARENT_NOT_ALLOWED")
            if parent != uid and self.table.records.find(parent) is None:
                raise ApiError("UNKNOWN_PARENT", uid=parent)
            if uid in ancestors(self.table, parent):
                raise ApiError("PARENT_IN_A_CIRCLE")

    def apply(self, record: Json, body: Json, stamp: str) -> None:
        """Name the customer, its store and its account manager; keep both forms of EHF the same."""
        store = self.table.store
        if "ehfEnabled" in body and "enabled" not in (body.get("ehf") or {}):
            record["ehf"]["enabled"] = body["ehfEnabled"]
        record["ehfEnabled"] = record["ehf"]["enabled"]
        if "accountManager" in body:
            record["accountManager"] = describe_user(body["accountManager"]["tenantUserUid"])
        if "defaultStoreUid" in body:
            uid = body["defaultStoreUid"]
            record["defaultStore"] = {"name": meet_store(store, uid), "storeUid": uid}
        elif body.get("defaultStore"):
            meet_store(store, body["defaultStore"]["storeUid"])
        consents = {known["consentUid"]: known for known in record["consents"]}
        for sent in body.get("consents") or ():
            uid = sent["consentUid"]
            consents[uid] = {
                "consentUid": uid,
                "name": sent.get("name") or CONSENT_NAMES.get(uid, uid),
                "status": sent["status"],
                "source": sent["source"],
                "createdAt": sent.get("createdAt") or stamp,
            }
        record["consents"] = list(consents.values())
        record["displayName"] = display_name(record)

    def before_delete(self, uid: str) -> None:
        """Let the departments of a deleted customer stand on their own, and forget what it has bought."""
        set_parent(self.table, departments(self.table, uid), "")
        histories = self.table.store.notes(HISTORIES)
        history = histories.find(uid)
        if history is not None:
            histories.remove(history.id)


class ContactRules(Rules):
    """Names and addresses of customer contacts."""

    searched: ClassVar = ("firstname", "lastname", "mobile", "email")
    criteria: ClassVar = ("mobile", "email")

    def check(self, uid: str, body: Json, record: Json | None) -> None:
        """Refuse an e-mail address that is none."""
        check_email(body)

    def apply(self, record: Json, body: Json, stamp: str) -> None:
        """Name the contact."""
        record["displayName"] = f"{record['firstname']} {record['lastname']}".strip()


def check_email(body: Json) -> None:
    """Refuse an e-mail address that is none; an empty one takes it away."""
    email = body.get("email")
    if email and _EMAIL.fullmatch(email) is None:
        raise ApiError("INVALID_EMAIL", place="email")


def display_name(record: Json) -> str:
    """Name a customer as lists show it: the company's name or the person's, whichever there is."""
    person = f"{record['firstname']} {record['lastname']}".strip()
    company = str(record["companyName"])
    return person or company if record["customerType"] == "PERSON" else company or person


def departments(table: Table, uid: str) -> list[int]:
    """Find the customers that are departments of another."""
    return sorted(table.records.having("customerParentUid", "=", [uid]))


def set_parent(table: Table, record_ids: list[int], parent_uid: str) -> None:
    """Make customers departments of another, or of none."""
    for stored in table.records.stored(record_ids):
        table.records.replace(stored, {**stored.read(), "customerParentUid": parent_uid})


def ancestors(table: Table, uid: str) -> Iterator[str]:
    """Name a customer, the one that it is a department of, and so on upwards."""
    while uid:
        yield uid
        found = table.records.find(uid)
        uid = "" if found is None else found.read()["customerParentUid"]
