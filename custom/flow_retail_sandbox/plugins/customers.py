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

_FORMATS: Final = (
    ("email", re.compile(r"[^@\s]+@[^@\s]+"), "INVALID_EMAIL"),
    ("countryCode", re.compile(r"[A-Za-z]{2}"), "INVALID_COUNTRY"),
    ("ledgerNumber", re.compile(r"[0-9]+"), "INVALID_LEDGER_NUMBER"),
)


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
        check_formats(body)
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
        if body.get("consents"):
            consents = {known["consentUid"]: known for known in record["consents"]}
            for sent in body["consents"]:
                uid = sent["consentUid"]
                consents[uid] = {
                    "consentUid": uid,
                    "name": sent.get("name") or CONSENT_NAMES.get(uid, uid),
                    "status": sent["status"],
                    "source": sent["source"],
                    "createdAt": sent.get("createdAt") or stamp,
                }
            record["consents"] = list(consents.values())
        person = f"{record['firstname']} {record['lastname']}".strip()
        company = record["companyName"]
        is_person = record["customerType"] == "PERSON"
        record["displayName"] = person or company if is_person else company or person

    def before_delete(self, uid: str) -> None:
        """Let the departments of a deleted customer stand on their own, and forget what it has bought."""
        move_departments(self.table, uid, "")
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
        check_formats(body)

    def apply(self, record: Json, body: Json, stamp: str) -> None:
        """Name the contact."""
        record["displayName"] = f"{record['firstname']} {record['lastname']}".strip()


def check_formats(body: Json) -> None:
    """Refuse a text that is not what its field holds; an empty one takes the value away."""
    for field, pattern, problem in _FORMATS:
        if body.get(field) and pattern.fullmatch(body[field]) is None:
            raise ApiError(problem, place=field)


def move_departments(table: Table, uid: str, parent_uid: str) -> None:
    """Make the departments of a customer those of another, or of none."""
    for stored in table.records.stored(sorted(table.records.having("customerParentUid", "=", [uid]))):
        if stored.uid != parent_uid:
            table.records.replace(stored, {**stored.read(), "customerParentUid": parent_uid})


def ancestors(table: Table, uid: str) -> Iterator[str]:
    """Name a customer, the one that it is a department of, and so on upwards."""
    while uid:
        yield uid
        found = table.records.find(uid)
        uid = "" if found is None else found.read()["customerParentUid"]
