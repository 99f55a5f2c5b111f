"""A customer with the credit that it has in a store."""

from typing import Final

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.plugins.reference_data import find_store
from flow_retail_sandbox.spec.json_values import Json


def get_in_store(call: Call) -> Result:
    """Return a customer with the credit it has in a store."""
    uid = call.path["storeUid"]
    if find_store(call.store, uid) is None:
        raise ApiError("RECORD_NOT_FOUND", code="STORE_NOT_FOUND", entity="store", uid=uid)
    customer = call.store.tables["customers"].find(call.path["customerUid"]).read()
    return call.result({"customer": customer, "credit": _store_credit(customer)})


def _store_credit(customer: Json) -> Json:
    limit, balance = customer["credit"]["limit"], customer["credit"]["balance"]
    remaining = max(limit - balance, 0)
    reasons = {
        "NOT_A_COMPANY": customer["customerType"] == "PERSON",
        "NO_LIMIT_SET": limit <= 0,
        "LIMIT_REACHED": remaining == 0,
    }
    reason = next((name for name, holds in reasons.items() if holds), "")
    return {
        "approved": not reason,
        "limit": limit,
        "balance": balance,
        "remaining": remaining,
        "maxSingleOrderValue": 0 if reason else remaining,
        "declineReason": reason,
    }


OPERATIONS: Final = {"GET /tenants/{tenantUid}/stores/{storeUid}/customers/{customerUid}": get_in_store}
