"""What a tenant has besides customers: stores, users, printers."""

import sqlite3
from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json

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


class Directory:
    """One tenant's stores, users and printers.

    The API has no operation that makes a store or a user, so a UID that the sandbox has not met yet is taken
    on trust when a customer names it: services under test bring their own.

    Args:
        connection: The sandbox's database.
        tenant: The tenant's UID.
    """

    def __init__(self, connection: sqlite3.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant
        rows = connection.execute("SELECT uid, name FROM store WHERE tenant = ?", (tenant,))
        self._stores: dict[str, str] = {**STORES, **dict(rows)}

    def store_name(self, uid: str) -> str:
        """Name a store; one that is new to the sandbox is known from now on.

        Args:
            uid: The store's UID.

        Returns:
            Its name.
        """
        if uid not in self._stores:
            self._connection.execute(
                "INSERT OR IGNORE INTO store (tenant, uid, name) VALUES (?, ?, ?)", (self._tenant, uid, uid)
            )
            self._stores[uid] = uid
        return self._stores[uid]

    def require_store(self, uid: str) -> None:
        """Refuse a store that nobody has named yet.

        Args:
            uid: The store's UID.

        Raises:
            ApiError: If the tenant has no such store.
        """
        if uid not in self._stores:
            raise ApiError("STORE_NOT_FOUND", uid=uid)

    def require_printer(self, uid: str) -> None:
        """Refuse a printer that does not exist.

        Args:
            uid: The printer's UID.

        Raises:
            ApiError: If the tenant has no such printer.
        """
        if uid not in PRINTERS:
            raise ApiError("PRINTER_NOT_FOUND", uid=uid)

    def user(self, uid: str) -> Json:
        """Describe an account manager.

        Args:
            uid: A user's UID; empty for nobody.

        Returns:
            The object that a customer's `accountManager` holds.
        """
        name, code = USERS.get(uid, (uid, ""))
        return {"tenantUserUid": uid, "displayName": name, "userCode": code}
