"""Searching customers and contacts the way the reference describes it."""

from datetime import UTC, datetime
from typing import Any

import orjson

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.contacts import CONTACT_SEARCHED_FIELDS
from flow_retail_sandbox.customer_record import SEARCHED_FIELDS, SEPARATOR, fold
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.paging import PageRequest, envelope
from flow_retail_sandbox.state import TenantState

_OWN_CRITERIA = ("mobile", "email", "vatNumber")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Matcher:
    """Decides whether a record's searched text fits, and how well.

    Args:
        fields: The names of the text's fields, in its order.
        criteria: The search's body.
    """

    def __init__(self, fields: tuple[str, ...], criteria: Json) -> None:
        self._exact = bool(criteria.get("exactMatch", False))
        wanted = {field: fold(str(criteria[field])) for field in _OWN_CRITERIA if criteria.get(field)}
        self.impossible = any(field not in fields for field in wanted)
        self._own = [(fields.index(field), text) for field, text in wanted.items() if field in fields]
        query = fold(str(criteria.get("query", ""))).strip()
        self._terms = [query] if self._exact and query else query.split()
        # A field that is asked for by itself is not searched by the query as well: so the reference.
        self._searched = [place for place, field in enumerate(fields) if field not in wanted]
        self.matches_all = not self._own and not self._terms

    @property
    def needle(self) -> str:
        """A piece that every text that fits contains, to leave most records unread."""
        return max((*self._terms, *(text for _, text in self._own)), key=len)

    def relevance(self, text: str) -> float:
        """Rate a record.

        Args:
            text: Its searched text.

        Returns:
            0 if it does not fit, otherwise more the better it does, 1 at most.
        """
        values = text.split(SEPARATOR)[1:-1]
        scores = [_score(text, values[place], exact=self._exact) for place, text in self._own]
        scores += [
            max((_score(term, values[place], exact=self._exact) for place in self._searched), default=0.0)
            for term in self._terms
        ]
        return 0.0 if 0.0 in scores else round(sum(scores) / len(scores), 3)


def _score(wanted: str, value: str, *, exact: bool) -> float:
    if value == wanted:
        return 1.0
    if exact or wanted not in value:
        return 0.0
    return 0.75 if value.startswith(wanted) else 0.5


def _created_after(criteria: Json) -> str:
    text = criteria.get("createdAt", "")
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text.upper())
        return format_stamp(int((moment - _EPOCH).total_seconds() * 1_000_000))
    except (ValueError, OverflowError, TypeError):
        # A leap second, or the year 0000: the format allows it, the calendar does not.
        raise ApiError("INVALID_FIELD", place="createdAt", keyword="format") from None


def _customer_ids_by_facts(tenant: TenantState, criteria: Json) -> set[int] | None:
    """Apply the criteria that are no text; None if there are none."""
    types: list[str] = criteria.get("customerTypes", [])
    store, parent = criteria.get("storeUid", ""), criteria.get("customerParentUid", "")
    created_after = _created_after(criteria)
    if not (types or store or parent or created_after):
        return None
    rows = tenant.customers.connection.execute(
        "SELECT id FROM fact WHERE tenant = ? AND kind = 'customer' AND (? = '' OR store_uid = ?)"
        " AND (? = '' OR parent_uid = ?) AND created_at >= ?"
        " AND (? = '[]' OR customer_type IN (SELECT value FROM json_each(?)))",
        (tenant.uid, store, store, parent, parent, created_after, *(orjson.dumps(types).decode(),) * 2),
    )
    return {row[0] for row in rows}


def _rated(tenant: TenantState, kind: str, matcher: _Matcher) -> dict[int, float]:
    if matcher.impossible:
        return {}
    rows = tenant.customers.connection.execute(
        "SELECT id, text FROM fact WHERE tenant = ? AND kind = ? AND instr(text, ?)",
        (tenant.uid, kind, matcher.needle),
    )
    rated = ((record_id, matcher.relevance(text)) for record_id, text in rows)
    return {record_id: relevance for record_id, relevance in rated if relevance}


def search_customers(tenant: TenantState, criteria: Json, page: PageRequest) -> bytes:
    """Search customers.

    Every word of `query` has to be found in one of the searched fields; with `exactMatch` the whole of it has
    to be one of them. In the scope CONTACT the fields are those of the customer's contacts.

    Args:
        tenant: The tenant's state.
        criteria: A body that is valid against the document.
        page: The page that was asked for.

    Returns:
        The answer's body.

    Raises:
        ApiError: If `createdAt` is no moment of the calendar.
    """
    customers = tenant.customers
    scope = criteria.get("scope") or ["CUSTOMER"]
    allowed = _customer_ids_by_facts(tenant, criteria)
    rated: dict[int, float] = {}
    matcher = _Matcher(SEARCHED_FIELDS, criteria)
    if "CUSTOMER" in scope:
        if matcher.matches_all:
            return customers.listing(page, None if allowed is None else list(allowed))
        rated = _rated(tenant, "customer", matcher)
    if "CONTACT" in scope:
        for contact_id, relevance in _contacts_rated(tenant, criteria).items():
            for link in customers.relations.links_of_contact(contact_id):
                rated[link.customer_id] = max(relevance, rated.get(link.customer_id, 0.0))
    found = {i: rating for i, rating in rated.items() if allowed is None or i in allowed}
    if page.sort_by == "relevance":
        ordered = sorted(found, key=lambda i: (found[i], i), reverse=page.descending)
        ids, total = ordered[page.offset : page.offset + page.size], len(ordered)
    else:
        ids, total = customers.records.page(page, found)
    documents = customers.records.documents(ids)
    rated_documents = (
        _with_relevance(document, found[i]) for i, document in zip(ids, documents, strict=True)
    )
    return envelope(rated_documents, page, total)


def _contacts_rated(tenant: TenantState, criteria: Json) -> dict[int, float]:
    matcher = _Matcher(CONTACT_SEARCHED_FIELDS, criteria)
    if matcher.matches_all and not matcher.impossible:
        return dict.fromkeys(tenant.contacts.records.ids(), 1.0)
    return _rated(tenant, "contact", matcher)


def _with_relevance(document: bytes, relevance: float) -> bytes:
    # `relevance` is the last field of a stored customer, and 0 there.
    return document.removesuffix(b"0}") + orjson.dumps(relevance) + b"}"


def search_contacts(tenant: TenantState, criteria: Json, page: PageRequest) -> bytes:
    """Search contacts.

    Args:
        tenant: The tenant's state.
        criteria: A body that is valid against the document.
        page: The page that was asked for.

    Returns:
        The answer's body.
    """
    known: dict[str, Any] = {
        name: criteria[name] for name in ("query", "email", "mobile") if name in criteria
    }
    return tenant.contacts.listing(page, list(_contacts_rated(tenant, known)))
