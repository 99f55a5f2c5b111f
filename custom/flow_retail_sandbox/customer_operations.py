"""The 14 operations on customers."""

import orjson

from flow_retail_sandbox.batch import run_batch
from flow_retail_sandbox.contacts import change_extensions
from flow_retail_sandbox.customer_record import SORT_FIELDS
from flow_retail_sandbox.external import EXTERNAL_SORT_FIELDS, search_external
from flow_retail_sandbox.history import orders_of, services_of
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.operations import NO_CONTENT, Answer, Call, OperationTable, json_answer
from flow_retail_sandbox.search import search_customers

TABLE = OperationTable()

_ONE = "/customers/{customerUid}"
_EXTENSION = "/customers/{customerUid}/extensions/{customerExtensionCode}"


@TABLE.add("customers.list", "GET", "/customers")
def list_customers(call: Call) -> Answer:
    """List customers, or those with one `customerExternalId`."""
    customers = call.tenant.customers
    external_id = call.query.get("customerExternalId")
    among = None if external_id is None else customers.with_external_id(external_id)
    return Answer(200, customers.listing(call.page(SORT_FIELDS), among))


@TABLE.add("customers.create", "POST", "/customers", writes=True)
def create_customer(call: Call) -> Answer:
    """Create a customer."""
    return Answer(201, call.tenant.customers.create(call.body))


@TABLE.add("customers.search", "POST", "/customers/search")
def search(call: Call) -> Answer:
    """Search customers."""
    return Answer(200, search_customers(call.tenant, call.body, call.page(SORT_FIELDS)))


@TABLE.add("customers.search_external", "POST", "/customers/search/external")
def search_elsewhere(call: Call) -> Answer:
    """Search the register outside of Flow Retail."""
    query = call.body.get("query", "")
    return Answer(200, search_external(query, call.page(EXTERNAL_SORT_FIELDS)))


@TABLE.add("customers.export", "GET", _ONE + "/export")
def export(call: Call) -> Answer:
    """Give all that is known about a customer."""
    uid = call.path["customerUid"]
    _, document = call.tenant.customers.find(uid)
    customer = orjson.loads(document)
    history = call.tenant.customers.history(uid)
    orders = [order for number in history for order in orders_of(number, customer)]
    services = [service for number in history for service in services_of(number, customer, call.tenant.uid)]
    return json_answer(200, {"customer": customer, "orders": orders, "services": services})


@TABLE.add("customers.print", "POST", _ONE + "/print")
def print_card(call: Call) -> Answer:
    """Print a membership card on a printer that was named, or on any."""
    call.tenant.customers.find(call.path["customerUid"])
    printer = call.body.get("printerUid")
    if printer is not None:
        call.tenant.directory.require_printer(printer)
    return NO_CONTENT


@TABLE.add("customers.get", "GET", _ONE)
def get_customer(call: Call) -> Answer:
    """Give one customer."""
    return Answer(200, call.tenant.customers.find(call.path["customerUid"])[1])


@TABLE.add("customers.update", "PUT", _ONE, writes=True)
def update_customer(call: Call) -> Answer:
    """Change the fields that were sent."""
    return Answer(200, call.tenant.customers.update(call.path["customerUid"], call.body))


@TABLE.add("customers.delete", "DELETE", _ONE, writes=True)
def delete_customer(call: Call) -> Answer:
    """Delete a customer."""
    call.tenant.customers.delete(call.path["customerUid"])
    return NO_CONTENT


def _extension(call: Call) -> Json:
    store_uid = call.body["storeUid"]
    call.tenant.directory.store_name(store_uid)
    return {"extensionCode": call.path["customerExtensionCode"], "organizationUid": store_uid}


@TABLE.add("customers.add_extension", "POST", _EXTENSION, writes=True)
def add_extension(call: Call) -> Answer:
    """Set an extension for a store."""
    extension = _extension(call)

    def edit(customer: Json) -> None:
        change_extensions(customer["extensions"], extension, present=True)

    return Answer(200, call.tenant.customers.change(call.path["customerUid"], edit))


@TABLE.add("customers.remove_extension", "DELETE", _EXTENSION, writes=True)
def remove_extension(call: Call) -> Answer:
    """Take an extension away from a store."""
    extension = _extension(call)

    def edit(customer: Json) -> None:
        change_extensions(customer["extensions"], extension, present=False)

    call.tenant.customers.change(call.path["customerUid"], edit)
    return NO_CONTENT


@TABLE.add("customers.batch", "POST", "/customers/batch", writes=True)
def batch(call: Call) -> Answer:
    """Create, update, upsert and delete in one request."""
    answered = run_batch(call.tenant.customers, call.body, call.language)
    refused = any(part["errors"] for part in answered.values())
    return json_answer(207 if refused else 200, answered)


@TABLE.add("customers.get_in_store", "GET", "/stores/{storeUid}/customers/{customerUid}")
def get_in_store(call: Call) -> Answer:
    """Give a customer with the credit it has in a store."""
    call.tenant.directory.require_store(call.path["storeUid"])
    _, document = call.tenant.customers.find(call.path["customerUid"])
    customer = orjson.loads(document)
    return json_answer(200, {"customer": customer, "credit": _store_credit(customer)})


def _store_credit(customer: Json) -> Json:
    limit, balance = customer["credit"]["limit"], customer["credit"]["balance"]
    remaining = max(limit - balance, 0)
    if customer["customerType"] == "PERSON":
        reason = "NOT_A_COMPANY"
    elif limit <= 0:
        reason = "NO_LIMIT_SET"
    elif remaining == 0:
        reason = "LIMIT_REACHED"
    else:
        reason = ""
    return {
        "approved": not reason,
        "limit": limit,
        "balance": balance,
        "remaining": remaining,
        "maxSingleOrderValue": 0 if reason else remaining,
        "declineReason": reason,
    }


@TABLE.add("customers.merge", "POST", _ONE + "/merge", writes=True)
def merge(call: Call) -> Answer:
    """Merge a duplicate into this customer."""
    duplicate = call.body["mergeFromCustomerUid"]
    return Answer(200, call.tenant.customers.merge(call.path["customerUid"], duplicate))
