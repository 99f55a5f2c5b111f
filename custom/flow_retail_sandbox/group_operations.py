"""The 7 operations on customer groups."""

from flow_retail_sandbox.customer_record import SORT_FIELDS
from flow_retail_sandbox.groups import GROUP_SORT_FIELDS
from flow_retail_sandbox.operations import NO_CONTENT, Answer, Call, OperationTable

TABLE = OperationTable()

_ONE = "/customer-groups/{customerGroupUid}"


@TABLE.add("customer_groups.list", "GET", "/customer-groups")
def list_groups(call: Call) -> Answer:
    """List groups."""
    return Answer(200, call.tenant.groups.listing(call.page(GROUP_SORT_FIELDS)))


@TABLE.add("customer_groups.create", "POST", "/customer-groups", writes=True)
def create_group(call: Call) -> Answer:
    """Create a group."""
    return Answer(201, call.tenant.groups.create(call.body))


@TABLE.add("customer_groups.get", "GET", _ONE)
def get_group(call: Call) -> Answer:
    """Give one group."""
    return Answer(200, call.tenant.groups.find(call.path["customerGroupUid"])[1])


@TABLE.add("customer_groups.update", "PUT", _ONE, writes=True)
def update_group(call: Call) -> Answer:
    """Rename a group."""
    return Answer(200, call.tenant.groups.update(call.path["customerGroupUid"], call.body))


@TABLE.add("customer_groups.delete", "DELETE", _ONE, writes=True)
def delete_group(call: Call) -> Answer:
    """Delete a group."""
    call.tenant.groups.delete(call.path["customerGroupUid"])
    return NO_CONTENT


@TABLE.add("customer_groups.list_customers", "GET", _ONE + "/customers")
def list_customers(call: Call) -> Answer:
    """List a group's customers."""
    return Answer(200, call.tenant.groups.customers(call.path["customerGroupUid"], call.page(SORT_FIELDS)))


@TABLE.add("customer_groups.update_customers", "PUT", _ONE + "/customers", writes=True)
def update_customers(call: Call) -> Answer:
    """Add customers to a group and take customers out."""
    call.tenant.groups.update_customers(call.path["customerGroupUid"], call.body)
    return NO_CONTENT
