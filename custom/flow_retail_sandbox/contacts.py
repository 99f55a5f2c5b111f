"""One tenant's customer contacts, each shared by any number of customers."""

from typing import Final
from uuid import uuid4

import orjson

from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.customer_record import check_email, searched_text
from flow_retail_sandbox.customers import Customers
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.ordering import sort_value
from flow_retail_sandbox.paging import PageRequest, envelope
from flow_retail_sandbox.records import Facts, Records
from flow_retail_sandbox.relations import Link

CONTACT_SEARCHED_FIELDS: Final = ("firstname", "lastname", "mobile", "email")

CONTACT_SORT_FIELDS: Final = frozenset(
    {
        "firstname",
        "lastname",
        "email",
        "mobile",
        "createdAt",
        "lastModifiedAt",
        "customerContactUid",
        "displayName",
    }
)
"""Every documented field that holds one value."""

CUSTOMER_CONTACT_SORT_FIELDS: Final = CONTACT_SORT_FIELDS | {"role"}
"""The same for the contacts of one customer."""

_TAKEN_AS_SENT: Final = ("firstname", "lastname", "email", "mobile")


def contact_facts(record: Json) -> Facts:
    """Derive what a contact is searched by.

    Args:
        record: The contact.

    Returns:
        Its facts.
    """
    return Facts(
        text=searched_text(record, CONTACT_SEARCHED_FIELDS),
        name=record["displayName"],
        created_at=record["createdAt"],
    )


class Contacts:
    """Creates, links, changes and deletes the contacts of one tenant.

    Args:
        records: The tenant's contact records.
        customers: The tenant's customers.
        clock: Tells the time.
    """

    def __init__(self, records: Records, customers: Customers, clock: Clock) -> None:
        self.records = records
        self._customers = customers
        self._relations = customers.relations
        self._clock = clock

    def find(self, uid: str) -> tuple[int, bytes]:
        """Look a contact up.

        Args:
            uid: The contact's UID.

        Returns:
            Its id, and its own fields as JSON.

        Raises:
            ApiError: If there is no such contact.
        """
        found = self.records.find(uid)
        if found is None:
            raise ApiError("CUSTOMER_CONTACT_NOT_FOUND", uid=uid)
        return found

    def get(self, uid: str) -> bytes:
        """Write a contact with the customers it belongs to.

        Args:
            uid: The contact's UID.

        Returns:
            The answer's body.

        Raises:
            ApiError: If there is no such contact.
        """
        return self._with_customers(*self.find(uid))

    def listing(self, page: PageRequest, among: list[int] | None = None) -> bytes:
        """Write one page of contacts.

        Args:
            page: The page that was asked for.
            among: Ids of the contacts that the list is made of, None for all.

        Returns:
            The answer's body.
        """
        ids, total = self.records.page(page, among)
        documents = self.records.documents(ids)
        return envelope(map(self._with_customers, ids, documents), page, total)

    def create(self, body: Json) -> str:
        """Create a contact and connect it with the customers named.

        Args:
            body: A body that is valid against the document.

        Returns:
            The contact's UID.

        Raises:
            ApiError: If the UID is taken, the e-mail address malformed, or a customer unknown.
        """
        check_email(body)
        uid = body.get("customerContactUid") or str(uuid4())
        if self.records.find(uid) is not None:
            raise ApiError("CUSTOMER_CONTACT_EXISTS", uid=uid)
        links = self._customer_ids(body.get("customers", []))
        stamp = self._clock.stamp()
        record: Json = {
            "customerContactUid": uid, "firstname": "", "lastname": "", "displayName": "", "email": "",
            "mobile": "", "createdAt": stamp, "lastModifiedAt": stamp,
        }  # fmt: skip
        _apply(record, body)
        contact_id = self.records.insert(uid, record)
        self._connect(contact_id, links)
        return uid

    def update(self, uid: str, body: Json) -> None:
        """Change the fields that were sent, for all customers that share the contact.

        Args:
            uid: The contact's UID.
            body: A body that is valid against the document.

        Raises:
            ApiError: If there is no such contact or its e-mail address is malformed.
        """
        contact_id, document = self.find(uid)
        check_email(body)
        record: Json = orjson.loads(document)
        _apply(record, body)
        record["lastModifiedAt"] = self._clock.stamp()
        self.records.replace(contact_id, uid, record)
        for link in self._relations.links_of_contact(contact_id):
            self._customers.refresh_contacts(link.customer_id)

    def delete(self, uid: str) -> None:
        """Delete a contact, from every customer too.

        Args:
            uid: The contact's UID.

        Raises:
            ApiError: If there is no such contact.
        """
        contact_id, _ = self.find(uid)
        for link in self._relations.links_of_contact(contact_id):
            self._disconnect(link)
        self.records.remove(contact_id)

    def customers(self, uid: str) -> bytes:
        """Write the customers that a contact belongs to.

        Args:
            uid: The contact's UID.

        Returns:
            The answer's body.

        Raises:
            ApiError: If there is no such contact.
        """
        contact_id, _ = self.find(uid)
        return orjson.dumps({"items": self._relations.customers_of_contact(contact_id)})

    def add_customers(self, uid: str, links: list[Json]) -> None:
        """Connect a contact with customers, or change its role there.

        Args:
            uid: The contact's UID.
            links: `customerUid` and perhaps `role`, a customer each.

        Raises:
            ApiError: If the contact or a customer does not exist.
        """
        contact_id, _ = self.find(uid)
        self._connect(contact_id, self._customer_ids(links))

    def remove_customer(self, uid: str, customer_uid: str, *, delete_orphan: bool = False) -> None:
        """Take a contact away from one customer.

        Args:
            uid: The contact's UID.
            customer_uid: The customer's UID.
            delete_orphan: Whether the contact is deleted when this was its last customer.

        Raises:
            ApiError: If either does not exist or the two are not connected.
        """
        link = self.link(customer_uid, uid)
        self._disconnect(link)
        if delete_orphan and not self._relations.links_of_contact(link.contact_id):
            self.records.remove(link.contact_id)

    def link(self, customer_uid: str, uid: str) -> Link:
        """Look a connection up.

        Args:
            customer_uid: The customer's UID.
            uid: The contact's UID.

        Returns:
            The link between the two.

        Raises:
            ApiError: If either does not exist or the two are not connected.
        """
        customer_id, _ = self._customers.find(customer_uid)
        contact_id, _ = self.find(uid)
        link = self._relations.link(contact_id, customer_id)
        if link is None:
            raise ApiError("CUSTOMER_CONTACT_NOT_FOUND", uid=uid)
        return link

    def listing_for_customer(self, customer_uid: str, page: PageRequest) -> bytes:
        """Write one page of a customer's contacts.

        Args:
            customer_uid: The customer's UID.
            page: The page that was asked for.

        Returns:
            The answer's body.

        Raises:
            ApiError: If there is no such customer.
        """
        _, customer = self._customers.load(customer_uid)
        contacts: list[Json] = customer["contacts"]
        field = page.sort_by or "createdAt"
        contacts.sort(
            key=lambda contact: (sort_value(contact[field]), contact["customerContactUid"]),
            reverse=page.descending,
        )
        shown = contacts[page.offset : page.offset + page.size]
        return envelope(map(orjson.dumps, shown), page, len(contacts))

    def get_for_customer(self, customer_uid: str, uid: str) -> bytes:
        """Write a contact as one of its customers has it.

        Args:
            customer_uid: The customer's UID.
            uid: The contact's UID.

        Returns:
            The answer's body.

        Raises:
            ApiError: If either does not exist or the two are not connected.
        """
        link = self.link(customer_uid, uid)
        document = self.records.documents([link.contact_id])[0]
        return b'%s,"extensions":%s,"role":%s}' % (document[:-1], link.extensions, orjson.dumps(link.role))

    def set_extension(self, customer_uid: str, uid: str, extension: Json, *, present: bool) -> None:
        """Add an extension to a connection or take it away.

        Args:
            customer_uid: The customer's UID.
            uid: The contact's UID.
            extension: `extensionCode` and `organizationUid`.
            present: Whether it is there afterwards.

        Raises:
            ApiError: If there is no such connection, or no such extension to take away.
        """
        link = self.link(customer_uid, uid)
        extensions: list[Json] = orjson.loads(link.extensions)
        change_extensions(extensions, extension, present=present)
        self._relations.set_extensions(link, extensions)
        self._customers.refresh_contacts(link.customer_id)

    def _with_customers(self, contact_id: int, document: bytes) -> bytes:
        customers = orjson.dumps(self._relations.customers_of_contact(contact_id))
        return b'%s,"customers":%s}' % (document[:-1], customers)

    def _customer_ids(self, links: list[Json]) -> list[tuple[int, str | None]]:
        return [
            (self._customers.find(link["customerUid"], "UNKNOWN_CUSTOMER")[0], link.get("role"))
            for link in links
        ]

    def _connect(self, contact_id: int, links: list[tuple[int, str | None]]) -> None:
        for customer_id, role in links:
            self._relations.connect(contact_id, customer_id, role)
            self._customers.refresh_contacts(customer_id)

    def _disconnect(self, link: Link) -> None:
        self._relations.disconnect(link.contact_id, link.customer_id)
        self._customers.refresh_contacts(link.customer_id)


def change_extensions(extensions: list[Json], extension: Json, *, present: bool) -> None:
    """Add an extension to a list or take it away; adding one that is there changes nothing.

    Args:
        extensions: The list, changed in place.
        extension: `extensionCode` and `organizationUid`.
        present: Whether it is there afterwards.

    Raises:
        ApiError: If it is to be taken away and is not there.
    """
    if present:
        if extension not in extensions:
            extensions.append(extension)
        return
    if extension not in extensions:
        raise ApiError("EXTENSION_NOT_FOUND", uid=extension["extensionCode"])
    extensions.remove(extension)


def _apply(record: Json, body: Json) -> None:
    for field in _TAKEN_AS_SENT:
        if field in body:
            record[field] = body[field]
    record["displayName"] = f"{record['firstname']} {record['lastname']}".strip()
