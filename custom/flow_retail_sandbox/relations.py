"""Who belongs to whom: contacts linked to customers, customers that are members of groups."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from flow_retail_sandbox.json_values import Json


class Link(NamedTuple):
    """A contact's connection to a customer.

    Attributes:
        contact_id: The contact's id.
        customer_id: The customer's id.
        role: What the contact does there, such as PURCHASER.
        extensions: The connection's extensions as JSON.
    """

    contact_id: int
    customer_id: int
    role: str
    extensions: bytes


class Relations:
    """The links and memberships of all tenants, by record ids.

    Args:
        connection: The sandbox's database.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def link(self, contact_id: int, customer_id: int) -> Link | None:
        """Look one connection up.

        Args:
            contact_id: The contact's id.
            customer_id: The customer's id.

        Returns:
            The link, None if the two are not connected.
        """
        row = self._connection.execute(
            "SELECT contact_id, customer_id, role, extensions FROM link"
            " WHERE contact_id = ? AND customer_id = ?",
            (contact_id, customer_id),
        ).fetchone()
        return None if row is None else Link(*row)

    def links_of_customer(self, customer_id: int) -> list[Link]:
        """List a customer's contacts.

        Args:
            customer_id: The customer's id.

        Returns:
            The links, oldest first.
        """
        rows = self._connection.execute(
            "SELECT contact_id, customer_id, role, extensions FROM link"
            " WHERE customer_id = ? ORDER BY position",
            (customer_id,),
        )
        return [Link(*row) for row in rows]

    def links_of_contact(self, contact_id: int) -> list[Link]:
        """List a contact's customers.

        Args:
            contact_id: The contact's id.

        Returns:
            The links, oldest first.
        """
        rows = self._connection.execute(
            "SELECT contact_id, customer_id, role, extensions FROM link"
            " WHERE contact_id = ? ORDER BY position",
            (contact_id,),
        )
        return [Link(*row) for row in rows]

    def customers_of_contact(self, contact_id: int) -> list[Json]:
        """Describe a contact's customers.

        Args:
            contact_id: The contact's id.

        Returns:
            One object a customer, as the contact's answers hold them.
        """
        rows = self._connection.execute(
            "SELECT record.uid, fact.name, link.role, link.extensions FROM link"
            " JOIN record ON record.id = link.customer_id JOIN fact ON fact.id = link.customer_id"
            " WHERE link.contact_id = ? ORDER BY link.position",
            (contact_id,),
        )
        return [
            {"customerUid": uid, "displayName": name, "role": role, "extensions": orjson.loads(extensions)}
            for uid, name, role, extensions in rows
        ]

    def connect(self, contact_id: int, customer_id: int, role: str | None) -> None:
        """Connect a contact with a customer, or change its role there.

        Args:
            contact_id: The contact's id.
            customer_id: The customer's id.
            role: The role; None keeps the one it has, NONE if there is none yet.
        """
        self._connection.execute(
            "INSERT INTO link (contact_id, customer_id, role, extensions) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (contact_id, customer_id) DO UPDATE SET role = coalesce(?, role)",
            (contact_id, customer_id, role or "NONE", b"[]", role),
        )

    def set_extensions(self, link: Link, extensions: list[Json]) -> None:
        """Store a connection's extensions.

        Args:
            link: The connection.
            extensions: All its extensions.
        """
        self._connection.execute(
            "UPDATE link SET extensions = ? WHERE contact_id = ? AND customer_id = ?",
            (orjson.dumps(extensions), link.contact_id, link.customer_id),
        )

    def disconnect(self, contact_id: int, customer_id: int) -> None:
        """Take a connection away.

        Args:
            contact_id: The contact's id.
            customer_id: The customer's id.
        """
        self._connection.execute(
            "DELETE FROM link WHERE contact_id = ? AND customer_id = ?", (contact_id, customer_id)
        )

    def move_links(self, from_customer_id: int, to_customer_id: int) -> None:
        """Give a customer's contacts to another; where both have one, the receiver's role stays.

        Args:
            from_customer_id: The customer that loses them.
            to_customer_id: The customer that gets them.
        """
        self._connection.execute(
            "UPDATE OR IGNORE link SET customer_id = ? WHERE customer_id = ?",
            (to_customer_id, from_customer_id),
        )
        self.forget_customer_links(from_customer_id)

    def forget_customer_links(self, customer_id: int) -> None:
        """Take all of a customer's connections away.

        Args:
            customer_id: The customer's id.
        """
        self._connection.execute("DELETE FROM link WHERE customer_id = ?", (customer_id,))

    def set_groups(self, customer_id: int, group_ids: Iterable[int]) -> None:
        """Make a customer a member of these groups and no others.

        Args:
            customer_id: The customer's id.
            group_ids: The groups' ids.
        """
        self._connection.execute("DELETE FROM member WHERE customer_id = ?", (customer_id,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO member (group_id, customer_id) VALUES (?, ?)",
            ((group_id, customer_id) for group_id in group_ids),
        )

    def members(self, group_id: int) -> list[int]:
        """List a group's customers.

        Args:
            group_id: The group's id.

        Returns:
            Customer ids, ascending.
        """
        rows = self._connection.execute(
            "SELECT customer_id FROM member WHERE group_id = ? ORDER BY customer_id", (group_id,)
        )
        return [row[0] for row in rows]

    def seed(
        self,
        *,
        links: Iterable[tuple[int, int, str, bytes]],
        members: Iterable[tuple[int, int]],
        histories: Iterable[tuple[str, int]],
    ) -> None:
        """Store many relations at once, for seeded customers.

        Args:
            links: Contact id, customer id, role, and extensions as JSON.
            members: Group id and customer id.
            histories: Number of a purchase history, and the customer's id.
        """
        self._connection.executemany(
            "INSERT INTO link (contact_id, customer_id, role, extensions) VALUES (?, ?, ?, ?)", links
        )
        self._connection.executemany("INSERT INTO member (group_id, customer_id) VALUES (?, ?)", members)
        self._connection.executemany("UPDATE fact SET history = ? WHERE id = ?", histories)
