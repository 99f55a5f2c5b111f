"""Searching customers the way the reference describes it: by their contacts too, and rated."""

from typing import Final

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import filtered, listing, rate


def search_customers(call: Call) -> Result:
    """Search customers; in the scope CONTACT the fields searched are those of a customer's contacts."""
    table, asked, page = call.table, call.fields, call.page()
    scope = asked.get("scope") or ["CUSTOMER"]
    sets = filtered(call, table, asked)
    rated: dict[int, float] = {}
    if "CUSTOMER" in scope:
        found = rate(table, asked, table.rules.criteria)
        if found is None:
            return listing(call, table, page, sets[0].intersection(*sets) if sets else None)
        rated = found
    if "CONTACT" in scope:
        contacts = table.links["customer-contacts"].other
        found = rate(contacts, asked, table.rules.criteria)
        for contact_id, relevance in (
            dict.fromkeys(contacts.records.ids(), 1.0) if found is None else found
        ).items():
            for customer_id in contacts.links["customers"].of(contact_id):
                rated[customer_id] = max(relevance, rated.get(customer_id, 0.0))
    among = set(rated).intersection(*sets)
    if page.sort_by == "relevance":
        ordered = sorted(among, key=lambda one: (rated[one], one), reverse=page.descending)
        ids, total = ordered[page.offset : page.offset + page.size], len(ordered)
    else:
        ids, total = table.records.page(page, among)
    # `relevance` is the last field of a stored customer, and 0 there.
    documents = zip(ids, table.records.documents(ids), strict=True)
    shown = (document.removesuffix(b"0}") + orjson.dumps(rated[one]) + b"}" for one, document in documents)
    return call.listed(shown, page, total)


OPERATIONS: Final = {"POST /tenants/{tenantUid}/customers/search": search_customers}
