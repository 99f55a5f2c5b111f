"""The 16 operations on customer contacts."""

from flow_retail_sandbox.contacts import CONTACT_SORT_FIELDS, CUSTOMER_CONTACT_SORT_FIELDS
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.operations import NO_CONTENT, Answer, Call, OperationTable
from flow_retail_sandbox.search import search_contacts

TABLE = OperationTable()

_ONE = "/customer-contacts/{customerContactUid}"
_OF_CUSTOMER = "/customers/{customerUid}/contacts"
_ONE_OF_CUSTOMER = _OF_CUSTOMER + "/{customerContactUid}"
_EXTENSION = _ONE_OF_CUSTOMER + "/extensions/{customerExtensionCode}"


@TABLE.add("customer_contacts.list", "GET", "/customer-contacts")
def list_contacts(call: Call) -> Answer:
    """List contacts."""
    return Answer(200, call.tenant.contacts.listing(call.page(CONTACT_SORT_FIELDS)))


@TABLE.add("customer_contacts.create", "POST", "/customer-contacts", writes=True)
def create_contact(call: Call) -> Answer:
    """Create a contact, connected with customers or on its own."""
    contacts = call.tenant.contacts
    return Answer(201, contacts.get(contacts.create(call.body)))


@TABLE.add("customer_contacts.search", "POST", "/customer-contacts/search")
def search(call: Call) -> Answer:
    """Search contacts."""
    return Answer(200, search_contacts(call.tenant, call.body, call.page(CONTACT_SORT_FIELDS)))


@TABLE.add("customer_contacts.get", "GET", _ONE)
def get_contact(call: Call) -> Answer:
    """Give one contact."""
    return Answer(200, call.tenant.contacts.get(call.path["customerContactUid"]))


@TABLE.add("customer_contacts.update", "PUT", _ONE, writes=True)
def update_contact(call: Call) -> Answer:
    """Change the fields that were sent."""
    uid = call.path["customerContactUid"]
    call.tenant.contacts.update(uid, call.body)
    return Answer(200, call.tenant.contacts.get(uid))


@TABLE.add("customer_contacts.delete", "DELETE", _ONE, writes=True)
def delete_contact(call: Call) -> Answer:
    """Delete a contact."""
    call.tenant.contacts.delete(call.path["customerContactUid"])
    return NO_CONTENT


@TABLE.add("customer_contacts.list_customers", "GET", _ONE + "/customers")
def list_customers(call: Call) -> Answer:
    """List the customers that a contact belongs to."""
    return Answer(200, call.tenant.contacts.customers(call.path["customerContactUid"]))


@TABLE.add("customer_contacts.add_customers", "POST", _ONE + "/customers", writes=True)
def add_customers(call: Call) -> Answer:
    """Connect a contact with customers."""
    uid = call.path["customerContactUid"]
    call.tenant.contacts.add_customers(uid, call.body.get("customers", []))
    return Answer(200, call.tenant.contacts.customers(uid))


@TABLE.add("customer_contacts.remove_customer", "DELETE", _ONE + "/customers/{customerUid}", writes=True)
def remove_customer(call: Call) -> Answer:
    """Take a contact away from a customer."""
    call.tenant.contacts.remove_customer(call.path["customerContactUid"], call.path["customerUid"])
    return NO_CONTENT


@TABLE.add("customer_contacts.list_for_customer", "GET", _OF_CUSTOMER)
def list_for_customer(call: Call) -> Answer:
    """List a customer's contacts."""
    page = call.page(CUSTOMER_CONTACT_SORT_FIELDS)
    return Answer(200, call.tenant.contacts.listing_for_customer(call.path["customerUid"], page))


@TABLE.add("customer_contacts.create_for_customer", "POST", _OF_CUSTOMER, writes=True)
def create_for_customer(call: Call) -> Answer:
    """Create a contact of a customer."""
    customer_uid = call.path["customerUid"]
    call.tenant.customers.find(customer_uid)
    link = {"customerUid": customer_uid, "role": call.body.get("role", "NONE")}
    uid = call.tenant.contacts.create({**call.body, "customers": [link]})
    return Answer(200, call.tenant.contacts.get_for_customer(customer_uid, uid))


@TABLE.add("customer_contacts.get_for_customer", "GET", _ONE_OF_CUSTOMER)
def get_for_customer(call: Call) -> Answer:
    """Give one of a customer's contacts."""
    customer_uid, uid = call.path["customerUid"], call.path["customerContactUid"]
    return Answer(200, call.tenant.contacts.get_for_customer(customer_uid, uid))


@TABLE.add("customer_contacts.update_for_customer", "PUT", _ONE_OF_CUSTOMER, writes=True)
def update_for_customer(call: Call) -> Answer:
    """Change the fields that were sent; the contact is the same for all its customers."""
    customer_uid, uid = call.path["customerUid"], call.path["customerContactUid"]
    call.tenant.contacts.link(customer_uid, uid)
    call.tenant.contacts.update(uid, call.body)
    return Answer(200, call.tenant.contacts.get_for_customer(customer_uid, uid))


@TABLE.add("customer_contacts.delete_for_customer", "DELETE", _ONE_OF_CUSTOMER, writes=True)
def delete_for_customer(call: Call) -> Answer:
    """Take a contact away from a customer, and delete it when that was its last one."""
    customer_uid, uid = call.path["customerUid"], call.path["customerContactUid"]
    call.tenant.contacts.remove_customer(uid, customer_uid, delete_orphan=True)
    return NO_CONTENT


def _extension(call: Call) -> Json:
    store_uid = call.body["storeUid"]
    call.tenant.directory.store_name(store_uid)
    return {"extensionCode": call.path["customerExtensionCode"], "organizationUid": store_uid}


@TABLE.add("customer_contacts.add_extension", "POST", _EXTENSION, writes=True)
def add_extension(call: Call) -> Answer:
    """Set an extension for a customer's contact in a store."""
    customer_uid, uid = call.path["customerUid"], call.path["customerContactUid"]
    call.tenant.contacts.set_extension(customer_uid, uid, _extension(call), present=True)
    return Answer(200, call.tenant.contacts.get_for_customer(customer_uid, uid))


@TABLE.add("customer_contacts.remove_extension", "DELETE", _EXTENSION, writes=True)
def remove_extension(call: Call) -> Answer:
    """Take an extension away from a customer's contact in a store."""
    customer_uid, uid = call.path["customerUid"], call.path["customerContactUid"]
    call.tenant.contacts.set_extension(customer_uid, uid, _extension(call), present=False)
    return NO_CONTENT
