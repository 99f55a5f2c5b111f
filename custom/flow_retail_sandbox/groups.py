"""One tenant's customer groups and who is in them."""

from typing import Final
from uuid import uuid4

import orjson

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.customers import Customers
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.paging import PageRequest, envelope
from flow_retail_sandbox.records import Facts, Records

GROUP_SORT_FIELDS: Final = frozenset(
    {"customerGroupUid", "name", "createdBy", "createdAt", "lastModifiedBy", "lastModifiedAt"}
)
"""Every documented field."""

AUTHOR: Final = "Flow Retail Sandbox"
"""Who created and changed a group: tokens belong to integrations, not to people."""


def group_facts(record: Json) -> Facts:
    """Derive what a group is found by.

    Args:
        record: The group.

    Returns:
        Its facts.
    """
    return Facts(name=record["name"], created_at=record["createdAt"])


class Groups:
    """Creates, changes, fills and deletes the customer groups of one tenant.

    Args:
        records: The tenant's group records.
        customers: The tenant's customers.
        clock: Tells the time.
    """

    def __init__(self, records: Records, customers: Customers, clock: Clock) -> None:
        self.records = records
        self._customers = customers
        self._clock = clock

    def find(self, uid: str) -> tuple[int, bytes]:
        """Look a group up.

        Args:
            uid: The group's UID.

        Returns:
            Its id and JSON.

        Raises:
            ApiError: If there is no such group.
        """
        found = self.records.find(uid)
        if found is None:
            raise ApiError("CUSTOMER_GROUP_NOT_FOUND", uid=uid)
        return found

    def listing(self, page: PageRequest) -> bytes:
        """Write one page of groups.

        Args:
            page: The page that was asked for.

        Returns:
            The answer's body.
        """
        ids, total = self.records.page(page)
        return envelope(self.records.documents(ids), page, total)

    def create(self, body: Json) -> bytes:
        """Create a group.

        Args:
            body: A body that is valid against the document.

        Returns:
            The group's JSON.

        Raises:
            ApiError: If the UID is taken.
        """
        uid = body.get("customerGroupUid") or str(uuid4())
        if self.records.find(uid) is not None:
            raise ApiError("CUSTOMER_GROUP_EXISTS", uid=uid)
        stamp = self._clock.stamp()
        record: Json = {
            "customerGroupUid": uid, "name": body["name"], "createdBy": AUTHOR, "createdAt": stamp,
            "lastModifiedBy": AUTHOR, "lastModifiedAt": stamp,
        }  # fmt: skip
        self.records.insert(uid, record)
        return orjson.dumps(record)

    def update(self, uid: str, body: Json) -> bytes:
        """Rename a group, if a name was sent.

        Args:
            uid: The group's UID.
            body: A body that is valid against the document.

        Returns:
            The group's JSON as it is now.

        Raises:
            ApiError: If there is no such group.
        """
        group_id, document = self.find(uid)
        record: Json = orjson.loads(document)
        record["name"] = body.get("name", record["name"])
        record["lastModifiedAt"] = self._clock.stamp()
        self.records.replace(group_id, uid, record)
        return orjson.dumps(record)

    def delete(self, uid: str) -> None:
        """Delete a group; its customers stay.

        Args:
            uid: The group's UID.

        Raises:
            ApiError: If there is no such group.
        """
        group_id, _ = self.find(uid)
        for document in self._customers.records.documents(self._customers.relations.members(group_id)):
            self._set_membership(orjson.loads(document)["customerUid"], uid, present=False)
        self.records.remove(group_id)

    def customers(self, uid: str, page: PageRequest) -> bytes:
        """Write one page of a group's customers.

        Args:
            uid: The group's UID.
            page: The page that was asked for.

        Returns:
            The answer's body.

        Raises:
            ApiError: If there is no such group.
        """
        group_id, _ = self.find(uid)
        return self._customers.listing(page, self._customers.relations.members(group_id))

    def update_customers(self, uid: str, body: Json) -> None:
        """Add customers to a group and take customers out; what is already so stays so.

        Args:
            uid: The group's UID.
            body: `addCustomerUids` and `removeCustomerUids`; one that is in both is out afterwards.

        Raises:
            ApiError: If the group or a customer does not exist.
        """
        self.find(uid)
        added, removed = body.get("addCustomerUids", []), body.get("removeCustomerUids", [])
        for customer_uid in (*added, *removed):
            self._customers.find(customer_uid, "UNKNOWN_CUSTOMER")
        for customer_uid in added:
            self._set_membership(customer_uid, uid, present=True)
        for customer_uid in removed:
            self._set_membership(customer_uid, uid, present=False)

    def _set_membership(self, customer_uid: str, group_uid: str, *, present: bool) -> None:
        _, customer = self._customers.load(customer_uid)
        known: list[str] = customer["customerGroupUids"]
        if (group_uid in known) is present:
            return
        uids = (
            [*known, group_uid] if present else [known_uid for known_uid in known if known_uid != group_uid]
        )
        self._customers.update(customer_uid, {"customerGroupUids": uids})
