"""Operations on a collection: list, search, create, get, update, delete."""

from collections.abc import Iterable

import orjson

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.spec.collections import parameter_of, segments
from flow_retail_sandbox.spec.json_values import Json, is_list
from flow_retail_sandbox.store.filters import PAGING, Filter, filter_of, stamp_of
from flow_retail_sandbox.store.ordering import sort_value
from flow_retail_sandbox.store.paging import PageRequest, envelope
from flow_retail_sandbox.store.table import Table
from flow_retail_sandbox.store.text import Matcher

_QUERY = ("query", "text", "searchText", "q", "search")


def list_records(call: Call) -> Result:
    """List or search a collection, as the operation's parameters and body say."""
    assert call.route.listed is not None  # noqa: S101  # the operation responds with a list
    items, _ = call.route.listed
    table, paged = call.table, call.operation.paged
    page = call.page() if paged else PageRequest(0, max(len(table.records), 1), 0, None, descending=False)
    asked: Json = {name: value for name, value in call.query.items() if name not in PAGING}
    asked |= call.fields
    if parameter_of(segments(call.operation.path)[-1]) is not None:
        asked[call.route.names[-1]] = call.uid
    if items == "" or not paged:
        ids, _ = table.records.page(page, _among(call, asked))
        return call.result(bare(table.records.documents(ids), items))
    return listing(call, table, page, _among(call, asked))


def listing(call: Call, table: Table, page: PageRequest, among: Iterable[int] | None) -> Result:
    """Respond with one page of a table's records, or of some of them."""
    ids, total = table.records.page(page, among)
    name, _ = call.route.listed or ("items", {})
    return call.result(envelope(table.records.documents(ids), page, total, items=name))


def bare(documents: Iterable[bytes], items: str) -> bytes:
    """Write a list without pages."""
    whole = b"[" + b",".join(documents) + b"]"
    return b'{"%s":%s}' % (items.encode(), whole) if items else whole


def _among(call: Call, asked: Json) -> list[int] | None:
    """Find the ids that fit what is asked for, None if nothing is."""
    table, owner = call.table, call.owner()
    sets = filtered(call, table, asked)
    if table.collection.owners:
        sets.append(set(table.records.ids(owner)))
    query = next((str(asked[name]) for name in _QUERY if name in asked), "")
    matcher = Matcher(table.searched, query, {}, exact=bool(asked.get("exactMatch", False)))
    if not matcher.matches_all:
        texts_found = table.records.texts(matcher.needle)
        sets.append({record_id for record_id, text in texts_found if matcher.relevance(text)})
    return list(sets[0].intersection(*sets)) if sets else None


def filtered(call: Call, table: Table, asked: Json) -> list[set[int]]:
    """Find the ids that fit each criterion that is about a field of the records."""
    sets: list[set[int]] = []
    for name, value in asked.items():
        own = table.rules.filtered.get(name)
        found = Filter(own, "=") if own else filter_of(table.collection, name, call.spec)
        if name not in _QUERY and found is not None and value not in (None, "", []):
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
    owner = call.owner()
    return call.result(call.table.find(call.uid, owner).document)


def update(call: Call) -> Result:
    """Change the fields that were sent; where nothing else creates records, this does."""
    table, owner = call.table, call.owner()
    if not table.collection.creates and not table.has(call.uid, owner):
        sent = {**call.fields, table.collection.param or "": call.uid}
        return call.result(table.create(sent, owner).document)
    return call.result(table.update(call.uid, call.fields, owner).document)


def delete(call: Call) -> Result:
    """Delete a record."""
    owner = call.owner()
    deleted = call.table.find(call.uid, owner)
    call.table.delete(call.uid, owner)
    return call.result(deleted.document)


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
    shown = map(orjson.dumps, items[page.offset : page.offset + page.size])
    name, _ = call.route.listed or ("items", {})
    return call.result(envelope(shown, page, len(items), items=name))
