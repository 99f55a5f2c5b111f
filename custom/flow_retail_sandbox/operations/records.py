"""Operations on a collection: list, search, create, get, update, delete."""

from collections.abc import Callable, Iterable

import orjson

from flow_retail_sandbox.operations.call import Call, Handler, Result, result
from flow_retail_sandbox.spec.collections import Collection, parameter_of, segments
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_list
from flow_retail_sandbox.store.filters import PAGING, filter_of, stamp_of
from flow_retail_sandbox.store.ordering import sort_value
from flow_retail_sandbox.store.paging import PageRequest, envelope
from flow_retail_sandbox.store.table import Table
from flow_retail_sandbox.store.text import Matcher

_QUERY = ("query", "text", "searchText", "q", "search")


def sort_fields(spec: Spec, schema: Json) -> frozenset[str]:
    """Name the fields that a list can be sorted by: all that hold one value."""
    single = {"string", "integer", "number", "boolean"}
    return frozenset(name for name, part in spec.properties(schema).items() if spec.type_of(part) in single)


def listing(collection: Collection, operation: SpecOperation, spec: Spec) -> Handler:
    """List or search a collection, as the operation's parameters and body say."""
    found = spec.items_of(operation.result)
    assert found is not None  # noqa: S101  # the operation answers with a list
    items, schema = found
    fields = sort_fields(spec, schema)
    last = parameter_of(segments(operation.path)[-1])

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        page = call.page(fields)
        if not operation.paged:
            page = PageRequest(0, max(len(table.records), 1), 0, None, descending=False)
        asked: Json = {name: value for name, value in call.query.items() if name not in PAGING}
        asked |= call.fields
        if last is not None:
            asked[last] = call.path[last]
        among = _among(call, table, asked)
        if items == "" or not operation.paged:
            ids, _ = table.records.page(page, among)
            return Result(operation.status, bare(table.records.documents(ids), items))
        return Result(operation.status, table.listing(page, among, items=items))

    return respond


def bare(documents: Iterable[bytes], items: str) -> bytes:
    """Write a list without pages."""
    whole = b"[" + b",".join(documents) + b"]"
    return b'{"%s":%s}' % (items.encode(), whole) if items else whole


def _among(call: Call, table: Table, asked: Json) -> list[int] | None:
    """Find the ids that fit what is asked for, None if nothing is."""
    sets: list[set[int]] = []
    if table.collection.owners:
        sets.append(table.records.below(call.owner(table)))
    query = ""
    for name, value in asked.items():
        if name in _QUERY:
            query = str(value)
            continue
        found = filter_of(table.collection, name, table.store.model.spec)
        if found is not None and value not in (None, "", []):
            values = value if is_list(value) else str(value).split(",") if name in call.query else [value]
            texts = [value if isinstance(value, str) else orjson.dumps(value).decode() for value in values]
            if found.field.endswith("At"):
                texts = [stamp_of(text, name) for text in texts]
            sets.append(table.records.having(found.field, found.compare, texts))
    matcher = Matcher(table.searched, query, {}, exact=bool(asked.get("exactMatch", False)))
    if not matcher.matches_all:
        texts_found = table.records.texts(matcher.needle)
        sets.append({record_id for record_id, text in texts_found if matcher.relevance(text)})
    return list(sets[0].intersection(*sets)) if sets else None


def creating(collection: Collection, operation: SpecOperation) -> Handler:
    """Create a record."""

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        _, record = table.create(call.fields, call.owner(table))
        return result(operation, record)

    return respond


def getting(collection: Collection, operation: SpecOperation, check: Callable[[Call], None]) -> Handler:
    """Give one record."""

    def respond(call: Call) -> Result:
        check(call)
        table = call.store.table(collection)
        uid = call.path[collection.param or ""]
        return result(operation, table.find(uid, call.owner(table))[1])

    return respond


def updating(collection: Collection, operation: SpecOperation) -> Handler:
    """Change the fields that were sent; where nothing else creates records, this does."""

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        owner, uid = call.owner(table), call.path[collection.param or ""]
        if not collection.creates and not table.has(uid, owner):
            known = {collection.param or "": uid}
            _, record = table.create({**call.fields, **known}, owner)
        else:
            record = table.update(uid, call.fields, owner)
        return result(operation, record)

    return respond


def deleting(collection: Collection, operation: SpecOperation) -> Handler:
    """Delete a record."""

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        owner, uid = call.owner(table), call.path[collection.param or ""]
        _, document = table.find(uid, owner)
        table.delete(uid, owner)
        return result(operation, document)

    return respond


def clearing(collection: Collection, operation: SpecOperation) -> Handler:
    """Delete all records, or those of one owner."""

    def respond(call: Call) -> Result:
        table = call.store.table(collection)
        owner = call.owner(table)
        for uid in table.records.uids(sorted(table.records.below(owner)) if owner else table.records.ids()):
            table.delete(uid.rpartition("/")[2], owner)
        return Result(operation.status)

    return respond


def sorted_page(items: list[Json], page: PageRequest, key: str, *, name: str) -> bytes:
    """Write one page of objects that are no records of a collection."""
    field = page.sort_by or "createdAt"
    if page.sort_by or (items and "createdAt" in items[0]):
        items = sorted(
            items, key=lambda item: (sort_value(item.get(field)), item.get(key)), reverse=page.descending
        )
    elif page.descending:
        items = items[::-1]
    shown = items[page.offset : page.offset + page.size]
    return envelope(map(orjson.dumps, shown), page, len(items), items=name)
