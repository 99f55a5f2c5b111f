"""Searching customers and contacts the way the reference describes it."""

from typing import Final

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import filtered, listing
from flow_retail_sandbox.spec.json_values import Json
from flow_retail_sandbox.store.paging import envelope
from flow_retail_sandbox.store.table import Table
from flow_retail_sandbox.store.text import Matcher

_OWN_CRITERIA: Final = ("mobile", "email", "vatNumber")
_FILTERS: Final = ("storeUid", "customerParentUid", "customerTypes", "createdAt")


def _matcher(table: Table, criteria: Json) -> Matcher:
    own = {name: str(criteria[name]) for name in _OWN_CRITERIA if criteria.get(name)}
    exact = bool(criteria.get("exactMatch", False))
    return Matcher(table.searched, str(criteria.get("query", "")), own, exact=exact)


def _rated(table: Table, matcher: Matcher) -> dict[int, float]:
    if matcher.impossible:
        return {}
    found = table.records.texts(matcher.needle)
    rated = ((record_id, matcher.relevance(text)) for record_id, text in found)
    return {record_id: relevance for record_id, relevance in rated if relevance}


def _contacts_rated(contacts: Table, criteria: Json) -> dict[int, float]:
    matcher = _matcher(contacts, criteria)
    if matcher.matches_all and not matcher.impossible:
        return dict.fromkeys(contacts.records.ids(), 1.0)
    return _rated(contacts, matcher)


def search_customers(call: Call) -> Result:
    """Search customers; in the scope CONTACT the fields searched are those of a customer's contacts."""
    customers, contacts = call.store.tables["customers"], call.store.tables["customer-contacts"]
    criteria = call.fields
    page = call.page()
    scope = criteria.get("scope") or ["CUSTOMER"]
    sets = filtered(call, customers, {name: criteria.get(name) for name in _FILTERS})
    allowed = sets[0].intersection(*sets) if sets else None
    rated: dict[int, float] = {}
    matcher = _matcher(customers, criteria)
    if "CUSTOMER" in scope:
        if matcher.matches_all:
            return listing(call, customers, page, allowed)
        rated = _rated(customers, matcher)
    if "CONTACT" in scope:
        links = contacts.links["customers"]
        for contact_id, relevance in _contacts_rated(contacts, criteria).items():
            for customer_id in links.of(contact_id):
                rated[customer_id] = max(relevance, rated.get(customer_id, 0.0))
    found = {i: rating for i, rating in rated.items() if allowed is None or i in allowed}
    if page.sort_by == "relevance":
        ordered = sorted(found, key=lambda i: (found[i], i), reverse=page.descending)
        ids, total = ordered[page.offset : page.offset + page.size], len(ordered)
    else:
        ids, total = customers.records.page(page, found)
    documents = zip(ids, customers.records.documents(ids), strict=True)
    return call.result(envelope((_with_relevance(doc, found[i]) for i, doc in documents), page, total))


def _with_relevance(document: bytes, relevance: float) -> bytes:
    # `relevance` is the last field of a stored customer, and 0 there.
    return document.removesuffix(b"0}") + orjson.dumps(relevance) + b"}"


def search_contacts(call: Call) -> Result:
    """Search contacts."""
    contacts = call.store.tables["customer-contacts"]
    page = call.page()
    names = {"query", "email", "mobile"}
    known: Json = {name: value for name, value in call.fields.items() if name in names}
    return listing(call, contacts, page, _contacts_rated(contacts, known))


OPERATIONS: Final = {
    "POST /tenants/{tenantUid}/customers/search": search_customers,
    "POST /tenants/{tenantUid}/customer-contacts/search": search_contacts,
}
