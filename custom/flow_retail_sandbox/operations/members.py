"""Operations on what a record is connected with: a customer's contacts, a group's customers."""

import orjson

from flow_retail_sandbox.operations.call import Call, Handler, Result, result
from flow_retail_sandbox.operations.records import bare, sort_fields, sorted_page
from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.store.table import Table


class Members:
    """The members of one collection that belong to a record of another."""

    def __init__(self, spec: Spec, place: str, owner: Collection, other: Collection) -> None:
        self._spec = spec
        self._owner = owner
        self._other = other
        create = spec.operations.get(("POST", place))
        self._references = () if create is None else self._reference_lists(create.body_schema or {})
        self._creates = create is not None and not self._references

    def handler(self, operation: SpecOperation, *, of_one: bool) -> Handler:
        """Give what answers an operation on all members, or of one of them."""
        method = operation.method
        if of_one:
            known = {"GET": self._get, "DELETE": self._remove}
            work = known.get(method, self._update if method in {"PUT", "PATCH"} else self._add_one)
        elif method == "GET":
            work = self._list
        elif method == "POST":
            work = self._create if self._creates else self._add
        else:
            work = self._set if method in {"PUT", "PATCH"} else self._clear
        return lambda call: work(call, operation)

    def _reference_lists(self, schema: Json) -> tuple[str, ...]:
        """Name the properties of a body that list members, by objects or identifiers."""
        key, found = self._other.key or "", list[str]()
        for name, part in self._spec.properties(schema).items():
            if self._spec.type_of(part) == "array":
                item = self._spec.resolve(part)["items"]
                if key in self._spec.properties(item) or name.lower().endswith(f"{key}s".lower()):
                    found.append(name)
        return tuple(found)

    def _tables(self, call: Call) -> tuple[Table, int, Table]:
        table, other = call.store.table(self._owner), call.store.table(self._other)
        names = [*self._owner.owners, self._owner.param or ""]
        owner_uid = table.uid_of(call.path[names[-1]], "/".join(call.path[name] for name in names[:-1]))
        found = table.records.find(owner_uid)
        if found is None:
            raise table.problem("RECORD_NOT_FOUND", call.path[names[-1]])
        return table, found[0], other

    def _member(self, call: Call) -> tuple[Table, int, Table, int]:
        """Find both; what is not connected is not found."""
        table, owner_id, other = self._tables(call)
        uid = call.path[self._other.param or ""]
        other_id, _ = other.find(uid)
        if table.links_to(other).get(self._owner, owner_id, other_id) is None:
            raise other.problem("RECORD_NOT_FOUND", uid)
        return table, owner_id, other, other_id

    def _items(self, table: Table, owner_id: int) -> list[Json]:
        view = next((view for view in table.views if view.other is self._other and view.schema), None)
        if view is not None:
            return table.shown(view, owner_id)
        other = table.store.tables[self._other.name]
        links = table.links_to(other).of(self._owner, owner_id)
        return [
            orjson.loads(document) for document in other.records.documents([link.other for link in links])
        ]

    def _list(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        found = self._spec.items_of(operation.result)
        if found is None:
            return Result(operation.status)
        name, schema = found
        if operation.paged and self._spec.same(schema, self._other.schema):
            links = table.links_to(other).of(self._owner, owner_id)
            page = call.page(sort_fields(self._spec, schema))
            return Result(operation.status, other.listing(page, [link.other for link in links], items=name))
        items = self._items(table, owner_id)
        if not operation.paged:
            return Result(operation.status, bare(map(orjson.dumps, items), name))
        page = call.page(sort_fields(self._spec, schema))
        return Result(operation.status, sorted_page(items, page, self._other.key or "", name=name))

    def _one(
        self, table: Table, owner_id: int, other: Table, other_id: int, operation: SpecOperation
    ) -> Result:
        if operation.result is None:
            return Result(operation.status)
        if self._spec.same(operation.result, self._owner.schema):
            return Result(operation.status, table.records.documents([owner_id])[0])
        document = other.records.documents([other_id])[0]
        key = self._other.key or ""
        uid = orjson.loads(document).get(key)
        shown = next((item for item in self._items(table, owner_id) if item.get(key) == uid), None)
        if self._spec.same(operation.result, self._other.schema) or shown is None:
            return Result(operation.status, document)
        return Result(operation.status, orjson.dumps(shown))

    def _get(self, call: Call, operation: SpecOperation) -> Result:
        return self._one(*self._member(call), operation)

    def _create(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        uid, _ = other.create(call.fields)
        other_id, _ = other.find(uid)
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(table, owner_id, other, other_id, operation)

    def _add(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        for other_id, sent in self._named(call, other, self._references):
            table.connect(owner_id, other, other_id, sent)
        return self._after(call, operation)

    def _add_one(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        other_id, _ = other.find(call.path[self._other.param or ""])
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(table, owner_id, other, other_id, operation)

    def _named(self, call: Call, other: Table, fields: tuple[str, ...]) -> list[tuple[int, Json]]:
        """Find the members that a body names; one that does not exist is refused."""
        key = self._other.key or ""
        found: list[tuple[int, Json]] = []
        for field in fields:
            values = call.fields.get(field)
            for value in values if is_list(values) else []:
                sent: Json = value if is_object(value) else {key: value}
                found.append((other.find(str(sent.get(key)), code="unknown")[0], sent))
        return found

    def _set(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        fields = self._reference_lists(operation.body_schema or {})
        removing = tuple(name for name in fields if name.startswith(("remove", "delete")))
        adding = tuple(name for name in fields if name.startswith("add"))
        whole = tuple(name for name in fields if name not in removing + adding)
        added = self._named(call, other, adding + whole)
        removed = [other_id for other_id, _ in self._named(call, other, removing)]
        if any(name in call.fields for name in whole):
            kept = {other_id for other_id, _ in added}
            links = table.links_to(other).of(self._owner, owner_id)
            removed += [link.other for link in links if link.other not in kept]
        for other_id, sent in added:
            table.connect(owner_id, other, other_id, sent)
        for other_id in removed:
            table.disconnect(owner_id, other, other_id)
        return self._after(call, operation)

    def _clear(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other = self._tables(call)
        for link in table.links_to(other).of(self._owner, owner_id):
            table.disconnect(owner_id, other, link.other)
        return self._after(call, operation)

    def _after(self, call: Call, operation: SpecOperation) -> Result:
        if self._spec.items_of(operation.result) is not None:
            return self._list(call, operation)
        table, owner_id, _ = self._tables(call)
        if operation.result is not None and self._spec.same(operation.result, self._owner.schema):
            return Result(operation.status, table.records.documents([owner_id])[0])
        return result(operation, table.store.samples.blank(operation.result) if operation.result else None)

    def _update(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other, other_id = self._member(call)
        other.update(call.path[self._other.param or ""], call.fields)
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(table, owner_id, other, other_id, operation)

    def _remove(self, call: Call, operation: SpecOperation) -> Result:
        table, owner_id, other, other_id = self._member(call)
        table.disconnect(owner_id, other, other_id)
        # Where members are created, the last one to lose them deletes them.
        if self._creates and not table.links_to(other).of(self._other, other_id):
            other.delete(call.path[self._other.param or ""])
        return Result(operation.status)


def connection_required(table: Table, owner_uid: str, other: Table, uid: str) -> tuple[int, int]:
    """Find two records by their UIDs, and refuse the request if they are not connected."""
    owner_id, _ = table.find(owner_uid)
    other_id, _ = other.find(uid)
    if table.links_to(other).get(table.collection, owner_id, other_id) is None:
        raise other.problem("RECORD_NOT_FOUND", uid)
    return owner_id, other_id
