"""Everything that one tenant has, and the database that all tenants are in."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.contacts import CONTACT_SORT_FIELDS, Contacts, contact_facts
from flow_retail_sandbox.customers import Customers
from flow_retail_sandbox.database import connect, transaction
from flow_retail_sandbox.directory import Directory
from flow_retail_sandbox.groups import GROUP_SORT_FIELDS, Groups, group_facts
from flow_retail_sandbox.records import Records


class TenantState:
    """One tenant's customers, contacts, groups and directory.

    Args:
        connection: The sandbox's database.
        uid: The tenant's UID.
        clock: Tells the time.
    """

    def __init__(self, connection: sqlite3.Connection, uid: str, clock: Clock) -> None:
        self.uid = uid
        self.directory = Directory(connection, uid)
        group_records = Records(connection, uid, "group", GROUP_SORT_FIELDS, group_facts)
        contact_records = Records(connection, uid, "contact", CONTACT_SORT_FIELDS, contact_facts)
        self.customers = Customers(connection, uid, clock, group_records, contact_records, self.directory)
        self.contacts = Contacts(contact_records, self.customers, clock)
        self.groups = Groups(group_records, self.customers, clock)

    def counts(self) -> dict[str, int]:
        """Count what the tenant has.

        Returns:
            The number of customers, contacts and groups.
        """
        return {
            "customers": len(self.customers.records),
            "contacts": len(self.contacts.records),
            "groups": len(self.groups.records),
        }

    def forget_orders(self) -> None:
        """Read the sort orders again when they are next needed."""
        for records in (self.customers.records, self.contacts.records, self.groups.records):
            records.forget_orders()


class State:
    """The database with every tenant's state.

    Args:
        tenants: The tenants' UIDs.
        clock: Tells the time.
        database: A file, or `:memory:`.
    """

    def __init__(self, tenants: Sequence[str], clock: Clock, database: str = ":memory:") -> None:
        self._clock = clock
        self.connection = connect(database)
        self.tenants: dict[str, TenantState] = {}
        self._tenant_uids = tuple(tenants)
        self._open()

    def _open(self) -> None:
        self.tenants = {uid: TenantState(self.connection, uid, self._clock) for uid in self._tenant_uids}

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep all that is done inside, or nothing.

        Yields:
            Nothing.
        """
        before = self.connection.total_changes
        try:
            with transaction(self.connection):
                yield
        except BaseException:
            # Most refusals come before anything is written, and then the orders are still right.
            if self.connection.total_changes != before:
                for tenant in self.tenants.values():
                    tenant.forget_orders()
            raise

    def is_empty(self) -> bool:
        """Tell whether nothing has been stored yet, as in a new database.

        Returns:
            True if there is no record of any tenant.
        """
        return self.connection.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None

    def clear(self) -> None:
        """Delete everything of every tenant."""
        with transaction(self.connection):
            for statement in (
                "DELETE FROM record",
                "DELETE FROM fact",
                "DELETE FROM link",
                "DELETE FROM member",
                "DELETE FROM store",
            ):
                self.connection.execute(statement)
        self._open()

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
