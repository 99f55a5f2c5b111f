"""Stores, users and printers, which the API can name but none of the first pages can make."""

from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.state import TenantStore

STORES: Final = {"store-1": "Torggata", "store-2": "Bryggen", "store-3": "Nettbutikk"}
"""Every tenant's first stores."""

USERS: Final = {
    "user-1": ("Ingrid Sæther", "INGSAE"),
    "user-2": ("Jonas Bråten", "JONBRA"),
    "user-3": ("Marte Ødegård", "MARODE"),
}
"""Every tenant's users: display name and user code."""

PRINTERS: Final = frozenset({"printer-1", "printer-2"})
"""Every tenant's printers."""


def find_store(store: TenantStore, uid: str) -> str | None:
    """Return the name of a store that is known, None of one that nobody has named yet."""
    table = store.tables.get("stores")
    found = None if table is None else table.records.find(uid)
    if found is not None:
        return str(found.read().get("name") or uid)
    if table is None and uid in STORES:
        return STORES[uid]
    return None if store.notes("stores").find(uid) is None else uid


def meet_store(store: TenantStore, uid: str) -> str:
    """Name a store; one that is new is known from now on, since services under test bring their own."""
    name = find_store(store, uid)
    if name is None:
        store.notes("stores").insert(uid, {})
    return name or uid


def describe_user(uid: str) -> Json:
    """Describe a user as a customer's account manager; an empty UID is nobody's."""
    name, code = USERS.get(uid, (uid, ""))
    return {"tenantUserUid": uid, "displayName": name, "userCode": code}


def print_card(call: Call) -> Result:
    """Print a membership card on a printer that was named, or on any."""
    call.store.tables["customers"].find(call.path["customerUid"])
    printer = call.fields.get("printerUid")
    if printer is not None and printer not in PRINTERS:
        raise ApiError("RECORD_NOT_FOUND", code="PRINTER_NOT_FOUND", entity="printer", uid=printer)
    return call.result()


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/{customerUid}/print": print_card}
