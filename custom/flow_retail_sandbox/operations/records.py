"""Operations on a collection: list, search, create, get, update, delete."""

from collections.abc import Iterable

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.collections import split_item
from flow_retail_sandbox.spec.json_values import Json, is_list
from flow_retail_sandbox.store.filters import PAGING, Filter, filter_of, stamp_of
from flow_retail_sandbox.store.ordering import sort_value
from flow_retail_sandbox.store.paging import PageRequest
from flow_retail_sandbox.store.table import Table
from flow_retail_sandbox.store.text import Matcher

_QUERY = ("query", "text", "searchText", "q", "search")


def list_records(call: Call) -> Result:
    """List or search a collection, as the operation's parameters and body say."""
    table, page, owner = call.table, call.page(), call.owner()
    asked: Json = {name: value for name, value in call.query.items() if name not in PAGING}
    asked |= call.fields
    if split_item(call.operation.path)[1] is not None:
        asked[call.route.names[-1]] = call.uid
    sets = filtered(call, table, asked)
    if table.collection.owners:
        sets.append(set(table.records.ids(owner)))
    rated = rate(table, asked, table.rules.criteria)
    if rated is not None:
        sets.append(set(rated))
    return listing(call, table, page, sets[0].intersection(*sets) if sets else None)


def listing(call: Call, table: Table, page: PageRequest, among: Iterable[int] | None) -> Result:
    """Respond with one page of a table's records, or of some of them."""
    ids, total = table.records.page(page, among)
    return call.listed(table.records.documents(ids), page, total)


def rate(table: Table, asked: Json, criteria: Iterable[str]) -> dict[int, float] | None:
    """Find the records whose texts fit, and how well; None if no text is asked for."""
    own = {name: str(asked[name]) for name in criteria if asked.get(name)}
    query = next((str(asked[name]) for name in _QUERY if name in asked), "")
    if not own.keys() <= set(table.searched):
        return {}
    matcher = Matcher(table.searched, query, own, exact=bool(asked.get("exactMatch", False)))
    if matcher.matches_all:
        return None
    texts = table.records.texts(matcher.needle)
    rated = {record_id: matcher.relevance(text) for record_id, text in texts}
    return {record_id: relevance for record_id, relevance in rated.items() if relevance}


def filtered(call: Call, table: Table, asked: Json) -> list[set[int]]:
    """Find the ids that fit each criterion that is about a field of the records."""
    sets: list[set[int]] = []
    for name, value in asked.items():
        own = table.rules.filtered.get(name)
        found = Filter(own, "=") if own else filter_of(table.collection, name, call.spec)
        of_text = name in _QUERY or name in table.rules.criteria
        if not of_text and found is not None and value not in (None, "", []):
            values = value if is_list(value) else str(value).split(",") if name in call.query else [value]
            texts = [value if isinstance(value, str) else orjson.dumps(value).decode() for value in values]
            if found.field.endswith("At"):
                texts = [stamp_of(text, name) for text in texts]
            sets.append(table.records.having(found.field, found.compare, texts))
    return sets


def create(call: Call) -> Result:
    """Create a record."""
    return call.result(call.table.create(call.fields, call.owner()).document)


def get(call: Call) -> Result:
    """Respond with one record."""
    return call.result(call.table.find(call.uid, call.owner()).document)


def update(call: Call) -> Result:
    """Change the fields that were sent; where nothing else creates records, this does."""
    table, owner = call.table, call.owner()
    if not table.collection.creates and not table.has(call.uid, owner):
        sent = {**call.fields, table.collection.param or "": call.uid}
        return call.result(table.create(sent, owner).document)
    return call.result(table.update(call.uid, call.fields, owner).document)


def delete(call: Call) -> Result:
    """Delete a record."""
    return call.result(call.table.delete(call.uid, call.owner()).document)


def clear(call: Call) -> Result:
    """Delete all records, or those of one owner."""
    records, owner = call.table.records, call.owner()
    for stored in records.stored(records.ids(owner)):
        call.table.delete(stored.uid.rpartition("/")[2], owner)
    return call.result()


def sorted_page(call: Call, items: list[Json], key: str) -> Result:
    """Respond with one page of objects that are no records of a collection."""
    page = call.page()
    field = page.sort_by or "createdAt"
    if page.sort_by or (items and "createdAt" in items[0]):
        items = sorted(
            items, key=lambda item: (sort_value(item.get(field)), item.get(key)), reverse=page.descending
        )
    elif page.descending:
        items = items[::-1]
    shown = items[page.offset : page.offset + page.size]
    return call.listed(map(orjson.dumps, shown), page, len(items))
