"""One tenant's customers."""

import sqlite3
from collections.abc import Callable, Iterator
from uuid import uuid4

import orjson

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.customer_record import (
    RESERVED_UIDS,
    SORT_FIELDS,
    apply_changes,
    blank_customer,
    check_values,
    customer_facts,
)
from flow_retail_sandbox.directory import Directory
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.paging import PageRequest, envelope
from flow_retail_sandbox.records import Records
from flow_retail_sandbox.relations import Relations


class Customers:
    """Creates, changes, merges and deletes the customers of one tenant.

    Args:
        connection: The sandbox's database.
        tenant: The tenant's UID.
        clock: Tells the time.
        groups: The tenant's customer groups.
        contacts: The tenant's customer contacts.
        directory: The tenant's stores and users.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        tenant: str,
        clock: Clock,
        groups: Records,
        contacts: Records,
        directory: Directory,
    ) -> None:
        self.connection = connection
        self._tenant = tenant
        self._clock = clock
        self._groups = groups
        self._contacts = contacts
        self._directory = directory
        self.relations = Relations(connection)
        self.records = Records(connection, tenant, "customer", SORT_FIELDS, customer_facts)

    def find(self, uid: str, code: str = "CUSTOMER_NOT_FOUND") -> tuple[int, bytes]:
        """Look a customer up.

        Args:
            uid: The customer's UID.
            code: The problem to tell if there is none.

        Returns:
            Its id and JSON.

        Raises:
            ApiError: If there is no such customer.
        """
        found = self.records.find(uid)
        if found is None:
            raise ApiError(code, uid=uid)
        return found

    def load(self, uid: str) -> tuple[int, Json]:
        """Read a customer in order to change it.

        Args:
            uid: The customer's UID.

        Returns:
            Its id and record.

        Raises:
            ApiError: If there is no such customer.
        """
        record_id, document = self.find(uid)
        return record_id, orjson.loads(document)

    def listing(self, page: PageRequest, among: list[int] | None = None) -> bytes:
        """Write one page of customers.

        Args:
            page: The page that was asked for.
            among: Ids of the customers that the list is made of, None for all.

        Returns:
            The answer's body.
        """
        ids, total = self.records.page(page, among)
        return envelope(self.records.documents(ids), page, total)

    def with_external_id(self, external_id: str) -> list[int]:
        """Find customers by their number in another system.

        Args:
            external_id: The whole `externalId`.

        Returns:
            Ids of the customers that have it.
        """
        rows = self.connection.execute(
            "SELECT id FROM fact WHERE tenant = ? AND kind = 'customer' AND external_id = ?",
            (self._tenant, external_id),
        )
        return [row[0] for row in rows]

    def create(self, body: Json) -> bytes:
        """Create a customer.

        Args:
            body: A body that is valid against the document.

        Returns:
            The customer's JSON.

        Raises:
            ApiError: If the UID is taken or reserved, or a value is refused.
        """
        uid = body.get("customerUid") or str(uuid4())
        if uid in RESERVED_UIDS:
            raise ApiError("CUSTOMER_UID_RESERVED", uid=uid)
        if self.records.find(uid) is not None:
            raise ApiError("CUSTOMER_EXISTS", uid=uid)
        if "customerType" not in body:
            raise ApiError("CUSTOMER_TYPE_REQUIRED")
        group_ids = self._check(uid, body, str(body["customerType"]))
        stamp = self._clock.stamp()
        record = blank_customer(uid, stamp)
        self._apply(record, body, stamp)
        record_id = self.records.insert(uid, record)
        if group_ids:
            self.relations.set_groups(record_id, group_ids)
        return orjson.dumps(record)

    def update(self, uid: str, body: Json) -> bytes:
        """Change the fields that were sent.

        Args:
            uid: The customer's UID.
            body: A body that is valid against the document.

        Returns:
            The customer's JSON as it is now.

        Raises:
            ApiError: If there is no such customer or a value is refused.
        """
        record_id, record = self.load(uid)
        parent = body.get("customerParentUid", record["customerParentUid"])
        kind: str = body["customerType"] if "customerType" in body else record["customerType"]
        group_ids = self._check(uid, {**body, "customerParentUid": parent}, kind)
        self._apply(record, body, self._clock.stamp())
        self.records.replace(record_id, uid, record)
        if "customerGroupUids" in body:
            self.relations.set_groups(record_id, group_ids)
        return orjson.dumps(record)

    def change(self, uid: str, edit: Callable[[Json], None]) -> bytes:
        """Change a customer's record by a function.

        Args:
            uid: The customer's UID.
            edit: Changes the record in place.

        Returns:
            The customer's JSON as it is now.

        Raises:
            ApiError: If there is no such customer, or as `edit` raises.
        """
        record_id, record = self.load(uid)
        edit(record)
        record["lastModifiedAt"] = self._clock.stamp()
        self.records.replace(record_id, uid, record)
        return orjson.dumps(record)

    def delete(self, uid: str) -> None:
        """Delete a customer; its contacts stay, its departments stand on their own.

        Args:
            uid: The customer's UID.

        Raises:
            ApiError: If there is no such customer.
        """
        record_id, _ = self.find(uid)
        self.relations.forget_customer_links(record_id)
        self.relations.set_groups(record_id, ())
        self._set_parent(self.departments(uid), "")
        self.records.remove(record_id)

    def departments(self, uid: str) -> list[int]:
        """Find a customer's departments.

        Args:
            uid: The customer's UID.

        Returns:
            Ids of the customers whose `customerParentUid` it is.
        """
        rows = self.connection.execute(
            "SELECT id FROM fact WHERE tenant = ? AND kind = 'customer' AND parent_uid = ?",
            (self._tenant, uid),
        )
        return [row[0] for row in rows]

    def merge(self, kept_uid: str, duplicate_uid: str) -> bytes:
        """Move what is tied to a duplicate to the customer that is kept, then delete the duplicate.

        The kept customer's own fields stay as they are.

        Args:
            kept_uid: The customer that is kept.
            duplicate_uid: The customer that goes.

        Returns:
            The kept customer's JSON.

        Raises:
            ApiError: If either does not exist, or they are the same.
        """
        if kept_uid == duplicate_uid:
            raise ApiError("MERGE_WITH_ITSELF")
        kept_id, kept = self.load(kept_uid)
        duplicate_id, duplicate = self.load(duplicate_uid)
        self.relations.move_links(duplicate_id, kept_id)
        if duplicate_uid in self._ancestors(kept["customerParentUid"]):
            # It takes the duplicate's place, or it would end below its own departments.
            kept["customerParentUid"] = duplicate["customerParentUid"]
        departments = [record_id for record_id in self.departments(duplicate_uid) if record_id != kept_id]
        self._set_parent(departments, kept_uid)
        groups = list(dict.fromkeys(kept["customerGroupUids"] + duplicate["customerGroupUids"]))
        kept["customerGroupUids"] = groups
        known_consents = {consent["consentUid"] for consent in kept["consents"]}
        kept["consents"] += [c for c in duplicate["consents"] if c["consentUid"] not in known_consents]
        kept["extensions"] += [e for e in duplicate["extensions"] if e not in kept["extensions"]]
        kept["addresses"] += duplicate["addresses"]
        kept["credit"]["balance"] += duplicate["credit"]["balance"]
        self.connection.execute(
            "UPDATE fact SET history = trim(history || ' ' || (SELECT history FROM fact WHERE id = ?))"
            " WHERE id = ?",
            (duplicate_id, kept_id),
        )
        self.delete(duplicate_uid)
        kept["contacts"] = self._contact_list(kept_id)
        kept["lastModifiedAt"] = self._clock.stamp()
        self.records.replace(kept_id, kept_uid, kept)
        self.relations.set_groups(kept_id, self._group_ids(groups))
        return orjson.dumps(kept)

    def refresh_contacts(self, customer_id: int) -> None:
        """Write a customer's contacts into its record anew, after one of them changed.

        Args:
            customer_id: The customer's id.
        """
        record: Json = orjson.loads(self.records.documents([customer_id])[0])
        record["contacts"] = self._contact_list(customer_id)
        self.records.replace(customer_id, record["customerUid"], record)

    def history(self, uid: str) -> list[int]:
        """Tell which seeded purchase histories are this customer's.

        Args:
            uid: The customer's UID.

        Returns:
            Numbers of histories: one for a seeded customer, more after merges, none for a created one.

        Raises:
            ApiError: If there is no such customer.
        """
        record_id, _ = self.find(uid)
        row = self.connection.execute("SELECT history FROM fact WHERE id = ?", (record_id,)).fetchone()
        return [int(number) for number in row[0].split()]

    def _contact_list(self, customer_id: int) -> list[Json]:
        links = self.relations.links_of_customer(customer_id)
        documents = self._contacts.documents([link.contact_id for link in links])
        return [
            {**orjson.loads(document), "extensions": orjson.loads(link.extensions), "role": link.role}
            for link, document in zip(links, documents, strict=True)
        ]

    def _apply(self, record: Json, body: Json, stamp: str) -> None:
        apply_changes(
            record, body, stamp=stamp, store_name=self._directory.store_name, user=self._directory.user
        )

    def _set_parent(self, customer_ids: list[int], parent_uid: str) -> None:
        for record_id, document in zip(customer_ids, self.records.documents(customer_ids), strict=True):
            record = orjson.loads(document)
            record["customerParentUid"] = parent_uid
            self.records.replace(record_id, record["customerUid"], record)

    def _group_ids(self, uids: list[str]) -> list[int]:
        ids: list[int] = []
        for uid in uids:
            found = self._groups.find(uid)
            if found is None:
                raise ApiError("UNKNOWN_CUSTOMER_GROUP", uid=uid)
            ids.append(found[0])
        return ids

    def _check(self, uid: str, body: Json, customer_type: str) -> list[int]:
        """Refuse what is wrong before anything is written; gives the ids of the groups named."""
        check_values(body)
        parent = body.get("customerParentUid", "")
        if parent:
            if customer_type != "COMPANY":
                raise ApiError("PARENT_NOT_ALLOWED")
            self._check_parent(uid, parent)
        return self._group_ids(body.get("customerGroupUids", []))

    def _check_parent(self, uid: str, parent_uid: str) -> None:
        if parent_uid != uid and self.records.find(parent_uid) is None:
            raise ApiError("UNKNOWN_PARENT", uid=parent_uid)
        if uid in self._ancestors(parent_uid):
            raise ApiError("PARENT_IN_A_CIRCLE")

    def _ancestors(self, uid: str) -> Iterator[str]:
        """Name a customer, the one that it is a department of, and so on upwards."""
        while uid:
            yield uid
            found = self.records.find(uid)
            uid = "" if found is None else orjson.loads(found[1])["customerParentUid"]
